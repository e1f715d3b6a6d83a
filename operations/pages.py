"""The page that lists operations: rows, and filters whose every state is an address to share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse

from operations import listing
from operations.cards import OperationCard, cards, kind
from operations.engine.workflow import known_types
from operations.listing import Bustle, Filters, Mistake
from operations.models import Operation
from studio.access import visible_projects

PAGE_SIZE = 25
PROJECTS_OFFERED = 200

_UNDER_WAY = ",".join(Operation.ACTIVE)
_SEGMENTS = (
    ("", "All", ""),
    (_UNDER_WAY, "Under way", "apricot"),
    (Operation.Status.FAILED.value, "Failed", "cherry"),
    (Operation.Status.SUCCEEDED.value, "Succeeded", "leaf"),
    (Operation.Status.CANCELLED.value, "Cancelled", "bark"),
)
_PERIODS = (("", "Any time"), ("24h", "Last 24 hours"), ("7d", "Last 7 days"), ("30d", "Last 30 days"))


@dataclass(frozen=True)
class Segment:
    """A status to choose; `count` is None where counting would mean reading the rows."""

    label: str
    tone: str
    link: str
    is_current: bool
    count: int | None


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class ListPage:
    """`address` is this list's own, `older` and `newest` those of its neighbours ("" at the end and at the
    beginning). `carried` are filters that the form has no field for. `is_live`: worth asking again soon."""

    cards: tuple[OperationCard, ...]
    bustle: Bustle
    filters: Filters
    mistakes: tuple[Mistake, ...]
    segments: tuple[Segment, ...]
    projects: tuple[Option, ...]
    kinds: tuple[Option, ...]
    periods: tuple[Option, ...]
    carried: tuple[tuple[str, str], ...]
    address: str
    older: str
    newest: str
    is_live: bool


def list_page(user: AbstractBaseUser, query: Mapping[str, str]) -> ListPage:
    """Raises NotFound for a project this person cannot see, InvalidInput for a foreign cursor."""
    filters, mistakes = listing.read_filters(query)
    asked = _kept(query, mistakes)
    cursor = query.get("cursor") or None
    found = listing.page(user, filters, limit=PAGE_SIZE, cursor=cursor)
    shown = tuple(cards(found.items))
    bustle = listing.bustle(user)
    return ListPage(
        cards=shown,
        bustle=bustle,
        filters=filters,
        mistakes=tuple(mistakes),
        segments=tuple(_segments(asked, bustle)),
        projects=tuple(_projects(user, asked.get("project", ""))),
        kinds=tuple(_kinds(asked.get("type", ""))),
        periods=tuple(_periods(asked.get("since", ""))),
        carried=tuple((name, asked[name]) for name in ("status", "until") if name in asked),
        address=_address(asked | ({"cursor": cursor} if cursor else {})),
        older=_address(asked | {"cursor": found.next_cursor}) if found.next_cursor else "",
        newest=_address(asked) if cursor else "",
        is_live=cursor is None or any(card.active for card in shown),
    )


def _kept(query: Mapping[str, str], mistakes: list[Mistake]) -> dict[str, str]:
    """The filters as they were given, without the empty ones and those that are none."""
    wrong = {mistake["pointer"].removeprefix("#/") for mistake in mistakes}
    return {
        name: query[name].strip()
        for name in listing.FIELDS
        if query.get(name, "").strip() and name not in wrong
    }


def _address(query: Mapping[str, str]) -> str:
    ordered = {name: query[name] for name in (*listing.FIELDS, "cursor") if name in query}
    return reverse("operations") + (f"?{urlencode(ordered, safe=',')}" if ordered else "")


def _segments(asked: dict[str, str], bustle: Bustle) -> list[Segment]:
    chosen = frozenset(filter(None, asked.get("status", "").split(",")))
    others = {name: value for name, value in asked.items() if name != "status"}
    return [
        Segment(
            label=label,
            tone=tone,
            link=_address(others | ({"status": value} if value else {})),
            is_current=chosen == frozenset(filter(None, value.split(","))),
            count=bustle.active if value == _UNDER_WAY and bustle.active and not others else None,
        )
        for value, label, tone in _SEGMENTS
    ]


def _projects(user: AbstractBaseUser, asked: str) -> list[Option]:
    """By slug, which an address can be read by; one that was asked for by id or name stays as it was."""
    rows = visible_projects(user).order_by("name").values_list("slug", "name")[:PROJECTS_OFFERED]
    return _options([("", "Any project"), *rows], asked)


def _kinds(asked: str) -> list[Option]:
    known = [value for value in Operation.Type.values if value in known_types()]
    return _options([("", "Any kind"), *((value, kind(value)) for value in known)], asked)


def _periods(asked: str) -> list[Option]:
    return _options(list(_PERIODS), asked, "Since {}")


def _options(known: list[tuple[str, str]], asked: str, other: str = "{}") -> list[Option]:
    if asked not in dict(known):
        known = [*known, (asked, other.format(asked))]
    return [Option(value, label, value == asked) for value, label in known]
