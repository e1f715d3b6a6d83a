"""From clauses to statements: a grammar for the sentences in which people describe applications.

Each reader knows one way of saying something and returns statements, or None when the clause is not
of its kind; the first that fits wins. Patterns are anchored and bounded, so reading stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from blueprints.architect.offline.grammar.background import happening
from blueprints.architect.offline.grammar.doings import doing, wish
from blueprints.architect.offline.grammar.edits import addition, bare_addition, removal, renaming
from blueprints.architect.offline.grammar.introductions import introduction, spoken_out, without_context
from blueprints.architect.offline.grammar.listings import (
    bare_items,
    bracketed,
    enumeration,
    listing,
    short_listing,
)
from blueprints.architect.offline.grammar.permissions import permission
from blueprints.architect.offline.grammar.phrases import ReadClause
from blueprints.architect.offline.grammar.relations import relation
from blueprints.architect.offline.grammar.states import state
from blueprints.architect.offline.sentence import simple_sentences
from blueprints.architect.offline.statements import Statement

LONGEST_CLAUSE = 600  # a "sentence" beyond this is pasted text; its beginning is read

_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|well|so|and|also|then|please|oh|actually|plus|now|next|finally|yes|yeah|sure|great|"
    r"perfect|thanks|but|just|additionally|furthermore|moreover|besides|in addition|first|secondly|second|"
    r"basically|no(?=,)|"
    r"can you|could you|would you|let's|lets|we should|you should|i'd like you to|i want you to|"
    r"(?:do not|don't) build(?: it| this)?(?: yet| now)?|not yet|wait|hold on|"
    r"i'd like to|i would like to|i want to|we want to|we need to|i need to|make sure that|make sure|"
    r"it should be possible to|it must be possible to|there should be a way to)\b[\s,:]*)+",
    re.I,
)


def read_clause(clause: str) -> list[Statement]:
    """The statements of one clause; [] when the grammar finds none."""
    return list(_read(clause))


@lru_cache(maxsize=512)
def _read(clause: str) -> tuple[Statement, ...]:
    text = spoken_out(clause[:LONGEST_CLAUSE]).strip(" .,!?")
    found: list[Statement] = []
    for sentence in simple_sentences(_OPENING.sub("", text).strip(" .,!?")):
        found += _read_sentence(sentence)
    return tuple(found)


def _read_sentence(sentence: str) -> list[Statement]:
    text = without_context(_OPENING.sub("", sentence).strip(" .,!?"))
    for reader in _READERS:
        found = reader(text, _read_sentence)
        if found is not None:
            return found
    return []


_Reader = Callable[[str, ReadClause], "list[Statement] | None"]
_READERS: tuple[_Reader, ...] = (
    happening, renaming, removal, introduction, permission, relation, state, addition, bracketed, enumeration,
    short_listing, listing, bare_items, bare_addition, doing, wish,
)  # fmt: skip
