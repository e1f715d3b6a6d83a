"""When recurring work is due: the start of each minute, hour, day, week or month, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from jobs import queue
from jobs.models import Job

Every = Literal["minute", "hour", "day", "night", "morning", "week", "month"]
# At which hour of its day a schedule is due.
HOURS = {"day": 0, "night": 2, "morning": 7, "week": 2, "month": 2}


@dataclass(frozen=True)
class Schedule:
    """Recurring work. `action` returns a sentence on what it did."""

    name: str
    every: Every
    action: Callable[[], str]

    def due_at(self, now: datetime) -> datetime:
        """The latest moment, not after `now`, at which it was due."""
        if self.every == "minute":
            return now.replace(second=0, microsecond=0)
        if self.every == "hour":
            return now.replace(minute=0, second=0, microsecond=0)
        due = now.replace(hour=HOURS[self.every], minute=0, second=0, microsecond=0)
        if due > now:
            due -= timedelta(days=1)
        if self.every == "week":
            due -= timedelta(days=due.weekday())
        elif self.every == "month":
            due = due.replace(day=1)
        return due


def enqueue_due(schedules: tuple[Schedule, ...]) -> list[Job]:
    """Queue what is due and was not queued yet. What fell due several times meanwhile is done once."""
    now = timezone.now()
    due = {f"{one.name}@{one.due_at(now):%Y-%m-%dT%H:%M}": one.name for one in schedules}
    known = set(Job.objects.filter(key__in=due).values_list("key", flat=True))
    waiting = Q(name__in=due.values(), status=Job.Status.QUEUED, attempts=0)
    behind = set(Job.objects.filter(waiting).values_list("name", flat=True))
    found = [
        queue.enqueue(name, key=key)
        for key, name in due.items()
        if key not in known and name not in behind
    ]
    return [job for job in found if job is not None]
