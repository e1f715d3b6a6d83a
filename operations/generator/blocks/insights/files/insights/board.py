"""The dashboard: which figures and charts are worth a place, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from insights import charts
from insights.figures import (
    Measure,
    Point,
    by_category,
    by_record,
    by_time,
    span,
    total,
    within,
)
from insights.periods import Period
from insights.subjects import Subject

MOST_TILES = 8
MOST_LINES, MOST_DONUTS, MOST_BARS = 2, 2, 3
MOST_ROWS = 7
NEWEST = 6


@dataclass(frozen=True)
class Tile:
    """`change` says how the figure stands to the period before, "" when nothing does."""

    label: str
    value: str
    url: str
    change: str = ""
    tone: str = "neutral"
    spark: tuple[str, str] = ("", "")
    colour: int = 1


@dataclass(frozen=True)
class Chart:
    """`kind` names its template; `points` are what its table shows."""

    kind: str
    title: str
    note: str
    points: Sequence[Point]
    drawn: Any
    url: str = ""
    middle: str = ""


@dataclass(frozen=True)
class Board:
    tiles: list[Tile] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    newest: list[Any] = field(default_factory=list)
    newest_of: str = ""
    newest_url: str = ""
    newest_fields: Sequence[str] = ()


def board(subjects: Sequence[Subject], user: Any, period: Period) -> Board:
    """What is dated comes first: it is what changes."""
    ordered = sorted(subjects, key=lambda one: (not one.time, not one.sums))
    stories = [_Story(subject, user, period) for subject in ordered]
    tiles = [tile for story in stories for tile in story.tiles()][:MOST_TILES]
    lines = [one for story in stories for one in story.lines()][:MOST_LINES]
    donuts = [one for story in stories for one in story.donuts()][:MOST_DONUTS]
    bars = [one for story in stories for one in story.bars()][:MOST_BARS]
    beside = [chart for pair in zip(lines, donuts, strict=False) for chart in pair]
    beside += lines[len(donuts) :] + donuts[len(lines) :]
    newest = next((story for story in stories if story.subject.time), None)
    if newest is None:
        return Board(tiles, beside + bars)
    return Board(
        tiles,
        beside + bars,
        list(newest.records.order_by(f"-{newest.subject.time}", "-pk")[:NEWEST]),
        newest.subject.label,
        newest.url,
        newest.telling,
    )


class _Story:
    """What one kind of record has to tell about a period."""

    def __init__(self, subject: Subject, user: Any, period: Period) -> None:
        self.subject = subject
        self.period = period
        self.every = subject.records(user)
        self.records = within(self.every, subject, period) if subject.time else self.every
        self.earlier = within(self.every, subject, period.before)
        self.url = reverse(f"{subject.model._meta.model_name}-list")
        self.days = span(self.records, subject) if subject.time else None
        if self.days and period.start:
            self.days = (period.start, period.end or self.days[1])

    @property
    def step(self) -> str:
        return self.period.step_over(*self.days) if self.days else "day"

    @property
    def main(self) -> Measure:
        """What a chart of it shows: money or amounts before a mean, a mean before a mere count."""
        if self.subject.sums:
            return Measure("sum", self.subject.sums[0])
        if self.subject.averages and self.subject.time:
            return Measure("average", self.subject.averages[0])
        return Measure()

    @property
    def telling(self) -> list[str]:
        """What stands beside the name of a new record: its day, its state, its amount."""
        meta = self.subject.model._meta
        choices = [name for name in self.subject.categories if meta.get_field(name).choices]
        return [self.subject.dated_by, *choices[:1], *self.subject.sums[:1]]

    def tiles(self) -> Iterator[Tile]:
        yield self.tile(Measure())
        if self.main.kind != "count":
            yield self.tile(self.main)

    def tile(self, measure: Measure) -> Tile:
        label = self.subject.label if measure.kind == "count" else measure.title(self.subject)
        value = total(self.records, measure)
        change, tone, spark = "", "neutral", ("", "")
        if self.subject.time:
            change, tone = self.change(measure, value)
            if self.days:
                spark = charts.spark(self.points(measure))
        return Tile(
            label, measure.text(value), self.url, change, tone, spark, 1 + bool(measure.field)
        )

    def change(self, measure: Measure, value: float) -> tuple[str, str]:
        if self.period.before is None:
            return "", "neutral"
        before = total(self.earlier, measure)
        if value == before:
            return "as before", "neutral"
        arrow, tone = ("▲", "success") if value > before else ("▼", "danger")
        more = value - before
        said = (
            f"{abs(more) / before:.0%}"
            if before and measure.kind != "count"
            else measure.text(abs(more))
        )
        return f"{arrow} {'+' if more > 0 else '−'}{said} on the period before", tone

    def points(self, measure: Measure) -> list[Point]:
        return (
            by_time(self.records, self.subject, measure, self.step, self.days) if self.days else []
        )

    def lines(self) -> Iterator[Chart]:
        if not self.days:
            return
        points = self.points(self.main)
        before, past = self.period.before, []
        adds_up = self.main.kind != "average"
        if adds_up and before and before.start and before.end and self.earlier.exists():
            past = by_time(
                self.earlier, self.subject, self.main, self.step, (before.start, before.end)
            )
        title = self.main.title(self.subject)
        yield Chart(
            "line",
            title,
            f"Per {self.step}",
            points,
            charts.line(points, past),
            self.report("time"),
        )

    def donuts(self) -> Iterator[Chart]:
        for name in self.subject.categories:
            if not self.subject.model._meta.get_field(name).choices:
                continue
            points = by_category(self.records, self.subject, Measure(), name)
            if points:
                arcs = charts.arcs(points)
                title = f"{self.subject.label} by {self.subject.word(name)}"
                middle = f"{total(self.records, Measure()):,.0f}"
                yield Chart("donut", title, "Share", points, arcs, self.report(name), middle)
                return

    def bars(self) -> Iterator[Chart]:
        links = [
            name
            for name in self.subject.categories
            if self.subject.model._meta.get_field(name).is_relation
        ]
        if links:
            points = by_category(self.records, self.subject, self.main, links[0])[:MOST_ROWS]
            title = f"{self.main.title(self.subject)} by {self.subject.word(links[0])}"
            where = self.report(links[0])
        elif self.main.kind == "sum" and not self.subject.time and self.subject.title:
            points = by_record(self.records, self.main, MOST_ROWS)
            title = f"{self.subject.label} by {self.subject.word(self.main.field)}"
            where = self.url
        else:
            return
        if points:
            yield Chart("bars", title, "The largest first", points, charts.bars(points), where)

    def report(self, group: str) -> str:
        group = "month" if group == "time" else group
        return (
            f"{reverse('insights:report')}?of={self.subject.name}&by={group}&show={self.main.key}"
        )
