"""Records made of sample data, with everything they need around them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from records.distinct_values import distinct, next_code
from records.pictures import picture
from records.sample_data import DAY, HISTORIES, PLANTED, SAMPLES

PEOPLE = ("ada", "ben", "cleo")
# How often each sample of a history happened, and how many days the samples themselves take.
ROUNDS, DAYS = 3, 27


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
        numbers = happenings(len(rows)) if name in HISTORIES else list(range(len(rows)))
        for number in numbers:
            _plant_one(model, number, days_back(model, number, len(rows)))
        planted[name] = len(numbers)
    return planted


def happenings(rows: int) -> list[int]:
    """Every sample several times, the longer ago the fewer: things go well on staging."""
    return [number for number in range(rows * ROUNDS) if number % rows >= 2 * (number // rows)]


def days_back(model: type[models.Model], number: int, rows: int) -> int:
    """How long ago a sample happened: a plan lies around today, a history ends with yesterday."""
    if model.__name__ not in HISTORIES:
        return 0
    return DAYS * (number // rows) + (DAYS - 8)


def _plant_one(model: type[models.Model], number: int, days: int) -> None:
    values = sample_values(model, number)
    for field in model._meta.concrete_fields:
        if isinstance(field, models.DateField) and values.get(field.name):
            values[field.name] = moved(values[field.name], days)
        if days > DAYS and field.name in values and isinstance(values[field.name], str):
            values[field.name] = next_code(values[field.name], number)
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


def moved(value: str, days: int) -> str:
    """A day or moment of DAY's time in ours, so many days ago."""
    kind = datetime if "T" in value else date
    return (
        kind.fromisoformat(value) + (timezone.localdate() - DAY) - timedelta(days=days)
    ).isoformat()


def _target(field: Any, number: int) -> models.Model | None:
    """A record to point at: each in turn for one-to-one, else some of the newest more than others."""
    if field.related_model._meta.label == "accounts.User":
        return person(number)
    targets = list(field.related_model._default_manager.order_by("-pk")[:20])
    if field.one_to_one:
        return targets[number] if number < len(targets) else None
    return targets[number * number % len(targets)] if targets else None
