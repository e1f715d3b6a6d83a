"""How things hang together: "a project has many tasks", "each book belongs to an author"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import known_field
from blueprints.architect.offline.grammar.phrases import MODAL, QUANTITY, ReadClause
from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import is_people, thing_or_person
from blueprints.architect.offline.statements import HasFields, Relates, Statement
from blueprints.architect.offline.text import split_list

_DET = r"(?:each |every |any |an? |one |the |all |our |single )?"
_ONE = r"(?:exactly one|just one|only one|a single|one|an?|the|their|its|his|her|exactly 1|1)"
_MANY = (
    rf"(?:{QUANTITY}|more than one|different|all the|two or more|up to \w+|at least one|\d+ or more|multiple)"
)

_BETWEEN = re.compile(
    r"^(?:there (?:is|should be) )?(?:a )?many[- ]to[- ]many(?: relation(?:ship)?)?\s+(?:between|of|"
    r"for)\s+(.{2,40}?)\s+and\s+(.{2,40})$",
    re.I,
)
_HAS_AND_BELONGS = re.compile(
    r"^((?:each |every |an? |one |the |all )?[\w -]{2,40}?)\s+((?:have|has|with|contains?)\s+.+?),?\s+and\s+"
    r"(?:each\s+)?(belongs?\s+to\s+.+)$",
    re.I,
)
_BELONGS = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:also\s+|always\s+|optionally\s+)?(?:belongs?|be(?:long)?ing|"
    r"(?:(?:is|are|be|gets?)\s+)?(?:assigned|linked|attached|tied|connected|related|added|bound))\s+to\s+(.{2,60})$",
    re.I,
)
# A place, a time or somebody that one of them is in, on, with, for: "a player is in one team".
_IS_IN = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:also\s+|always\s+)?(?:is|are|be|gets?|lives?|lies?|sits?|"
    rf"stands?|stays?|works?|plays?|happens?|"
    r"takes? place|comes?|hangs?|goes|go|runs?)\s+(?:(?:stored|kept|shown|held|placed|found|located|listed|"
    r"sold|offered|planned|given|done|"
    r"made|taught|led|run|part|member|assigned|booked|scheduled|filed)\s+)?(in|on|at|for|with|from|by|under|"
    r"of|inside|within|about|per|to)\s+"
    rf"({_ONE}\s+)?(.{{2,60}})$",
    re.I,
)
_IN_SEVERAL = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:be|are|is|join|joins|attend|attends|take|takes|enrol?l in|be "
    rf"enrolled in|"
    rf"be part of|be members? of|participate in|take part in|work on|be tagged with|have been|register for|sign up for|"
    rf"enrol?l|subscribe to|follow|visit|teach|play|appear in|appears? on)\s+(?:enrolled in\s+|part of\s+|"
    rf"members? of\s+|in\s+|on\s+|for\s+|at\s+|with\s+|"
    rf"tagged with\s+|shown in\s+)?(?:{_MANY})\s+(.{{2,40}})$",
    re.I,
)
_GROUPED = re.compile(
    r"^(.{2,40}?)\s+(?:are|is)\s+(?:grouped|sorted|organi[sz]ed|categori[sz]ed|divided|filed|put)\s+(?:by|in|"
    r"into|under)\s+(.{2,40})$",
    re.I,
)
_HAS_MANY = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:also\s+|usually\s+|always\s+)?(?:has|have|contains?|consists? "
    rf"of|holds?|includes?|gets?|own|owns|"
    rf"makes?|takes?|writes?|offers?|gives?|runs?|sells?|publishes|hosts?|teaches|uses?|is made of|are made "
    rf"of|is made up of)\s+{_MANY}\s+(.{{2,120}})$",
    re.I,
)
_HAS_ONE = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:{MODAL}\s+)?(?:also\s+|always\s+)?(?:has|have|uses?|needs?|gets?|"
    rf"requires?)\s+(exactly one|one and only one|a single|only one|one)\s+(.{{2,40}})$",
    re.I,
)
_LIST_OF = re.compile(
    rf"^{_DET}(.{{2,40}}?)\s+(?:is|are)\s+(?:an? )?(?:list|lists|collection|set|group|series|selection|"
    rf"bundle)s? of\s+(.{{2,40}}?)(?:\s+for\s+{_ONE}\s+(.{{2,40}}))?$",
    re.I,
)
_PER = re.compile(rf"^{_DET}(.{{2,40}}?)\s+(?:is|are|is paid|are paid|is due)\s+per\s+(.{{2,60}})$", re.I)
_BECOMES = re.compile(
    rf"^(?:{_DET}|(?:accepted|approved|confirmed|won|finished|done)\s+)*(.{{2,40}}?)\s+(?:become|becomes|"
    rf"turn into|turns into|lead to|leads to)\s+(?:an?\s+)?(.{{2,40}}?)(\s+with\s+.+)?$",
    re.I,
)
_THE_OTHER_WAY = re.compile(
    r",?\s+and\s+(?:the other way (?:a?round)|vice[- ]versa|the reverse|conversely)$", re.I
)
_EXAMPLES = re.compile(r",?\s+(?:like|such as|for example|for instance|e\.?g\.?)\s+.{2,80}$", re.I)


_THEY_ARE_IN = re.compile(
    r"^(?:and\s+)?(?:the\s+)?([\w -]{2,30}?)\s+(?:that\s+|which\s+)?(?:they|it)\s+(?:are|is|were|was|get|"
    r"gets)\s+(?:\w+\s+)?(?:in|on|at|from|for)$",
    re.I,
)


def relation(text: str, read: ReadClause) -> list[Statement] | None:
    if (match := _THE_OTHER_WAY.search(text)) is not None:
        found = relation(text[: match.start()], read)
        return [
            Relates(r.subject, "many_to_many", r.target) if isinstance(r, Relates) else r for r in found or []
        ] or None
    text = _EXAMPLES.sub("", text)
    if (match := _THEY_ARE_IN.match(text)) is not None and (target := thing_or_person(match[1])):
        return [Relates("it", "many_to_many" if is_plural(match[1].split()[-1]) else "belongs_to", target)]
    for reader in (
        _between,
        _has_and_belongs,
        _belongs_to,
        _list_of,
        _in_several,
        _grouped,
        _per,
        _has_many,
        _has_one,
        _is_in,
        _becomes,
    ):
        found = reader(text, read)
        if found:
            return found
    return None


def _between(text: str, read: ReadClause) -> list[Statement] | None:
    match = _BETWEEN.match(text)
    one, other = (thing_or_person(match[1]), thing_or_person(match[2])) if match else ("", "")
    return [Relates(one, "many_to_many", other)] if one and other else None


def _has_and_belongs(text: str, read: ReadClause) -> list[Statement] | None:
    """ "messages have a text and belong to a channel": one subject, two sentences."""
    match = _HAS_AND_BELONGS.match(text)
    if match is None or not _thing(match[1]):
        return None
    return [*read(f"{match[1]} {match[2]}"), *read(f"{match[1]} {match[3]}")]


def _belongs_to(text: str, read: ReadClause) -> list[Statement] | None:
    match = _BELONGS.match(text)
    subject = _thing(match[1]) if match else ""
    if match is None or not subject:
        return None
    optional = bool(re.search(r"\b(?:may|might|can|could|optionally)\b", text, re.I))
    found: list[Statement] = []
    words, _, listed = match[2].partition(" with ")
    for part in split_list(words):
        if re.match(r"(?:has|have|it has|they have)\b", part, re.I):
            found += read(f"{match[1]} {part}")
        elif (item := _belongs(subject, part, optional)) is not None:
            found.append(item)
    if listed and found:
        found += read(f"{match[1]} has {listed}")
    return found or None


def _is_in(text: str, read: ReadClause) -> list[Statement] | None:
    match = _IS_IN.match(text)
    subject = _thing(match[1]) if match else ""
    if match is None or not subject or subject in ("i", "we"):
        return None
    found: list[Statement] = []
    for number, part in enumerate(split_list(match[4], alternatives=False)):
        one = match[3] if number == 0 else ""
        bare = re.sub(rf"^(?:(?:with|for|in|on|at|of|from)\s+)?(?:{_ONE})\s+", "", part, flags=re.I)
        single = bool(one) or bare != part
        bare = re.sub(r"\s+(?:at|on|in|for|from|with)\s+.*$", "", bare, flags=re.I)
        target = thing_or_person(bare)
        if re.match(r"(?:has|have)\b", part, re.I):
            found += read(f"{match[1]} {part}")
            continue
        named = known_field(bare) and not (
            single and (target in usual_entities() or re.search(r"\bone\s*$", one or ""))
        )
        if not target or target == subject or named or (is_people(bare) and not single):
            continue
        if not single and not is_plural(bare.split()[-1]):
            continue
        found.append(Relates(subject, "belongs_to", target, sure=single))
    return found or None


def _in_several(text: str, read: ReadClause) -> list[Statement] | None:
    match = _IN_SEVERAL.match(text)
    one, other = (_thing(match[1]), thing_or_person(match[2])) if match else ("", "")
    return [Relates(one, "many_to_many", other)] if one and other and one != other else None


def _grouped(text: str, read: ReadClause) -> list[Statement] | None:
    match = _GROUPED.match(text)
    one, other = (_thing(match[1]), thing_or_person(match[2])) if match else ("", "")
    return [Relates(one, "belongs_to", other, optional=True)] if one and other else None


def _list_of(text: str, read: ReadClause) -> list[Statement] | None:
    """ "a setlist is a list of songs for one gig"."""
    match = _LIST_OF.match(text)
    one, other = (_thing(match[1]), thing_or_person(match[2])) if match else ("", "")
    if match is None or not one or not other:
        return None
    found: list[Statement] = [Relates(one, "many_to_many", other)]
    if match[3] and (owner := thing_or_person(match[3])):
        found.append(Relates(one, "belongs_to", owner))
    return found


def _per(text: str, read: ReadClause) -> list[Statement] | None:
    """ "a fee is per member and year, amount, paid on": things it is linked to, then what it holds."""
    match = _PER.match(text)
    subject = _thing(match[1]) if match else ""
    if match is None or not subject:
        return None
    found: list[Statement] = []
    fields: list[str] = []
    for part in split_list(match[2]):
        target = thing_or_person(part)
        if target and not known_field(part):
            found.append(Relates(subject, "belongs_to", target))
        else:
            fields.append(part)
    return [*([HasFields(subject, tuple(fields))] if fields else []), *found] or None


def _has_many(text: str, read: ReadClause) -> list[Statement] | None:
    match = _HAS_MANY.match(text)
    if match is None:
        return None
    one = _thing(match[1])
    generic = is_people(match[1]) and one in ("", "user", "person")
    if not one or generic:
        return None
    words, _, listed = match[2].partition(" with ")
    verb_makes_shared = re.search(
        r"\b(?:uses?|plays?|teaches|teach)\b", text[match.end(1) : match.start(2)], re.I
    )
    kind = "many_to_many" if verb_makes_shared else "has_many"
    found: list[Statement] = []
    for part in split_list(words):
        bare = re.sub(rf"^(?:{_MANY})\s+", "", part, flags=re.I)
        many = thing_or_person(bare)
        if many and many != one and not (known_field(bare) and found):
            found.append(Relates(one, "many_to_many" if kind == "many_to_many" else "has_many", many))
    if listed and found:
        found += read(f"{words} with {listed}")
    return found or None


def _has_one(text: str, read: ReadClause) -> list[Statement] | None:
    match = _HAS_ONE.match(text)
    if match is None or known_field(match[3]):
        return None
    one, other = _thing(match[1]), thing_or_person(match[3])
    if not one or not other:
        return None
    exact = match[2].lower() != "one" and re.search(r"\b(?:has|have)\b", text, re.I) is not None
    return [Relates(one, "has_one" if exact else "belongs_to", other)]


def _becomes(text: str, read: ReadClause) -> list[Statement] | None:
    """ "accepted quotes become jobs with a start date"."""
    match = _BECOMES.match(text)
    bare = (
        re.sub(r"^(?:accepted|approved|confirmed|won|finished|done)\s+", "", match[1], flags=re.I)
        if match
        else ""
    )
    before, after = (_thing(bare), thing_or_person(match[2])) if match else ("", "")
    if match is None or not before or not after or before == after:
        return None
    found: list[Statement] = read(f"{match[2]}{match[3]}") if match[3] else []
    return [*found, Relates(after, "belongs_to", before, optional=True)]


def _thing(words: str) -> str:
    """The subject of a relation, without the words that only lead to it."""
    bare = re.sub(r"^(?:(?:and|also|then|so|for|where|that)\s+)+", "", words.strip(), flags=re.I)
    if re.match(r"(?:it|they|each|both|these|those|this|that)$", bare, re.I):
        return "it"
    return thing_or_person(bare) if len(bare.split()) <= 5 else ""


def _belongs(subject: str, part: str, optional: bool) -> Statement | None:
    part = re.sub(r"^to\s+", "", part.strip(), flags=re.I)  # "to a channel and to a user"
    target = thing_or_person(part)
    if not target or (target == subject and not re.match(r"(?:an?|another|one)\b", part, re.I)):
        return None
    many = re.match(rf"^{_MANY}\b", part.strip(), re.I) or (
        is_plural(part.strip().split()[-1]) and not re.match(r"(?:an?|one)\b", part, re.I)
    )
    return Relates(subject, "many_to_many" if many else "belongs_to", target, optional)
