"""Wished fields made into columns that can exist: types with what they need, defaults of the right kind."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from blueprints.schemas import FieldType, Scalar
from operations.generator import naming
from operations.generator.model import Choice, PlannedField

CHOICE_LENGTH = 100
STRING_LENGTH = 200
TEXT_LENGTH = 10_000
LARGEST_NUMBER = 1_000_000_000


@dataclass(frozen=True)
class WishedColumn:
    """A wished field, wherever it came from; `item_id` is "" unless the current document holds it."""

    name: str
    type: FieldType
    required: bool
    unique: bool
    choices: list[str]
    default: Scalar | None
    minimum: float | None
    maximum: float | None
    help: str
    item_id: str = ""
    managed: bool = False


# When something was written is known without asking.
MOMENTS = frozenset(
    "posted_at written_at sent_at published_at submitted_at commented_at replied_at reviewed_at liked_at "
    "voted_at achieved_at finished_at upload_time uploaded_at ordered_at subscribed_at rated_at".split()
)


def plan_column(wish: WishedColumn, taken: Container[str]) -> PlannedField:
    """A column for this wish. A choice without choices becomes a string; a default that does not fit goes."""
    choices = plan_choices(wish.choices) if wish.type == "choice" else ()
    type_: FieldType = "string" if wish.type == "choice" and not choices else wish.type
    minimum, maximum = plan_bounds(wish.minimum, wish.maximum, type_)
    return PlannedField(
        item_id=wish.item_id,
        name=naming.attribute(wish.name, taken),
        label=naming.shortened(naming.words(wish.name)),
        type=type_,
        required=wish.required,
        unique=wish.unique and type_ not in ("boolean", "choice", "json", "image", "file", "text"),
        choices=choices,
        default=clean_default(_default(wish, type_), type_, choices),
        minimum=minimum,
        maximum=maximum,
        help=wish.help,
        managed=wish.managed,
    )


def _default(wish: WishedColumn, type_: FieldType) -> Scalar | None:
    if wish.default is None and type_ == "datetime" and naming.attribute(wish.name, ()) in MOMENTS:
        return "now"
    return wish.default


def plan_bounds(
    minimum: float | None, maximum: float | None, type_: FieldType
) -> tuple[float | None, float | None]:
    """Bounds in their order and within what a column holds; for text they are lengths."""
    most = {"string": STRING_LENGTH, "text": TEXT_LENGTH}.get(type_, LARGEST_NUMBER)
    least = 0 if type_ in ("string", "text") else -LARGEST_NUMBER
    bounds = [
        None if bound is None or math.isnan(bound) else float(min(most, max(least, bound)))
        for bound in (minimum, maximum)
    ]
    low, high = bounds
    return (high, low) if low is not None and high is not None and low > high else (low, high)


def plan_choices(labels: Iterable[str]) -> tuple[Choice, ...]:
    """Each different, non-empty choice once; the value is what the person wrote."""
    choices: list[Choice] = []
    for label in labels:
        value = " ".join(label.split())[:CHOICE_LENGTH]
        if value and value.casefold() not in {choice.value.casefold() for choice in choices}:
            member = naming.constant(value, {choice.member for choice in choices} | {"MRO"})
            choices.append(Choice(member, value, naming.sentence(value.replace("_", " "))))
    return tuple(choices)


def clean_default(value: Scalar | None, type_: FieldType, choices: tuple[Choice, ...]) -> Scalar | None:
    """The default as this type's own kind, None when it cannot be one.

    "today" and "now" stay as they are for dates and times; the model calls the clock.
    """
    if value is None or type_ in ("image", "file", "uuid", "duration"):
        return None
    text = str(value).strip()
    try:
        match type_:
            case "boolean":
                return value if isinstance(value, bool) else text.lower() in ("true", "yes", "on", "1")
            case "integer":
                return int(_number(text))
            case "decimal":
                return _number(text)
            case "money":
                return str(Decimal(_number(text)).quantize(Decimal("0.01")))
            case "date":
                return "today" if text.lower() in ("today", "now") else date.fromisoformat(text).isoformat()
            case "datetime":
                return "now" if text.lower() in ("today", "now") else datetime.fromisoformat(text).isoformat()
            case "time":
                return time.fromisoformat(text).isoformat()
            case "choice":
                return next(
                    (c.value for c in choices if text.casefold() in (c.value.casefold(), c.label.casefold())),
                    None,
                )
            case "json":
                return json.dumps(json.loads(text)) if text else None
            case "color":
                return text if len(text) == 7 and text.startswith("#") else None
            case _:
                return text or None
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _number(text: str) -> float:
    """Raises ValueError for what no column holds."""
    number = float(text)
    if not abs(number) <= LARGEST_NUMBER:
        raise ValueError(text)
    return number
