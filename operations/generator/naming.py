"""Names people give, made safe for Python, Django, URLs and databases, without losing what they said.

Every function is pure. The words a person sees stay hers (`words`); identifiers become ASCII, short
enough for PostgreSQL's 63 bytes, never a keyword, never something Django or our templates already mean.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container

CLASS_LENGTH = 40
ATTRIBUTE_LENGTH = 40
SLUG_LENGTH = 50
LABEL_LENGTH = 60

# Attributes every Django model has, or that a ModelForm, serializer or our own base class adds.
MODEL_ATTRIBUTES = frozenset(
    """
    id pk objects save delete clean clean_fields check full_clean from_db refresh_from_db arefresh_from_db
    asave adelete get_deferred_fields get_constraints serializable_value unique_error_message
    validate_unique validate_constraints date_error_message prepare_database_save save_base get_absolute_url
    created_at updated_at created_at_id updated_at_id meta models settings reverse does_not_exist
    """.split()
)
# Words that would read as something else in generated modules, though Python allows them.
BUILTINS = frozenset(
    "self cls type object list dict set str int float bool bytes property super none".split()
)
# Class names that mean something in a generated module.
CLASS_NAMES = frozenset(
    """
    None True False Meta Model Record RecordForm RecordViewSet RecordSerializer TextChoices Any
    MinValueValidator MaxValueValidator MinLengthValidator RegexValidator Exception Warning
    DoesNotExist MultipleObjectsReturned
    """.split()
)
PATHS = frozenset("api admin static media healthz accounts account records archive new edit delete".split())


def ascii_words(text: str) -> list[str]:
    """The words of `text` as lower-case ASCII: "Größe (cm)" → ["grosse", "cm"], "ShoppingList" → two."""
    text = text.replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("Æ", "Ae").replace("Ø", "O")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"['’]", "", plain)
    plain = re.sub(r"\b([A-Z]{2,})s\b", lambda match: match[0].lower(), plain)
    plain = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", plain)
    plain = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", plain)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", plain)]


def words(text: str) -> str:
    """How a name reads in a sentence: "ShoppingList" → "shopping list", "due_date" → "due date"."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text.replace("_", " "))
    text = " ".join(part for part in text.split())
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in text.split(" "))


def shortened(text: str, length: int = LABEL_LENGTH) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """First letter upper, the rest untouched: labels and headings."""
    return text[:1].upper() + text[1:]


def plural(singular: str) -> str:
    """The English plural of the last word: "story" → "stories", "box" → "boxes"."""
    if re.search(
        r"(news|series|species|equipment|information|feedback|people|data|media|staff)$", singular, re.I
    ):
        return singular
    for ending, replacement in (("person", "people"), ("child", "children"), ("man", "men")):
        if re.search(rf"(^|\W){ending}$", singular, re.I):
            return singular[: -len(ending)] + replacement
    if re.search(r"(s|x|z|ch|sh)$", singular, re.I):
        return singular + "es"
    if re.search(r"[^aeiou]y$", singular, re.I):
        return singular[:-1] + "ies"
    return singular + "s"


def class_name(text: str, taken: Container[str], fallback: str = "Entry") -> str:
    """A free PascalCase class name: "shopping list" → "ShoppingList", "class" → "Class", "🍋" → fallback."""
    parts = ascii_words(text)
    name = "".join(part[:1].upper() + part[1:] for part in parts)[:CLASS_LENGTH] or fallback
    if name[0].isdigit():
        name = f"{fallback}{name}"[:CLASS_LENGTH]
    if name in CLASS_NAMES or keyword.iskeyword(name):
        name = f"{name[: CLASS_LENGTH - 4]}Item"
    return _numbered(name, taken, CLASS_LENGTH, "")


def attribute(text: str, taken: Container[str], fallback: str = "field") -> str:
    """A free snake_case attribute: "Due date" → "due_date", "class" → "class_value", "🍋" → fallback."""
    name = "_".join(ascii_words(text))[:ATTRIBUTE_LENGTH].strip("_") or fallback
    if name[0].isdigit():
        name = f"{fallback}_{name}"[:ATTRIBUTE_LENGTH].strip("_")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in MODEL_ATTRIBUTES | BUILTINS:
        name = f"{name[: ATTRIBUTE_LENGTH - 6]}_value"
    return _numbered(name, taken, ATTRIBUTE_LENGTH, "_")


def slug(text: str, taken: Container[str], fallback: str = "entries") -> str:
    """A free path segment: "Shopping lists" → "shopping-lists"; our own paths get a suffix."""
    name = "-".join(ascii_words(text))[:SLUG_LENGTH].strip("-") or fallback
    if name in PATHS:
        name = f"{name}-list"
    return _numbered(name, taken, SLUG_LENGTH, "-")


def constant(text: str, taken: Container[str]) -> str:
    """A free member name of an enumeration: "in progress" → "IN_PROGRESS"."""
    name = "_".join(ascii_words(text)).upper()[:ATTRIBUTE_LENGTH].strip("_") or "CHOICE"
    if name[0].isdigit():
        name = f"N{name}"
    return _numbered(name, taken, ATTRIBUTE_LENGTH, "_")


def _numbered(name: str, taken: Container[str], length: int, joint: str) -> str:
    """`name`, or the first of `name2`, `name3`, … that is not taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        suffix = f"{joint}{number}"
        candidate = name[: length - len(suffix)] + suffix
    return candidate
