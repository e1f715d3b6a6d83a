"""Which operations a person sees, newest first, page by page, at a price that does not grow with their number.

The page and the API list alike: both read the same `Filters` and call `page`. Every list is made of a few
sources (her projects, her runs without a project, plans that match), each of which one index holds in the
order of the list, and of each no more rows are read than one page takes. The documents (`input`,
`result`) are not read.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from blueprints.models import Blueprint
from operations.models import Operation
from studio.access import Person, get_project, visible_projects
from studio.api.pagination import Page, behind, cursor_of
from studio.core.errors import InvalidInput
from studio.models import Project

LONGEST_TEXT = 80
FIELDS = ("project", "type", "status", "q", "since", "until")
# A plan is large, and of all of it a list shows the name.
_PLANS = [
    f"blueprint__{column}"
    for column in (
        *("summary", "sections", "references", "open_questions"),
        *("decisions", "assumptions", "counters", "derived", "blockers"),
    )
]
_AGO = re.compile(r"^([1-9]\d{0,3})([hd])$")
_KEY_BEGINNING = re.compile(r"^[0-9a-f]{4,32}$")

Mistake = dict[str, str]
Row = tuple[datetime, uuid.UUID]


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; every empty field narrows nothing.

    `project` is an id, slug or name. `text` is looked for in the names of projects, plans and trees and
    at the beginning of ids. `since` and `until` bound the time of asking, the latter excluded.
    """

    project: str = ""
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def are_set(self) -> bool:
        return self != Filters()


def read_filters(given: Mapping[str, Any], *, now: datetime | None = None) -> tuple[Filters, list[Mistake]]:
    """The filters in a query (`FIELDS`), and what in it cannot be one: its pointer and a sentence.

    `type` and `status` take several values, separated by commas; `since` and `until` a date, a time, or
    how long ago ("24h", "7d"). A date as `until` includes its day.
    """
    reader = _Reader(given, now or timezone.now())
    text = reader.text("q")
    filters = Filters(
        project=reader.text("project"),
        types=reader.choices("type", Operation.Type.values),
        statuses=reader.choices("status", Operation.Status.values),
        text=text,
        since=reader.time("since"),
        until=reader.time("until", whole_days=True),
    )
    if filters.since and filters.until and filters.since >= filters.until:
        reader.mistakes.append(_mistake("until", "“until” is not after “since”"))
        filters = replace(filters, until=None)
    return filters, reader.mistakes


def required_filters(given: Mapping[str, Any]) -> Filters:
    """The same for programs. Raises InvalidInput."""
    filters, mistakes = read_filters(given)
    if mistakes:
        raise InvalidInput(mistakes[0]["message"], errors=mistakes)
    return filters


def page(user: Person, filters: Filters, *, limit: int, cursor: str | None = None) -> Page[Operation]:
    """Rows as `brief` has them. Raises NotFound for a project this person cannot see, InvalidInput for a
    cursor that is not one of ours."""
    found = sorted(set(_candidates(user, filters, cursor, limit + 1)), reverse=True)
    keys = [key for _, key in found[:limit]]
    rows = brief(Operation.objects.filter(pk__in=keys)).order_by().in_bulk()
    items = [rows[key] for key in keys if key in rows]
    return Page(items, cursor_of(*found[limit - 1]) if len(found) > limit else None)


def brief(rows: QuerySet[Operation]) -> QuerySet[Operation]:
    """With everything that a list or a card shows, in one query, without the documents: of the input only
    `input_version` (of the plan) and `input_tree` (its name)."""
    return (
        rows.select_related("project", "blueprint", "requested_by")
        .defer("input", "result", *_PLANS)
        .annotate(input_version=F("input__version"), input_tree=F("input__tree"))
    )


@dataclass(frozen=True)
class Bustle:
    """How many operations a person sees under way."""

    running: int
    waiting: int

    @property
    def active(self) -> int:
        return self.running + self.waiting


def bustle(user: Person) -> Bustle:
    """From the active rows alone, of which an index knows."""
    active = Operation.objects.filter(
        Q(project__in=visible_projects(user)) | Q(project=None, requested_by_id=user.pk),
        status__in=Operation.ACTIVE,
    )
    counted = dict(active.order_by().values_list("status").annotate(Count("pk")))
    return Bustle(counted.get(Operation.Status.RUNNING, 0), counted.get(Operation.Status.PENDING, 0))


# Sources


def _candidates(user: Person, filters: Filters, cursor: str | None, limit: int) -> Iterator[Row]:
    """Rows that may be on the page: of each source the newest `limit`, each row perhaps more than once."""
    matching = _matching(filters, cursor)
    chosen = get_project(user, filters.project) if filters.project else None
    visible = Project.objects.filter(pk=chosen.pk) if chosen else visible_projects(user)
    projects = visible if not filters.text else visible.filter(named(filters.text))
    yield from _of_many("project", projects, matching, filters, limit)
    mine = matching.filter(project=None, requested_by_id=user.pk)
    if not filters.text:
        if chosen is None:
            yield from _newest(mine, limit)
        return
    own = Q() if chosen else Q(project=None, requested_by=user.pk)
    if span := key_span(filters.text):
        yield from _newest(matching.filter(Q(project__in=visible) | own, pk__range=span), limit)
    plans = Blueprint.objects.filter(project__in=visible, feature_name__icontains=filters.text)
    yield from _of_many("blueprint", plans, matching, filters, limit)
    if chosen is None:
        told = Q(project_slug__icontains=filters.text) | Q(input__tree__icontains=filters.text)
        yield from _newest(mine.filter(told), limit)


