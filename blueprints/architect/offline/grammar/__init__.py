"""From clauses to statements: a grammar for the sentences in which people describe applications.

Each reader knows one way of saying something and returns statements, or None when the clause is not
of its kind; the first that fits wins. Patterns are anchored and bounded, so reading stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from blueprints.architect.offline.grammar.doings import doing, wish
from blueprints.architect.offline.grammar.edits import addition, removal, renaming
from blueprints.architect.offline.grammar.listings import bracketed, listing
from blueprints.architect.offline.grammar.permissions import permission
from blueprints.architect.offline.grammar.phrases import ReadClause
from blueprints.architect.offline.grammar.relations import relation
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
    text = _OPENING.sub("", clause[:LONGEST_CLAUSE]).strip(" .,!?")
    for reader in _READERS:
        found = reader(text, read_clause)
        if found is not None:
            return found
    return []


_Reader = Callable[[str, ReadClause], "list[Statement] | None"]
_READERS: tuple[_Reader, ...] = (
    renaming, removal, permission, relation, addition, bracketed, listing, doing, wish,
)  # fmt: skip
