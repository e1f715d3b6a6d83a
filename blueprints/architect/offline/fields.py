"""From the words for a field to a typed column: "difficulty (easy, medium, hard)" → a choice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from blueprints.architect.offline.naming import singular, snake
from blueprints.architect.offline.text import split_list
from blueprints.architect.offline.vocabulary import load_vocabulary
from blueprints.schemas import FieldType

CERTAIN, TOLD_BY_NAME, GUESSED = 1.0, 0.85, 0.6


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


def ends_like_field(phrase: str) -> bool:
    return _by_suffix(snake(phrase)) is not None


def said_type(phrase: str) -> FieldType | None:
    """The type these words name ("yes/no" → boolean), or None."""
    return _names().said.get(re.sub(r"^(?:an?|the|as an?|as)\s+", "", phrase.strip().lower()))


_AS_TYPE = re.compile(r"^(.+?)\s*(?::|=|\bas an?\b|\bis an?\b|-)\s*(.+)$", re.I)
_BRACKETS = re.compile(r"^(.*?)\s*[(\[]([^)\]]*)[)\]]?\s*(.*)$", re.S)
_CHOICES_AFTER = re.compile(r"^(.+?)\s*(?::|=|\bone of\b|\bis one of\b|\bcan be\b|\bbeing\b)\s*(.+)$", re.I)
_OPTIONAL = re.compile(r"^(?:an?\s+)?(optional|required|mandatory|unique)\s+", re.I)
_ARTICLE = re.compile(
    r"^(?:(?:an?|the|its|their|his|her|your|our|my|some|any|each|every|also|of course|both|such as|like)\s+)+",
    re.I,
)


def read_field(phrase: str) -> FieldDraft | None:
    """One field from one item of a list, None when there is no name in it."""
    text, required, explicit = phrase.strip(" .,:;\"'"), True, False
    text = _ARTICLE.sub("", text)
    if (flag := _OPTIONAL.match(text)) is not None:
        explicit, required = True, flag[1].lower() != "optional"
        text = text[flag.end() :]
    if (sentence := _said_as_sentence(text)) is not None:
        return sentence
    brackets = _BRACKETS.match(text)
    if brackets is not None and brackets[2].strip():
        name, inside = f"{brackets[1]} {brackets[3]}".strip(), brackets[2]
        if re.search(r"\boptional\b", inside, re.I):
            return _with(infer(name), required=False)
        kind = said_type(inside)
        if kind is not None:
            return _with(infer(name), type=kind, confidence=CERTAIN)
        choices = _choices(inside)
        return _choice(name, choices) if len(choices) > 1 else infer(name)
    typed = _AS_TYPE.match(text)
    if typed is not None and (kind := said_type(typed[2])) is not None:
        return _with(infer(typed[1]), type=kind, confidence=CERTAIN)
    options = _CHOICES_AFTER.match(text)
    if options is not None and len(choices := _choices(options[2])) > 1:
        return _choice(options[1], choices)
    draft = infer(text)
    return _with(draft, required=required) if explicit else draft


_WHETHER = re.compile(
    r"^(?:whether(?: or not)?|if)\s+(?:it|they|he|she|the \w+)?\s*(?:is|are|was|were|has been|have been|has|"
    r"have|will|can be)?\s*(.+?)(?:\s+or not)?$|"
    r"^(?:can be|is|are|was|were)\s+(.+?)\s+or not$|^can be\s+(\w+)$",
    re.I,
)
_WHEN = re.compile(
    r"^when\s+(?:it|they|he|she|the \w+)\s+(?:is|are|was|were|has been|have been)?\s*(.+)$", re.I
)


def _said_as_sentence(text: str) -> FieldDraft | None:
    """ "whether they accepted" and "can be done or not" are yes or no, "when it was last watered" a time."""
    if (match := _WHETHER.match(text)) is not None:
        name = snake(next(group for group in match.groups() if group))
        return FieldDraft(name, "boolean", TOLD_BY_NAME, required=False, default=False) if name else None
    if (match := _WHEN.match(text)) is not None and (name := snake(match[1])):
        return FieldDraft(f"{name}_at", "datetime", TOLD_BY_NAME, required=False)
    return None


def infer(phrase: str) -> FieldDraft | None:
    """A field with the type its name tells; "string", guessed, when the name tells nothing."""
    text = _ARTICLE.sub("", phrase.strip())
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
    name = snake(text)
    if not name or len(name.split("_")) > 5:
        return None
    if name.startswith("number_of_"):
        return FieldDraft(name.removeprefix("number_of_"), "integer", TOLD_BY_NAME, minimum=0)
    attributes = _by_suffix(name)
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


def _choices(text: str) -> list[str]:
    parts = (
        re.split(r"\s*/\s*|\s*\|\s*", text)
        if re.search(r"[/|]", text) and "," not in text
        else split_list(text)
    )
    cleaned = (
        re.sub(r"^(?:either|e\.g\.?|such as|like|or|one of)\s+", "", part.strip(" '\"."), flags=re.I)
        for part in parts
    )
    return list(
        dict.fromkeys(part[:60] for part in cleaned if part and len(part.split()) <= 5 and part != "etc")
    )[:20]


def _choice(phrase: str, choices: list[str]) -> FieldDraft | None:
    draft = infer(phrase)
    if draft is None:
        return None
    return replace(
        draft,
        type="choice",
        choices=tuple(choices),
        default=choices[0],
        confidence=CERTAIN,
        minimum=None,
        maximum=None,
    )


def _with(draft: FieldDraft | None, **changes: Any) -> FieldDraft | None:
    if draft is None:
        return None
    if changes.get("type", draft.type) != draft.type:
        changes = {"choices": (), "default": None, "minimum": None, "maximum": None} | changes
    return replace(draft, **changes)
