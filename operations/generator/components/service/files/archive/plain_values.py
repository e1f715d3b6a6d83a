"""Plain values for fields that must have one, where nobody can be asked."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import models
from django.utils import timezone

UNSORTED = "Unsorted"


def plain_value(field: Any, *, number: int, stem: str = "", distinct: bool | None = None) -> Any:
    """A value `field` accepts; `number` tells records apart where values must be distinct."""
    distinct = field.unique if distinct is None else distinct
    if isinstance(field, models.ForeignKey):
        return adopting_record(field.remote_field.model, number if distinct else None)
    if field.choices and not distinct:
        return field.choices[0][0]
    if isinstance(field, models.CharField | models.TextField):
        text = f"{stem or field.verbose_name} ({number})" if distinct else stem
        return text[-field.max_length :] if field.max_length else text
    constant = plain_constant(field)
    return number if distinct and isinstance(constant, int | float) else constant


def plain_constant(field: Any) -> Any:
    """The emptiest value of a field's type; callables are called per record."""
    for kinds, value in (
        (models.BooleanField, False),
        (models.DateTimeField, timezone.now),
        (models.DateField, datetime.date(2000, 1, 1)),
        (models.TimeField, datetime.time(0)),
        (models.DurationField, datetime.timedelta(0)),
        (models.UUIDField, uuid.uuid4),
        (models.JSONField, dict),
        ((models.IntegerField, models.FloatField, models.DecimalField), 0),
    ):
        if isinstance(field, kinds):
            return value
    return field.choices[0][0] if field.choices else ""


def adopting_record(model: Any, number: int | None) -> Any:
    """The record that adopts those who have lost theirs; made when first needed."""
    title = UNSORTED if number is None else f"{UNSORTED} {number}"
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default() or field.null:
            continue
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            continue
        if isinstance(field, models.CharField) and not field.choices:
            values[field.name] = title[: field.max_length]
        else:
            value = plain_value(field, number=number or 1)
            values[field.name] = value() if callable(value) else value
    known = {name: value for name, value in values.items() if value == title}
    return model.objects.filter(**known).first() or model.objects.create(**values)