def _newest(rows: QuerySet[Operation], limit: int) -> QuerySet[Operation, Row]:
    return rows.order_by("-created_at", "-pk").values_list("created_at", "pk")[:limit]


def _matching(filters: Filters, cursor: str | None) -> QuerySet[Operation]:
    rows = behind(Operation.objects.all(), cursor, by="-created_at")
    if filters.types:
        rows = rows.filter(type__in=filters.types)
    if len(filters.statuses) == 1:
        rows = rows.filter(status=filters.statuses[0])
    elif filters.statuses:
        rows = rows.filter(status__in=filters.statuses)
    if filters.since:
        rows = rows.filter(created_at__gte=filters.since)
    if filters.until:
        rows = rows.filter(created_at__lt=filters.until)
    return rows


def _of_many(
    column: str, owners: QuerySet[Any], matching: QuerySet[Operation], filters: Filters, limit: int
) -> Iterable[Row]:
    """The rows of many projects or plans, above a floor: the latest time at which they are sure to fill the
    page. An index finds both the floor and the rows. They are not sorted here: that would tempt a database to
    walk through the rows of all."""
    keys = [*owners.order_by().values_list("pk", flat=True)]
    if not keys:
        return []
    if len(keys) == 1 and len(filters.statuses) < 2:
        return _newest(matching.filter(**{column: keys[0]}), limit)
    floors = _floors(column, owners.model._default_manager.filter(pk__in=keys), matching, filters, limit)
    rows = matching.filter(**{f"{column}__in": keys})
    if floors:
        rows = rows.filter(created_at__gte=max(floors))
    return rows.order_by().values_list("created_at", "pk")


def _floors(
    column: str, owners: QuerySet[Any], matching: QuerySet[Operation], filters: Filters, limit: int
) -> list[datetime]:
    """Times since when the page is full: one owner alone has filled it, or so many owners as it has places
    have something new. So a busy one adds a page at most, and a crowd of idle ones hardly a row each. Per
    status where some are asked for: within one of them an index has the rows in order."""
    floors: list[datetime] = []
    for rows in [matching.filter(status=status) for status in filters.statuses] or [matching]:
        own = rows.filter(**{column: OuterRef("pk")}).order_by("-created_at", "-pk").values("created_at")
        found = owners.order_by().values_list(Subquery(own[:1]), Subquery(own[limit - 1 : limit]))
        newest, filled = ([time for time in times if time] for times in zip(*found, strict=True))
        floors += filled + sorted(newest, reverse=True)[limit - 1 : limit]
    return floors


def named(text: str) -> Q:
    return Q(name__icontains=text) | Q(slug__icontains=text)


def key_span(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The first and the last id that begin like this."""
    digits = text.lower().replace("-", "")
    if not _KEY_BEGINNING.match(digits):
        return None
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))


# Reading


@dataclass
class _Reader:
    given: Mapping[str, Any]
    now: datetime
    mistakes: list[Mistake] = field(default_factory=list)

    def text(self, name: str) -> str:
        value = str(self.given.get(name) or "").strip()
        if "\x00" in value or len(value) > LONGEST_TEXT:
            self.mistakes.append(
                _mistake(name, f"{name} is longer than {LONGEST_TEXT} characters or no text")
            )
            return ""
        return value

    def choices(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        asked = str(self.given.get(name) or "")
        values = dict.fromkeys(part.strip() for part in asked.split(",") if part.strip())
        for value in values:
            if value not in known:
                wrong = value[:40].replace("\x00", "\N{REPLACEMENT CHARACTER}")
                self.mistakes.append(_mistake(name, f"{name}: “{wrong}” is none of {', '.join(known)}"))
        return tuple(value for value in values if value in known)

    def time(self, name: str, *, whole_days: bool = False) -> datetime | None:
        value = self.text(name)
        if not value:
            return None
        try:
            if ago := _AGO.match(value):
                unit = timedelta(days=1) if ago[2] == "d" else timedelta(hours=1)
                return self.now - int(ago[1]) * unit
            if day := parse_date(value):
                begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
                return begins + timedelta(days=1) if whole_days else begins
            if moment := parse_datetime(value):
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
        self.mistakes.append(
            _mistake(name, f"{name}: “{value}” is neither a date (2026-01-31), a time, nor a span (24h, 7d)")
        )
        return None


def _mistake(name: str, message: str) -> Mistake:
    return {"pointer": f"#/{name}", "message": f"{message}."}
