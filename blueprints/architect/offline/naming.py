"""Names the way code and people write them: singular and plural, PascalCase, snake_case, kebab-case."""

from __future__ import annotations

import keyword
import re
import unicodedata
from functools import lru_cache

_IRREGULAR = {
    "person": "people", "child": "children", "man": "men", "woman": "women", "mouse": "mice",
    "goose": "geese", "foot": "feet", "tooth": "teeth", "leaf": "leaves", "knife": "knives",
    "shelf": "shelves", "wolf": "wolves", "life": "lives", "half": "halves", "medium": "media",
    "criterion": "criteria", "analysis": "analyses", "quiz": "quizzes", "hero": "heroes",
    "potato": "potatoes", "tomato": "tomatoes", "datum": "data", "movie": "movies", "cookie": "cookies",
    "calorie": "calories", "bus": "buses", "status": "statuses", "address": "addresses", "axis": "axes",
    "menu": "menus", "bonus": "bonuses", "virus": "viruses", "campus": "campuses", "lens": "lenses",
    "gas": "gases", "tie": "ties", "pie": "pies", "zombie": "zombies", "selfie": "selfies", "smoothie": "smoothies",
    "chaos": "chaos", "kudos": "kudos", "staff": "staff", "series": "series", "species": "species",
    "news": "news", "equipment": "equipment",
    "music": "music", "sheep": "sheep", "fish": "fish", "aircraft": "aircraft", "feedback": "feedback",
    "furniture": "furniture", "inventory": "inventories", "cafe": "cafes", "cache": "caches", "niche": "niches",
    "house": "houses", "course": "courses", "horse": "horses", "nurse": "nurses", "purchase": "purchases",
    "expense": "expenses", "warehouse": "warehouses", "exercise": "exercises", "case": "cases", "database": "databases",
    "release": "releases", "lease": "leases", "response": "responses", "license": "licenses", "invoice": "invoices",
    "size": "sizes", "prize": "prizes", "shoe": "shoes", "toe": "toes", "axe": "axes",
    "verse": "verses", "universe": "universes", "phase": "phases", "phrase": "phrases", "rose": "roses",
    "vase": "vases", "bruise": "bruises", "cruise": "cruises", "noise": "noises", "cheese": "cheeses",
}  # fmt: skip
_SINGULAR = {many: one for one, many in _IRREGULAR.items()}
_UNCHANGED_ENDINGS = ("ss", "us", "is")


@lru_cache(maxsize=16_384)
def singular(word: str) -> str:
    """ "Recipes" → "Recipe"; a word that is singular already, or does not look plural, stays."""
    head, lower = _last(word)
    if lower in _IRREGULAR and lower not in _SINGULAR:
        return word
    if lower in _SINGULAR:
        return head + _cased(_SINGULAR[lower], word[len(head) :])
    if len(lower) < 4 or not lower.endswith("s") or lower.endswith(_UNCHANGED_ENDINGS):
        return word
    tail = word[len(head) :]
    if lower.endswith("ies") and len(lower) > 4:
        return head + tail[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return head + tail[:-2]
    return head + tail[:-1]


@lru_cache(maxsize=16_384)
def plural(word: str) -> str:
    """ "Recipe" → "Recipes", "Category" → "Categories"; a plural stays."""
    head, lower = _last(word)
    tail = word[len(head) :]
    if lower in _IRREGULAR:
        return head + _cased(_IRREGULAR[lower], tail)
    if lower in _SINGULAR or is_plural(word):
        return word
    if lower.endswith("y") and lower[-2:-1] not in set("aeiou"):
        return head + tail[:-1] + "ies"
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def is_plural(word: str) -> bool:
    _, lower = _last(word)
    if lower in _SINGULAR:
        return lower not in _IRREGULAR
    return singular(word) != word


def pascal(phrase: str) -> str:
    """ "moving item" → "MovingItem". Digits at the start are dropped; "" when nothing is left."""
    parts = re.findall(r"[A-Za-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", _ascii(phrase)))
    name = "".join(
        part if part.isupper() and len(part) > 1 else part[:1].upper() + part[1:].lower() for part in parts
    )
    name = re.sub(r"^\d+", "", name)[:60]
    name = name[:1].upper() + name[1:]
    return f"{name}Item" if name in _RESERVED_CLASSES else name


def snake(phrase: str) -> str:
    """ "Due date" → "due_date"; Python keywords get a trailing "_value"; "" when nothing is left."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", _ascii(phrase).replace("'s ", " ").replace("'", ""))
    name = "_".join(re.findall(r"[a-z0-9]+", spaced.lower()))
    name = re.sub(r"^[\d_]+", "", name)[:60].strip("_")
    return f"{name}_value" if keyword.iskeyword(name) or name in {"id", "pk", "objects"} else name


def kebab(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", spaced(name).lower()))


def spaced(name: str) -> str:
    """ "RecipeBook" and "recipe_book" → "recipe book"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def join_words(items: list[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


# Class names that would shadow Python's own in the models of a generated app.
_RESERVED_CLASSES = {"None", "True", "False", "Exception", "Type", "Object", "Model", "Meta"}


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _last(word: str) -> tuple[str, str]:
    """What stands before the last word of a name, and that last word in lower case."""
    match = re.search(r"(?:[A-Z][a-z0-9]*|[A-Za-z0-9]+)\Z", word) if not word.isupper() else None
    start = match.start() if match else 0
    return word[:start], word[start:].lower()


def _cased(replacement: str, like: str) -> str:
    return replacement[:1].upper() + replacement[1:] if like[:1].isupper() else replacement
