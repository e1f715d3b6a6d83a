"""Records for tests, and what a program would send to make them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from django.apps import apps
from django.db import models

from records.samples import picture, sample_values

numbers = itertools.count(100)


def build(model: type[models.Model], **changes: Any) -> models.Model:
    """A saved record with every value, and saved records for each link it must have."""
    if model._meta.label == "accounts.User":
        return user(**changes)
    number = next(numbers)
    values = sample_values(model, number)
    for field in model._meta.concrete_fields:
        if field.is_relation and field.name not in changes and not field.null:
            values[field.name] = build(field.related_model)
    record = model(**values | changes)
    record.full_clean()
    record.save()
    for field in model._meta.many_to_many:
        getattr(record, field.name).set([build(field.related_model)] if not field.blank else [])
    return record


def user(**changes: Any) -> models.Model:
    name = changes.pop("username", f"person-{next(numbers)}")
    return apps.get_model("accounts", "User").objects.create_user(
        name, password="a long secret", **changes
    )


def payload(model: type[models.Model], names: list[str], *, multipart: bool) -> dict[str, Any]:
    """What a client sends for the fields `names`: JSON values, or form data with files."""
    number = next(numbers)
    values = sample_values(model, number)
    sent: dict[str, Any] = {}
    for name in names:
        field = model._meta.get_field(name)
        if field.many_to_many:
            sent[name] = [build(field.related_model).pk]
        elif field.is_relation:
            sent[name] = build(field.related_model).pk
        elif isinstance(field, models.FileField):
            if multipart:
                sent[name] = values.get(name) or picture(number)
        elif name in values:
            text = multipart and isinstance(field, models.JSONField)
            sent[name] = json.dumps(values[name]) if text else values[name]
    return sent


def same(sent: Any, shown: Any) -> bool:
    """Whether an answer shows what was sent: numbers by value, files by being there."""
    if hasattr(sent, "read"):
        return bool(shown)
    if isinstance(sent, str) and sent.startswith("{"):
        sent = json.loads(sent)
    try:
        return float(sent) == float(shown)
    except (TypeError, ValueError):
        return str(sent) == str(shown)


__all__ = ["build", "payload", "same", "user"]
