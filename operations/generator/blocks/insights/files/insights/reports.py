"""Reports: one kind of record, grouped, with a number for each group and for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insights import charts
from insights.figures import (
    Measure,
    Point,
    by_category,
    by_time,
    measures,
    span,
    total,
    within,
)
from insights.periods import Period
from insights.subjects import Subject

STEPS = (("month", "Month"), ("week", "Week"), ("day", "Day"))
SHAPES = (("bars", "Bars"), ("line", "Line"), ("donut", "Donut"))
MOST_BARS = 15


@dataclass(frozen=True)
class Row:
    """`share` of the total in percent, "" where numbers do not add up."""

    point: Point
    share: str


@dataclass(frozen=True)
class Report:
    subject: Subject
    subjects: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, str]]
    measures: Sequence[tuple[str, str]]
    shapes: Sequence[tuple[str, str]]
    group: str
    measure: Measure
    shape: str
    rows: Sequence[Row]
    total: Point
    drawn: Any

    @property
    def title(self) -> str:
        return f"{self.measure_label} by {self.group_label.lower()}"

    @property
    def group_label(self) -> str:
        return dict(self.groups)[self.group]

    @property
    def measure_label(self) -> str:
        return self.measure.title(self.subject)

    @property
    def total_label(self) -> str:
        return "Average" if self.measure.kind == "average" else "Total"


def read_report(given: Mapping[str, str], subjects: Sequence[Subject], user: Any) -> Report | None:
    """The report an address asks for; what it leaves open or gets wrong is the first there is."""
    if not subjects:
        return None
    ordered = sorted(subjects, key=lambda one: (not one.time, not one.sums))
    subject = next((one for one in ordered if one.name == given.get("of")), ordered[0])
    groups = group_names(subject)
    offered = measures(subject)
    preferred = next((one for one in offered if one.kind == "sum"), offered[0])
    measure = next((one for one in offered if one.key == given.get("show")), preferred)
    group = given.get("by", "") if given.get("by") in dict(groups) else groups[0][0]
    timely = group in dict(STEPS)
    shape = given.get("as", "")
    if shape not in dict(SHAPES):
        shape = "line" if timely else "bars"
    records = within(subject.records(user), subject, Period.read({"period": "all"} | dict(given)))
    points = grouped(records, subject, measure, group)
    whole = total(records, measure)
    return Report(
        subject=subject,
        subjects=[(one.name, one.label) for one in ordered],
        groups=groups,
        measures=[(one.key, one.title(subject)) for one in offered],
        shapes=SHAPES,
        group=group,
        measure=measure,
        shape=shape,
        rows=[Row(one, share(one, whole, measure)) for one in points],
        total=Point("", whole, measure.text(whole)),
        drawn=draw(shape, points),
    )


def group_names(subject: Subject) -> list[tuple[str, str]]:
    fields = [(name, subject.word(name)) for name in subject.categories]
    named = [(name, word[:1].upper() + word[1:]) for name, word in fields]
    return [*STEPS, *named] if subject.time else [*named, *STEPS]


def grouped(records: Any, subject: Subject, measure: Measure, group: str) -> list[Point]:
    if group not in dict(STEPS):
        return by_category(records, subject, measure, group)
    days = span(records, subject)
    return by_time(records, subject, measure, group, days) if days else []


def share(point: Point, whole: float, measure: Measure) -> str:
    if measure.kind == "average" or whole <= 0:
        return ""
    return f"{100 * point.value / whole:.1f}"


def draw(shape: str, points: Sequence[Point]) -> Any:
    if shape == "line":
        return charts.line(points)
    return charts.arcs(points) if shape == "donut" else charts.bars(points[:MOST_BARS])
