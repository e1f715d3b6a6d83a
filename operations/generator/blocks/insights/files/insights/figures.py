"""Numbers out of records: totals of a period, and what they were before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Avg, Count, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone

from insights.periods import Period, begin, name, steps
from insights.subjects import Subject

TRUNCATED = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}
MOST_GROUPS = 200


@dataclass(frozen=True)
class Measure:
    """How records become a number: "count", or the "sum" or "average" of a field."""

    kind: str = "count"
    field: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.field}" if self.field else self.kind

    @property
    def aggregate(self) -> Any:
        return {"count": Count("pk"), "sum": Sum(self.field), "average": Avg(self.field)}[self.kind]

    def title(self, subject: Subject) -> str:
        of = subject.label.lower()
        if self.kind == "count":
            return f"Number of {of}"
        word = subject.word(self.field)
        kind = "Average" if self.kind == "average" else "Total"
        return f"{kind} of {of}" if word.lower() == "total" else f"{kind} {word} of {of}"

    def text(self, value: float) -> str:
        return f"{value:,.1f}" if self.kind == "average" or value % 1 else f"{value:,.0f}"


@dataclass(frozen=True)
class Point:
    label: str
    value: float
    text: str
    url: str = ""


def measures(subject: Subject) -> list[Measure]:
    return [
        Measure(),
        *(Measure("sum", field) for field in subject.sums),
        *(Measure("average", field) for field in (*subject.sums, *subject.averages)),
    ]


def within(records: QuerySet, subject: Subject, period: Period | None) -> QuerySet:
    if period is None:
        return records.none()
    field = subject.model._meta.get_field(subject.dated_by)
    day = (
        f"{subject.dated_by}__date" if isinstance(field, models.DateTimeField) else subject.dated_by
    )
    if period.start:
        records = records.filter(**{f"{day}__gte": period.start})
    if period.end:
        records = records.filter(**{f"{day}__lte": period.end})
    return records


def total(records: QuerySet, measure: Measure) -> float:
    return float(records.aggregate(answer=measure.aggregate)["answer"] or 0)


def span(records: QuerySet, subject: Subject) -> tuple[date, date] | None:
    """The days of the first and the last record, None without any that has one."""
    ends = records.aggregate(first=Min(subject.dated_by), last=Max(subject.dated_by))
    if ends["first"] is None:
        return None
    return _day(ends["first"]), _day(ends["last"])


def by_time(
    records: QuerySet, subject: Subject, measure: Measure, step: str, days: tuple[date, date]
) -> list[Point]:
    """One point per step; a step without records counts nothing, but has no mean to show."""
    moment = TRUNCATED[step](subject.dated_by, output_field=models.DateField())
    rows = records.annotate(moment=moment).values("moment").annotate(answer=measure.aggregate)
    found = {row["moment"]: float(row["answer"] or 0) for row in rows if row["moment"]}
    points = []
    for day in steps(begin(days[0], step), days[1], step):
        if measure.kind == "average" and day not in found:
            continue
        value = found.get(day, 0.0)
        points.append(Point(name(day, step), value, measure.text(value)))
    return points


def by_category(
    records: QuerySet, subject: Subject, measure: Measure, field_name: str
) -> list[Point]:
    """One point per value or linked record, the largest first."""
    field = subject.model._meta.get_field(field_name)
    rows = records.values(field_name).annotate(answer=measure.aggregate).order_by("-answer")
    rows = list(rows[:MOST_GROUPS])
    names = _names(field, [row[field_name] for row in rows])
    points = []
    for row in rows:
        value = float(row["answer"] or 0)
        held = row[field_name]
        points.append(
            Point(
                names.get(held, "None" if held in (None, "") else str(held)),
                value,
                measure.text(value),
            )
        )
    return points


def by_record(records: QuerySet, measure: Measure, most: int) -> list[Point]:
    """One point per record: what one has of a number that it holds itself."""
    largest = records.exclude(**{measure.field: None}).order_by(f"-{measure.field}", "pk")[:most]
    return [
        Point(
            str(record),
            float(getattr(record, measure.field)),
            measure.text(float(getattr(record, measure.field))),
            record.get_absolute_url(),
        )
        for record in largest
    ]


def _names(field: Any, values: list[Any]) -> dict[Any, str]:
    if field.choices:
        return {value: str(label) for value, label in field.flatchoices}
    if field.is_relation:
        targets = field.related_model._default_manager.filter(pk__in=[one for one in values if one])
        return {target.pk: str(target) for target in targets}
    return {True: "Yes", False: "No"}


def _day(moment: date) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
