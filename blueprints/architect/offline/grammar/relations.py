"""How things hang together: "a project has many tasks", "each book belongs to an author"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import known_field
from blueprints.architect.offline.grammar.phrases import MODAL, QUANTITY, ReadClause
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import is_people, thing_or_person
from blueprints.architect.offline.statements import Relates, Statement
from blueprints.architect.offline.text import split_list


def relation(text: str, read: ReadClause) -> list[Statement] | None:
    match = re.match(
        r"^(?:there (?:is|should be) )?(?:a )?many[- ]to[- ]many(?: relation(?:ship)?)?\s+(?:between|of|"
        r"for)\s+(.{2,40}?)\s+and\s+(.{2,40})$",
        text, re.I,
    )  # fmt: skip
    if match and thing_or_person(match[1]) and thing_or_person(match[2]):
        return [Relates(thing_or_person(match[1]), "many_to_many", thing_or_person(match[2]))]
    # "messages have a text and belong to a channel": one subject, two sentences.
    match = re.match(
        r"^((?:each |every |an? |one |the |all )?[\w -]{2,40}?)\s+((?:have|has|with|contains?)\s+.+?),?\s+and\s+"
        r"(?:each\s+)?(belongs?\s+to\s+.+)$",
        text, re.I,
    )  # fmt: skip
    if match and thing_or_person(match[1]):
        return [*read(f"{match[1]} {match[2]}"), *read(f"{match[1]} {match[3]}")]
    match = re.match(
        rf"^(?:each |every |an? |one |the |all )?(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:optionally\s+)?(?:belongs?|"
        rf"be(?:long)?ing|is assigned|be assigned|are assigned|is linked|are linked|is attached|are attached|"
        rf"is tied)\s+to\s+(.{{2,60}})$",
        text, re.I,
    )  # fmt: skip
    if match and thing_or_person(match[1]):
        optional = bool(re.search(r"\b(?:may|might|can|could|optionally)\b", text, re.I))
        found = [_belongs(thing_or_person(match[1]), part, optional) for part in split_list(match[2])]
        return [item for item in found if item is not None] or None
    match = re.match(
        rf"^(?:each |every |an? |one |the |all )?(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:be|are|is|join|joins|"
        rf"attend|attends|take|takes|enrol?l in|be enrolled in|be part of|be members? of|participate in|"
        rf"take part in|work on|be tagged with|have been)\s+(?:enrolled in\s+|part of\s+|members? of\s+|"
        rf"in\s+|on\s+|tagged with\s+)?(?:{QUANTITY})\s+(.{{2,40}})$",
        text, re.I,
    )  # fmt: skip
    if match and thing_or_person(match[1]) and thing_or_person(match[2]):
        return [Relates(thing_or_person(match[1]), "many_to_many", thing_or_person(match[2]))]
    match = re.match(
        r"^(.{2,40}?)\s+(?:are|is)\s+(?:grouped|sorted|organi[sz]ed|categori[sz]ed|divided)\s+(?:by|in|into|"
        r"under)\s+(.{2,40})$",
        text,
        re.I,
    )
    if match and thing_or_person(match[1]) and thing_or_person(match[2]):
        return [Relates(thing_or_person(match[1]), "belongs_to", thing_or_person(match[2]), optional=True)]
    match = re.match(
        rf"^(?:each |every |an? |one |the |all )?(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:has|have|contains?|"
        rf"consists? of|holds?|includes?|gets?|own|owns)\s+{QUANTITY}\s+(.{{2,120}})$",
        text, re.I,
    )  # fmt: skip
    if match and " with " in match[2] and thing_or_person(match[1]) and not is_people(match[1]):
        many, _, listed = match[2].partition(" with ")
        if thing_or_person(many):
            return [
                Relates(thing_or_person(match[1]), "has_many", thing_or_person(many)),
                *read(f"{many} with {listed}"),
            ]
    if match and thing_or_person(match[1]) and not is_people(match[1]) and " with " not in match[2]:
        return [
            Relates(thing_or_person(match[1]), "has_many", thing_or_person(part))
            for part in split_list(match[2])
            if thing_or_person(part)
        ] or None
    match = re.match(
        r"^(?:each |every |an? |one )?(.{2,40}?)\s+(?:has|have)\s+(?:exactly one|one and only one|a single|"
        r"only one|one)\s+(.{2,40})$",
        text,
        re.I,
    )
    if match and thing_or_person(match[1]) and thing_or_person(match[2]) and not known_field(match[2]):
        exact = "exactly" in text.lower() or "only" in text.lower()
        return [
            Relates(
                thing_or_person(match[1]), "has_one" if exact else "belongs_to", thing_or_person(match[2])
            )
        ]
    return None


def _belongs(subject: str, part: str, optional: bool) -> Statement | None:
    part = re.sub(r"^to\s+", "", part.strip(), flags=re.I)  # "to a channel and to a user"
    target = thing_or_person(part)
    if not target:
        return None
    many = re.match(rf"^{QUANTITY}\b", part.strip(), re.I) or (
        is_plural(part.strip().split()[-1]) and not re.match(r"(?:an?|one)\b", part, re.I)
    )
    return Relates(subject, "many_to_many" if many else "belongs_to", target, optional)
