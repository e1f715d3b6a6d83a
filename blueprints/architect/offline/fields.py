"""From the name of a field to a typed column: "unit price" is money, "due date" a date."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from blueprints.architect.offline.naming import plural, singular, snake
from blueprints.architect.offline.vocabulary import load_vocabulary
from blueprints.schemas import FieldType

CERTAIN, TOLD_BY_NAME, GUESSED = 1.0, 0.85, 0.6

# Field names that are usually one of a few values, which people then simply list.
CHOICE_HEADS = frozenset(
    {"status", "state", "stage", "type", "kind", "category", "condition", "size", "level", "priority", "severity", "mood",
     "gender", "diet", "columns", "column", "lanes", "difficulty", "visibility", "side", "grade", "role", "voice", "moods",
     "statuses", "types", "kinds", "sizes", "stages", "categories", "option", "answer", "availability"}
)  # fmt: skip


@dataclass(frozen=True)
class FieldDraft:
    """A column to be. `confidence` is about the type: said, told by the name, or guessed."""

    name: str
    type: FieldType = "string"
    confidence: float = GUESSED
    required: bool = True
    choices: tuple[str, ...] = ()
    default: str | int | float | bool | None = None
    minimum: float | None = None
    maximum: float | None = None

    def attributes(self) -> dict[str, Any]:
        """As `EntityField` takes them."""
        return {
            "name": self.name, "type": self.type, "required": self.required, "choices": list(self.choices),
            "default": self.default, "minimum": self.minimum, "maximum": self.maximum,
            "confidence": self.confidence,
        }  # fmt: skip


@dataclass(frozen=True)
class _Names:
    by_name: dict[str, dict[str, Any]]
    endings: dict[str, dict[str, Any]]
    beginnings: dict[str, dict[str, Any]]
    people: frozenset[str]
    said: dict[str, FieldType]
    longest: int = field(default=4)


@lru_cache(maxsize=1)
def _names() -> _Names:
    raw = load_vocabulary("fields")
    by_name: dict[str, dict[str, Any]] = {}
    endings: dict[str, dict[str, Any]] = {}
    beginnings: dict[str, dict[str, Any]] = {}
    for group in raw["names"]:
        attributes = {
            key: value for key, value in group.items() if key not in ("names", "endings", "beginnings")
        }
        for name in group["names"]:
            by_name.setdefault(snake(name) or name, attributes)
        endings.update(dict.fromkeys(group.get("endings", ()), attributes))
        beginnings.update(dict.fromkeys(group.get("beginnings", ()), attributes))
    said = {word: kind for kind, synonyms in raw["said_types"].items() for word in map(str, synonyms)}
    return _Names(by_name, endings, beginnings, frozenset(map(snake, raw["people"])), said)


def known_field(phrase: str) -> bool:
    """Whether this exact phrase is a usual field name ("due date"), not just anything."""
    name = snake(phrase)
    return name in _names().by_name or name in _names().people


def counts_something(phrase: str) -> bool:
    """Whether this names a figure ("point", "minutes"), which is never a thing of its own."""
    table = _names().by_name
    return any(
        table.get(name, {}).get("type") in ("integer", "decimal")
        for name in (snake(phrase), snake(plural(phrase)))
    )


def ends_like_field(phrase: str) -> bool:
    return _by_suffix(snake(phrase)) is not None


def said_type(phrase: str) -> FieldType | None:
    """The type these words name ("yes/no" → boolean), or None."""
    return _names().said.get(re.sub(r"^(?:an?|the|as an?|as)\s+", "", phrase.strip().lower()))


ARTICLE = re.compile(
    r"^(?:(?:an?|the|its|their|his|her|your|our|my|some|any|each|every|also|of course|both|such as|like)\s+)+",
    re.I,
)


ABOUT_IT = r"(?:it|they|he|she|i|we|you|people|the \w+|this|that|each|one|someone|somebody)"
_UNITS: tuple[tuple[re.Pattern[str], FieldType], ...] = (
    (re.compile(r"\bin (?:whole )?(?:minutes|mins|hours|days|weeks|months|years|seconds|pieces)$", re.I), "integer"),
    (re.compile(
        r"\bin (?:percent|%|ml|l|cl|dl|liters?|litres?|kg|kilos?|g|grams?|tons?|km|kilomet(?:er|re)s|cm|mm|m|"
        r"met(?:er|re)s|"
                r"inch(?:es)?|feet|ft|miles|pounds|lbs|(?:square|sq) ?(?:met(?:er|re)s?|m|feet|ft)|m2|sqm|"
                r"celsius|degrees|"
                r"fahrenheit|watts?|kwh|volts?|bpm|kcal|calories)$", re.I), "decimal"),
    (re.compile(r"\bin (?:euros?|eur|dollars?|usd|pounds sterling|gbp|francs?|chf|€|\$|£|cents?)$", re.I), "money"),
)  # fmt: skip
_TOLD_LATER = re.compile(rf"\s+(?:that |which )?{ABOUT_IT}\s+(?:\w+\s*){{1,4}}$", re.I)
_OF_IT = re.compile(r"\s+of\s+(?:it|them|the (?:thing|item)|this|each|one)$", re.I)


def infer(phrase: str) -> FieldDraft | None:
    """A field with the type its name tells; "string", guessed, when the name tells nothing."""
    text = ARTICLE.sub("", phrase.strip())
    text = re.sub(r"^(?:the )?(?:numbers?|amount|count) of\s+", "number of ", text, flags=re.I)
    if (
        most := re.match(
            r"^(maximum|minimum|max|min|total)(?: number| amount| count)? of\s+(\w.*)$", text, re.I
        )
    ) is not None:
        return FieldDraft(snake(f"{most[1]} {most[2]}"), "integer", TOLD_BY_NAME, minimum=0)
    text = (
        re.sub(r"^(?:the )?(?:date|time) of (.+)$", r"\1 date", text, flags=re.I)
        if "birth" not in text
        else text
    )
    text = re.sub(r"\s+(?:too|as well|field|column|attribute|property)$", "", text, flags=re.I)
    text = _OF_IT.sub("", text)
    if len(text.split()) > 2:
        text = _TOLD_LATER.sub("", text) or text
    name = snake(text)
    if not name or len(name.split("_")) > 5:
        return None
    for pattern, kind in _UNITS:
        if pattern.search(text):
            return FieldDraft(name, kind, TOLD_BY_NAME)
    if name.startswith("number_of_"):
        return FieldDraft(name.removeprefix("number_of_"), "integer", TOLD_BY_NAME, minimum=0)
    attributes = _by_suffix(name)
    first, _, last = name.rpartition("_")
    if attributes is None and first and last in _AFTER_THE_NAME:
        attributes = _by_suffix(first)
    if "_per_" in name:
        attributes = _by_suffix(name.partition("_per_")[0]) or attributes
    if attributes is None and "_of_" in name:
        attributes = _by_suffix(name.partition("_of_")[0])
    if attributes is None and "_to_" in name:
        attributes = _by_suffix(name.partition("_to_")[0])
    if attributes is None:
        first, _, _ = name.partition("_")
        last = name.rpartition("_")[2]
        attributes = _names().beginnings.get(first) if "_" in name else None
        attributes = attributes or (_names().endings.get(last) if "_" in name else None)
    if attributes is None:
        return FieldDraft(name)
    return FieldDraft(
        name,
        cast(FieldType, attributes["type"]),
        TOLD_BY_NAME,
        required=attributes.get("required", True),
        choices=tuple(attributes.get("choices", ())),
        default=attributes.get("default"),
        minimum=attributes.get("minimum"),
        maximum=attributes.get("maximum"),
    )


# "days left" and "price paid" are days and a price; so are "price from" and "price to".
_AFTER_THE_NAME = frozenset(
    {"left", "needed", "available", "remaining", "required", "taken", "used", "paid", "total", "from", "to", "sold", "made",
     "received", "spent", "watered", "picked", "per", "worked", "planned", "bought", "offered", "wanted"}
)  # fmt: skip


def _by_suffix(name: str) -> dict[str, Any] | None:
    parts = name.split("_")
    table = _names()
    for start in range(max(0, len(parts) - table.longest), len(parts)):
        suffix = "_".join(parts[start:])
        for candidate in (suffix, snake(singular(suffix))):
            if candidate in table.by_name:
                return table.by_name[candidate]
        if suffix in table.people:
            return {"type": "string"}
    return None
