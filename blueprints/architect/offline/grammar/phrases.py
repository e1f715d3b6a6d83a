"""Words and shapes that several ways of saying share."""

from __future__ import annotations

import re
from collections.abc import Callable

from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.nouns import noun, verb_action
from blueprints.architect.offline.statements import Statement

ReadClause = Callable[[str], list[Statement]]

ORDER = re.compile(
    r"^(?:(?:our|my)\s+[\w' -]{2,30}?\s+(?:needs|wants|requires)\s+(?=an?\b)|"
    r"(?:i|we)?\s*(?:want|need|would like|'d like|am looking for|wish for|would love|have|build|make|create|"
    r"implement|design|develop|set up|give me|generate)(?:\s+(?:me|us))?\s+(?=\w))",
    re.I,
)
QUANTITY = (
    r"(?:many|several|multiple|lots of|a lot of|a list of|lists of|any number of|one or more|"
    r"zero or more|some|various|numerous|a number of|a few|more than one)"
)
MODAL = (
    r"(?:can|could|may|might|must|should|shall|will|are able to|is able to|should be able to|"
    r"must be able to|can be able to|are allowed to|is allowed to|have to|has to|get to|want to|need to)"
)
APP_ITSELF = re.compile(
    r"\b(?:web ?site|site|system|app|application|platform|programs?|web ?pages?|pages?|tool|it|player|widget|"
    r"client|plugin|"
    r"extension|portal|interface|software|layout|home ?page|design)$",
    re.I,
)
ARTICLES = re.compile(r"^(?:an?|the|their|his|her|its)\s+", re.I)


def order_stripped(text: str) -> str:
    return ORDER.sub("", text)


def without_article(phrase: str) -> str:
    return re.sub(
        r"^(?:(?:the|an?|any|all|some|our|my|of|kind of|also)\s+)+", "", phrase.strip(" \"'."), flags=re.I
    )


def unquoted(phrase: str) -> str:
    return phrase.strip().strip("\"'").strip()


def gerund(piece: str) -> tuple[str, str, str] | None:
    head, _, rest = piece.partition(" ")
    if head.lower().endswith("ing") and len(head) > 5:
        base = head[:-3].lower()
        for verb in (base, f"{base}e", base[:-1] if base[-1:] == base[-2:-1] else base):
            if (known := verb_action(f"{verb} {rest}")) is not None:
                return known
        if rest and head.lower() not in _NOUNS_IN_ING and noun(piece) not in usual_entities():
            return "do", head.lower(), rest
    return None


_NOUNS_IN_ING = frozenset(
    {"meeting", "shopping", "training", "parking", "landing", "building", "wedding", "clothing", "booking", "housing",
     "painting", "drawing", "warning", "evening", "morning", "rating", "reading", "listing", "pricing", "spring", "string"}
)  # fmt: skip
