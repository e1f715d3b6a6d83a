"""Records made of sample data, with everything they need around them."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models

from records.distinct_values import distinct
from records.pictures import picture
from records.sample_data import PLANTED, SAMPLES

PEOPLE = ("ada", "ben", "cleo")


def sample_values(model: type[models.Model], number: int) -> dict[str, Any]:
    """The plain values of the `number`th sample, files and all, without its links."""
    rows = SAMPLES.get(model.__name__) or [{}]
    values = dict(rows[number % len(rows)])
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ImageField):
            values[field.name] = picture(number)
        elif isinstance(field, models.FileField) and not field.blank:
            values[field.name] = ContentFile(b"Sample", name=f"sample-{number + 1}.txt")
        elif field.unique and number >= len(rows) and field.name in values:
            values[field.name] = distinct(field, values[field.name], number)
    return values


def person(number: int) -> models.Model:
    """One of a few people who cannot sign in."""
    user = apps.get_model("accounts", "User")
    name = PEOPLE[number % len(PEOPLE)]
    known = {"first_name": name.capitalize(), "password": "!"}
    if any(field.name == "name" for field in user._meta.concrete_fields):
        known["name"] = name.capitalize()
    found, _ = user.objects.get_or_create(username=f"sample-{name}", defaults=known)
    return found


def plant() -> dict[str, int]:
    """Fill every empty table of PLANTED; returns how many records each got."""
    planted = {}
    for name in PLANTED:
        rows = SAMPLES[name]
        model = apps.get_model("records", name)
        if model.objects.exists():
            continue
        for number in range(len(rows)):
            _plant_one(model, number)
        planted[name] = len(rows)
    return planted


def _plant_one(model: type[models.Model], number: int) -> None:
    values = sample_values(model, number)
    for field in model._meta.concrete_fields:
        if field.is_relation:
            values[field.name] = _target(field, number)
    record = model(**values)
    record.full_clean()
    record.save()
    for field in model._meta.many_to_many:
        targets = list(field.related_model._default_manager.order_by("pk")[:20])
        chosen = {targets[turn % len(targets)] for turn in (number, number // 2)} if targets else ()
        getattr(record, field.name).set(chosen)


def _target(field: Any, number: int) -> models.Model | None:
    """A record to point at: each in turn for one-to-one, else some of the newest more than others."""
    if field.related_model._meta.label == "accounts.User":
        return person(number)
    targets = list(field.related_model._default_manager.order_by("-pk")[:20])
    if field.one_to_one:
        return targets[number] if number < len(targets) else None
    return targets[number * number % len(targets)] if targets else None
