"""What a list is narrowed and ordered by: words, values, ranges. All of it stands in the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict

from records.access import visible

MOST_OPTIONS = 200
NUMBERS = (models.IntegerField, models.FloatField, models.DecimalField)


@dataclass(frozen=True)
class Filter:
    """One control: `kind` is "choice" or "value" with options, "number" or "date" with two ends.

    The ends are `min-<name>` and `max-<name>` in the address; no field can be called so.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    least: str = ""
    most: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_set(self) -> bool:
        return bool(self.value or self.least or self.most)


def value_filters(
    model: type[models.Model], names: Sequence[str], given: QueryDict, user: Any
) -> Iterator[Filter]:
    for name in names:
        field = model._meta.get_field(name)
        yield Filter(
            name,
            str(field.verbose_name),
            "choice" if field.choices else "value",
            value=given.get(name, ""),
            options=tuple(options(field, user)),
        )


def range_filters(
    model: type[models.Model], names: Sequence[str], given: QueryDict
) -> Iterator[Filter]:
    for name in names:
        field = model._meta.get_field(name)
        yield Filter(
            name,
            str(field.verbose_name),
            "date" if isinstance(field, models.DateField) else "number",
            least=given.get(f"min-{name}", ""),
            most=given.get(f"max-{name}", ""),
        )


def options(field: Any, user: Any) -> list[tuple[str, str]]:
    if field.choices:
        return [(str(value), str(label)) for value, label in field.choices]
    if field.is_relation:
        targets = visible(user, field.related_model._default_manager.all())
        return [(str(target.pk), str(target)) for target in targets[:MOST_OPTIONS]]
    return [("True", "Yes"), ("False", "No")]


def narrowed(queryset: QuerySet, filters: Sequence[Filter]) -> QuerySet:
    """The records that pass every filter; a value that cannot be leaves none."""
    for one in filters:
        try:
            if one.value:
                queryset = queryset.filter(**{one.name: one.value})
            queryset = _within(queryset, one)
        except (ValueError, ValidationError):
            return queryset.none()
    return queryset


def _within(queryset: QuerySet, one: Filter) -> QuerySet:
    field = queryset.model._meta.get_field(one.name) if one.least or one.most else None
    day = "__date" if isinstance(field, models.DateTimeField) else ""
    control = forms.DateField() if one.kind == "date" else forms.DecimalField()
    if one.least:
        queryset = queryset.filter(**{f"{one.name}{day}__gte": control.clean(one.least)})
    if one.most:
        queryset = queryset.filter(**{f"{one.name}{day}__lte": control.clean(one.most)})
    return queryset


def found(queryset: QuerySet, words: Sequence[str], names: Sequence[str]) -> QuerySet:
    """The records that hold each of the words somewhere in these columns."""
    for word in words:
        matches = Q()
        for name in names:
            choices = _choices(queryset.model, name)
            if choices:
                alike = [value for value, label in choices if word.lower() in str(label).lower()]
                matches |= Q(**{f"{name}__in": alike})
            else:
                matches |= Q(**{f"{name}__icontains": word})
        queryset = queryset.filter(matches)
    return queryset


def _choices(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name).choices
    except FieldDoesNotExist:  # a column of another table: "customer__name"
        return None


def sorts(model: type[models.Model], columns: Sequence[str]) -> list[tuple[str, str]]:
    """Ways to order by columns of its own, in words; "" is the usual order."""
    fields = [model._meta.get_field(name) for name in columns]
    ways = [("", "Usual order")]
    for field in fields:
        if field.is_relation or field.choices or isinstance(field, models.BooleanField):
            continue
        up, down = _ways(field)
        label = str(field.verbose_name)[:1].upper() + str(field.verbose_name)[1:]
        ways += [(field.name, f"{label}: {up}"), (f"-{field.name}", f"{label}: {down}")]
    return ways


def _ways(field: Any) -> tuple[str, str]:
    if isinstance(field, NUMBERS):
        return "lowest first", "highest first"
    if isinstance(field, models.DateField | models.TimeField):
        return "earliest first", "latest first"
    return "A to Z", "Z to A"
