"""Lists in pages: an opaque cursor says where the next page begins, so that rows which come or go
between two requests are neither repeated nor skipped."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from pydantic import Field

from studio.api.wire import Wire
from studio.core.errors import InvalidInput

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Other = TypeVar("Other")

PAGE_SIZE = 50
LARGEST_PAGE = 200


class PageQuery(Wire):
    """`?limit=` and `?cursor=`, the latter as an earlier answer's `nextCursor`."""

    limit: int = Field(default=PAGE_SIZE, ge=1, le=LARGEST_PAGE)
    cursor: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; `next_cursor` is None on the last."""

    items: Sequence[Item]
    next_cursor: str | None = None

    def map(self, change: Callable[[Item], Other]) -> Page[Other]:
        """The same page of something made from each item."""
        return Page([change(item) for item in self.items], self.next_cursor)


def paginate(rows: QuerySet[Row], query: PageQuery, *, by: str) -> Page[Row]:
    """One page, ordered by the field `by` ("-created_at" for newest first), ties by primary key.

    Raises InvalidInput when the cursor is not one of ours.
    """
    sign, field = ("-", by[1:]) if by.startswith("-") else ("", by)
    rows = behind(rows, query.cursor, by=by)
    found = list(rows.order_by(f"{sign}{field}", f"{sign}pk")[: query.limit + 1])
    if len(found) <= query.limit:
        return Page(found)
    found = found[: query.limit]
    return Page(found, cursor_of(getattr(found[-1], field), found[-1].pk))


def behind(rows: QuerySet[Row], cursor: str | None, *, by: str) -> QuerySet[Row]:
    """What follows on the cursor in the order `by`. Raises InvalidInput when it is not one of ours."""
    if cursor is None:
        return rows
    field, beyond = (by[1:], "lt") if by.startswith("-") else (by, "gt")
    value, key = _read_cursor(cursor)
    try:
        # The first condition says nothing new; it is the one that an index understands.
        return rows.filter(
            Q(**{f"{field}__{beyond}e": value}),
            Q(**{f"{field}__{beyond}": value}) | Q(**{f"pk__{beyond}": key}),
        )
    except (ValidationError, ValueError, TypeError) as error:  # of another list, whose keys differ
        raise _foreign_cursor() from error


def cursor_of(value: Any, key: Any) -> str:
    """The place behind the row with this value and this primary key."""
    kind = "time" if isinstance(value, datetime) else "value"
    position = [kind, value.isoformat() if kind == "time" else value, str(key)]
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime | int | str, str]:
    try:
        kind, value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, str) or isinstance(value, bool) or not isinstance(value, int | str):
            raise TypeError
        if kind != "time":
            return value, key
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError
        return moment, key
    except (ValueError, TypeError) as error:
        raise _foreign_cursor() from error


def _foreign_cursor() -> InvalidInput:
    return InvalidInput(
        "This cursor is not one of ours: use the nextCursor of an earlier answer.",
        errors=[{"pointer": "#/cursor", "message": "Not a cursor of this list."}],
    )
