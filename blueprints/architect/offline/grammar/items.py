"""What is said to be in a thing, cut into items: "a status: draft, sent or paid, and a date" are two."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import CHOICE_HEADS, infer, known_field
from blueprints.architect.offline.grammar.phrases import ARTICLES
from blueprints.architect.offline.text import split_list

_NAMED_SET = re.compile(
    r"^((?:an?\s+|the\s+|its\s+|their\s+)?[\w' -]{2,40}?)\s*(?::|=|\b(?:is|are|being|like|e\.g\.|either|one "
    r"of|can be)\b)\s*(.+)$",
    re.I,
)
_LAST_OF_SET = re.compile(r"\bor\b", re.I)
_RANGE = re.compile(r"^(.{2,30}?)\s+(?:from\s+and\s+to|from\s*(?:-|/|–)\s*to|from\s+to)$", re.I)
_AFTERTHOUGHT = re.compile(
    r"\s+(?:etc\.?|and so on|and the like|or something(?: like that)?|or so|or whatever)$", re.I
)
_NO_VALUE = re.compile(
    r"^(?:an?|the|its|their|how|when|who|what|why|where|whether|if|which|number|date|name)\b", re.I
)


def field_items(text: str) -> tuple[str, ...]:
    """Items as `read_field` takes them: a set of values stands in brackets behind its name."""
    body = _AFTERTHOUGHT.sub("", text.strip(" ."))
    body = re.sub(
        r"\b(salary|price|date|time|age|from)\s+from\s+and\s+to\b", r"\1 from, \1 to", body, flags=re.I
    )
    pieces = split_list(body, alternatives=False)
    found: list[str] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        values, used = _values_of(pieces, index)
        if values:
            found.append(values)
            index += used
            continue
        found += _both_or_one(piece)
        index += 1
    return tuple(found)


def _values_of(pieces: list[str], index: int) -> tuple[str, int]:
    """ "status draft", "sent or paid" → "status (draft, sent, paid)" and 2; ("", 0) when it is no such set."""
    piece = pieces[index]
    if "(" in piece:
        return "", 0
    named = _NAMED_SET.match(piece)
    name, first = (named[1], named[2]) if named else _choice_head(piece)
    if not name or (_plain_field(ARTICLES.sub("", first)) and not named):
        return "", 0
    values = [first]
    used = 1
    ended = _LAST_OF_SET.search(first) is not None
    while not ended and index + used < len(pieces) and _may_be_value(pieces[index + used]):
        values.append(pieces[index + used])
        used += 1
        ended = _LAST_OF_SET.search(values[-1]) is not None
    choices = [
        value for part in values for value in re.split(r"\s*,?\s+or\s+|\s*/\s*", part) if value.strip()
    ]
    listed = len(choices) > 2 or (len(choices) == 2 and (ended or "/" in piece))
    if not listed or any(len(choice.split()) > 4 for choice in choices):
        return "", 0
    return f"{name} ({', '.join(choices)})", used


def _choice_head(piece: str) -> tuple[str, str]:
    """ "status draft" → ("status", "draft"): a name that usually has values, with the first of them."""
    words = ARTICLES.sub("", piece).split()
    for size in (2, 1):
        name = " ".join(words[:size]).lower()
        if len(words) > size and words[size - 1].lower() in CHOICE_HEADS and not known_field(" ".join(words)):
            rest = " ".join(words[size:])
            return ("", "") if re.match(r"(?:of|for|in|from|to|and|with)\b", rest, re.I) else (name, rest)
    return "", ""


def _may_be_value(piece: str) -> bool:
    return (
        len(piece.split()) <= 5
        and "(" not in piece
        and ":" not in piece
        and _NO_VALUE.match(piece) is None
        and not (_plain_field(piece) and _LAST_OF_SET.search(piece) is None)
    )


def _plain_field(words: str) -> bool:
    """A usual field, and not one of those that are states as well ("open", "paid")."""
    draft = infer(words) if known_field(words) else None
    return draft is not None and draft.type != "boolean"


def _both_or_one(piece: str) -> list[str]:
    """ "bio or description" is one of two names for a field; "flat, house or office" stays together."""
    if (span := _RANGE.match(piece)) is not None:
        return [f"{span[1]} from", f"{span[1]} to"]
    return [piece]
