"""The one clock by which leases and waiting times are kept: the database's.

Hosts disagree about the time, now and then by hours. Every moment that one process writes and another
compares with is therefore computed and compared inside the database. With SQLite that is the host's
own clock; all processes share it, because they share the file.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


def now() -> Now:
    return Now()


def later(seconds: float) -> Combinable:
    """An expression for that many seconds from now; negative for the past."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
