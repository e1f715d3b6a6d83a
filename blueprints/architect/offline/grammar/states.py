"""What something can be: "repairs are open or done", "a job can be planned, running or billed"."""

from __future__ import annotations

import re

from blueprints.architect.offline.grammar.phrases import ReadClause
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import is_people, noun
from blueprints.architect.offline.statements import HasFields, Statement
from blueprints.architect.offline.text import split_list

_CAN_BE = re.compile(
    r"^(?:each |every |any |an? |one |the |all )?([\w' -]{2,40}?)\s+(?:(?:can|could|may|must|should|will) "
    r"(?:also )?be|is|are|is either|are either|can either be)\s+"
    r"(?:either\s+|one of\s+|always\s+)*(.{3,160})$",
    re.I,
)
_GOES_THROUGH = re.compile(
    r"^(?:each |every |any |an? |one |the |all )?([\w' -]{2,40}?)\s+(?:goes|go|moves?|runs?|passes|pass|"
    r"travels?)\s+(?:through|from|via|over|across)\s+"
    r"(?:the\s+)?(?:(?:states|stages|steps|phases|columns|stations)\s*(?:of|:|like|such as)?\s*)?(.{3,160})$",
    re.I,
)
_STATES = re.compile(
    r"^(?:the\s+)?(?:possible\s+)?(?:status|state|stage|columns?|lanes?|statuses|states|stages)\s+(?:is|are|"
    r"can be|may be|:)?\s*(?:either\s+|one of\s+)?(.{3,160})$",
    re.I,
)
_MARKED = re.compile(r"^(?:marked|flagged|labell?ed|tagged)(?:\s+as)?\s+", re.I)
_NOT_A_STATE = re.compile(
    r"\b(?:by|for|in|on|at|with|from|to|of|about|able|allowed|used|many|several|one|two|the|an?|my|our|their|"
    r"via|per|as|"
    r"simple|modern|nice|good|easy|fast|responsive|what|how)\b",
    re.I,
)


def state(text: str, read: ReadClause) -> list[Statement] | None:
    """A field for what the subject can be, or None when the clause says something else."""
    if (match := _STATES.match(text)) is not None and (values := _values(match[1], least=3)):
        return [HasFields("it", (f"status ({', '.join(values)})",), add=True)]
    if (match := _GOES_THROUGH.match(text)) is not None and (subject := _subject(match[1])):
        values = _values(re.sub(r"\s+(?:to|until)\s+", ", ", match[2]), least=3)
        if values:
            return [HasFields(subject, (f"status ({', '.join(values)})",), add=True)]
    match = _CAN_BE.match(text)
    subject = _subject(match[1]) if match else ""
    if match is None or not subject:
        return None
    words = _MARKED.sub("", match[2])
    if re.search(r"\bor not$", words, re.I) and len(words.split()) <= 6:
        return [HasFields(subject, (words,), add=True)]
    if values := _values(words, least=2):
        return [HasFields(subject, (f"status ({', '.join(values)})",), add=True)]
    if (
        re.search(r"\b(?:can|may|could) be$", text[: match.start(2)].strip(), re.I)
        and _MARKED.match(match[2])
        and len(words.split()) == 1
    ):
        return [HasFields(subject, (f"{words} (yes/no)",), add=True)]
    return None


def _subject(words: str) -> str:
    bare = words.strip().lower()
    if bare in ("it", "they", "each", "these", "those", "status", "state"):
        return "it"
    if is_people(bare) or len(bare.split()) > 4:
        return ""
    return noun(bare)


def _values(words: str, *, least: int) -> list[str]:
    """The states listed, [] when these words are no such list."""
    if not re.search(r"\bor\b|,|/", words):
        return []
    pieces = [piece for part in split_list(words) for piece in re.split(r"\s*/\s*", part)]
    pieces = [re.sub(r"^(?:either|then|finally|also)\s+", "", piece, flags=re.I) for piece in pieces]
    if len(pieces) < least or any(len(piece.split()) > 3 for piece in pieces):
        return []
    if least == 2 and not re.search(r"\bor\b", words):
        return []
    bad = sum(
        _NOT_A_STATE.search(piece) is not None and not re.match(r"(?:in|on|to|for) \w+$", piece)
        for piece in pieces
    )
    things = sum(is_plural(piece.split()[-1]) for piece in pieces)
    return [] if bad or things * 2 > len(pieces) else pieces
