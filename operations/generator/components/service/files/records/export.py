"""Records as a table that spreadsheets open."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

# A cell that begins so would be run as a formula by a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(queryset: QuerySet, columns: Sequence[str] = ()) -> HttpResponse:
    """A download of these records; without `columns`, of every value they have."""
    meta = queryset.model._meta
    fields = [meta.get_field(name) for name in columns] or [*meta.fields, *meta.many_to_many]
    links = [one.name for one in fields if one.many_to_one or one.one_to_one]
    many = [one.name for one in fields if one.many_to_many]
    response = csv_response(str(meta.verbose_name_plural))
    writer = csv.writer(response)
    writer.writerow([safe(heading(field)) for field in fields])
    for record in queryset.select_related(*links).prefetch_related(*many):
        writer.writerow([cell(record, field) for field in fields])
    return response


def csv_response(subject: str) -> HttpResponse:
    """An empty file to write rows into, named after its subject and the day. It says it is UTF-8."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = f"{subject} {timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def heading(field: Any) -> str:
    said = str(field.verbose_name)
    return said[:1].upper() + said[1:]


def cell(record: models.Model, field: Any) -> Any:
    """A value as a person would write it into a table."""
    if field.many_to_many:
        return safe("; ".join(str(one) for one in getattr(record, field.name).all()))
    held = getattr(record, field.name)
    if held is None:
        return ""
    if field.choices:
        return safe(str(getattr(record, f"get_{field.name}_display")()))
    if isinstance(held, bool):
        return "Yes" if held else "No"
    if isinstance(held, datetime):
        return f"{timezone.localtime(held):%Y-%m-%d %H:%M}"
    if isinstance(field, models.IntegerField | models.FloatField | models.DecimalField):
        return held
    return safe(str(held))


def safe(text: str) -> str:
    """The text, marked as text where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
