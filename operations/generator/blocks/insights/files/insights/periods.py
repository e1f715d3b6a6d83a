"""Stretches of days: what a dashboard looks at, and in which steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

PRESETS = (("30", "30 days"), ("90", "90 days"), ("365", "Year"), ("all", "All"))
USUAL = "90"
# Up to how many days a chart shows days, then weeks; months beyond.
MOST_DAYS, MOST_WEEKS = 31, 130


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both of them included; None is open. `preset` is "" for own dates."""

    start: date | None
    end: date | None
    preset: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Period:
        """Out of an address: `?from=2026-01-01&to=2026-03-31`, or `?period=30`. Nonsense is the usual."""
        start, end = _day(given.get("from", "")), _day(given.get("to", ""))
        if start or end:
            if start and end and start > end:
                start, end = end, start
            return cls(start, end)
        preset = given.get("period", USUAL)
        if preset not in dict(PRESETS):
            preset = USUAL
        if preset == "all":
            return cls(None, None, preset)
        today = timezone.localdate()
        return cls(today - timedelta(days=int(preset) - 1), today, preset)

    @property
    def before(self) -> Period | None:
        """As many days right before; None where there is no beginning or end."""
        if self.start is None or self.end is None:
            return None
        length = (self.end - self.start).days + 1
        return Period(self.start - timedelta(days=length), self.start - timedelta(days=1))

    def step_over(self, first: date, last: date) -> str:
        days = (last - first).days + 1
        return "day" if days <= MOST_DAYS else "week" if days <= MOST_WEEKS else "month"


def steps(first: date, last: date, step: str) -> Iterator[date]:
    """The first day of each step, the one `first` lies in and the one of `last` included."""
    moment = begin(first, step)
    while moment <= last:
        yield moment
        if step == "month":
            moment = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            moment += timedelta(days=7 if step == "week" else 1)


def begin(day: date, step: str) -> date:
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def name(day: date, step: str) -> str:
    return f"{day:%b %Y}" if step == "month" else f"{day.day} {day:%b}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
