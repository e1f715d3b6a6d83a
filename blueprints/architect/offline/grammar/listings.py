"""Things and what is said to be in them: "recipes with title and minutes", "tasks (title, done)"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import CHOICE_HEADS, known_field
from blueprints.architect.offline.grammar.items import field_items
from blueprints.architect.offline.grammar.phrases import (
    APP_ITSELF,
    ARTICLES,
    ORDER,
    ReadClause,
    gerund,
    order_stripped,
)
from blueprints.architect.offline.grammar.subjects import deed_of, named_subject
from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import is_people, noun, verb_action
from blueprints.architect.offline.statements import Adds, HasFields, Relates, Statement, Wants
from blueprints.architect.offline.text import split_list
from blueprints.architect.offline.told_fields import read_field

_LISTING = re.compile(
    r"^(.{1,80}?)\s*(?:,\s*)?(?:\bwith\b|\bwhich (?:has|have|contains?|includes?)\b|\bthat (?:has|have|"
    r"contains?|includes?)\b|\bhaving\b|\b(?:have|has) got\b|\bgot\b|\bhas\b|\bhave\b|\bcontains?\b|\bconsists? of\b|"
    r"\bincludes?\b|\bincluding\b|\b(?:should|must|will|shall|can) (?:also )?(?:have|include)\b|\b(?:also )?needs?\b|"
    r"\brequires?\b|\bstores\b|\brecords\b(?! of)|:)\s*(.+)$",
    re.I | re.S,
)
# "for each guest we need name and email", "for every visit we write the date", "every item: …"
_FOR_EACH = re.compile(
    r"^(?:and\s+)?(?:for|of|about|per|in)\s+(?:each|every|all|an?|the|any)\s+(?:of "
    r"the\s+)?([\w'-]+(?:\s+(?!(?:we|i|you|they|"
    r"name|the|a|an)\b)[\w'-]+)?)"
    r"(?:\s*[,:]\s*|\s+)(?:(?:we|i|you|they|it|there)\s+(?:also\s+|should\s+|want to\s+|need to\s+|have to\s+|must\s+)?"
    r"(?:\w+\s+(?:down\s+)?))?(.{3,})$",
    re.I | re.S,
)
_FIELD_LEAD = re.compile(
    r"^(?:(?:the )?(?:following )?(?:fields?|columns?|attributes?|properties|information|details|"
    r"data)\s*(?:for|like|such as|:|are|called|named)\s*|(?:also|always|just|only|both|got|at least)\s+(?!\d))+",
    re.I,
)
_FUNCTION_LEAD = re.compile(
    r"^(?:an? |the |some |basic |various |multiple |clear |good )*(?:functionalit(?:y|ies)|functions?|features?|"
    r"abilit(?:y|ies)|elements?|capabilit(?:y|ies)|options?|support|ability)\b",
    re.I,
)
_IT = re.compile(
    r"^(?:(?:and|also|each|every)\s+)*(?:it|they|these|those|each|each one|every one|all of them|"
    r"both)(?:\s+(?:also|all|both|each|should|must|"
    r"can|will|always))*$",
    re.I,
)
_NESTED = re.compile(
    r"^(?:(an?|one|the|many|several|some)\s+)?((?:[\w'-]+\s+){0,2}?[\w'-]+)\s+with\s+(.+)$", re.I
)
_ANYBODY = re.compile(
    r"(?:the |all |any )?(?:users?|people|every(?:one|body)|any(?:one|body)|visitors?|i|we|you|they)$", re.I
)
_COLLECTION = re.compile(
    r"\b(?:lists?|collection|tracker|manager|board|box|organi[sz]er|planner|database|catalog(?:ue)?|diary|"
    r"journal|log|blog|shop|store|forum)$",
    re.I,
)
_OF_ITS_KIND = re.compile(r"^(?:(?:i|we)\s+(?:run|own|manage|have)\b|(?:i|we)\s+(?:am|are)\b)", re.I)


def bracketed(text: str, read: ReadClause) -> list[Statement] | None:
    """ "tasks (title, due date)", several in a row: "stops (place, date), sales (flavour, amount)"."""
    if "(" not in text:
        return None
    found: list[Statement] = []
    rest = ""
    end = 0
    for match in _BRACKETS.finditer(text):
        words = re.split(r",\s+|\s+and\s+|:\s*", match[1])[-1]
        items = field_items(match[2])
        told = sum(known_field(ARTICLES.sub("", item)) or _reads_as_field(item) for item in items)
        subject = (
            named_subject(words)
            if words.strip() and ARTICLES.sub("", words).lower() not in CHOICE_HEADS
            else None
        )
        if (
            subject is None
            or not told
            or (known_field(ARTICLES.sub("", words)) and told < len(items))
            or (told * 2 < len(items))
        ):
            continue
        found += [HasFields(subject.core, items), *subject.relations]
        rest += text[end : match.end(1)]
        end = match.end()
    if not found:
        return None
    named = {item.subject for item in found if isinstance(item, HasFields)}
    for piece in split_list(rest + text[end:], alternatives=False):
        core = noun(piece)
        if core in named:
            continue
        if is_plural(piece.split()[-1]) and len(piece.split()) <= 3 and core:
            found.append(Adds(core))
        else:
            found += [item for item in read(piece) if not (isinstance(item, Wants) and item.noun in named)]
    return found


_BRACKETS = re.compile(r"([\w' :,-]{2,120}?)\s*\(([^()]{3,400})\)")


def enumeration(text: str, read: ReadClause) -> list[Statement] | None:
    """ "patients, treatments and appointments": a list of nothing but things."""
    listed = re.sub(r",\s*(?:with|plus|including)\s+", ", ", order_stripped(text))
    pieces = [
        re.sub(r"^(?:the|all|some|their|our|my)\s+", "", piece, flags=re.I)
        for piece in split_list(listed, alternatives=False)
    ]
    if not 2 <= len(pieces) <= 12 or any(
        len(piece.split()) > 3 or "(" in piece or ":" in piece for piece in pieces
    ):
        return None
    cores = [noun(piece) for piece in pieces]
    if not all(
        core and (is_plural(piece.split()[-1]) or core in usual_entities())
        for core, piece in zip(cores, pieces, strict=True)
    ):
        return None
    if any(known_field(piece) or verb_action(piece) is not None for piece in pieces) or not any(
        is_plural(piece.split()[-1]) for piece in pieces
    ):
        return None
    return [Adds(core) for core in cores]


_JUST = re.compile(
    r"^((?:[\w'-]+\s+){0,2}?[\w'-]+)\s+(?:just|only|simply)\s+(?:(?:has|have|needs?|an?)\s+)?(.{3,})$", re.I
)
_COSTS = re.compile(
    r"^((?:[\w'-]+\s+){0,2}?[\w'-]+)\s+costs?\s+(?:(?:a number of|some|\d+)\s+)?([\w'-]+)$", re.I
)


def short_listing(text: str, read: ReadClause) -> list[Statement] | None:
    """ "diapers just time and kind", "rewards cost points"."""
    if (costs := _COSTS.match(text)) is not None and (core := noun(costs[1])):
        item = costs[2] if known_field(costs[2]) else "price"
        return [HasFields(core, (item,), add=True)]
    if (just := _JUST.match(text)) is not None and (core := noun(just[1])) and not is_people(just[1]):
        items = field_items(just[2])
        if items and all(known_field(ARTICLES.sub("", item)) or _reads_as_field(item) for item in items):
            return [HasFields(core, items)]
    return None


def listing(text: str, read: ReadClause) -> list[Statement] | None:
    text = order_stripped(text)
    each = _FOR_EACH.match(text)
    if each is not None and (core := noun(each[1])):
        items = field_items(each[2])
        if items and (len(items) > 1 or read_field(items[0]) is not None):
            return [HasFields(core, items)]
    match = _LISTING.match(text)
    if match is None:
        return None
    head, body = match[1].strip(), _FIELD_LEAD.sub("", match[2].strip())
    colon = ":" in text[match.end(1) : match.start(2)]
    if (
        re.match(r"(?:only|just)\b", head, re.I)
        or _FUNCTION_LEAD.match(body)
        or not body
        or (_OF_ITS_KIND.match(head) and not colon)
    ):
        return None
    if _IT.match(head) or head.lower() in ("things", "stuff", "the things", "all", "all of them"):
        return [HasFields("it", field_items(body), add=True)]
    head = re.sub(r"\s+(?:also|each|all|both|always|should|must|can|will|shall)$", "", head, flags=re.I)
    if APP_ITSELF.search(head) and not colon:
        return None
    if colon and ARTICLES.sub("", head).lower() in CHOICE_HEADS:
        items = field_items(text)
        return [HasFields("it", items, add=True)] if items else None
    if colon:
        inner = read(body)
        if any(isinstance(item, HasFields | Relates) and _names_itself(item) for item in inner):
            outer = named_subject(head)
            return ([Wants(outer.core, 0.4)] if outer and not _about_the_app(head) else []) + inner
    nesting = (
        re.search(
            r"\b(?:has|have|contains?|includes?|consists? of)\b", text[match.end(1) : match.start(2)], re.I
        )
        is not None
    )
    return _fields_of(head, body, read, nesting=nesting)


def _names_itself(item: HasFields | Relates) -> bool:
    return not isinstance(item, HasFields) or item.subject not in ("", "it")


def _fields_of(head: str, body: str, read: ReadClause, *, nesting: bool) -> list[Statement] | None:
    """`nesting`: what has fields of its own in the list belongs to the subject ("items with a price")."""
    if nesting and (inside := _NESTED.match(body)) is not None and (outer := named_subject(head)) is not None:
        inner = read(f"{inside[2]} with {inside[3]}")
        if inner and isinstance(inner[0], HasFields) and inner[0].subject not in ("it", outer.core):
            many = is_plural(inside[2].split()[-1])
            return [Relates(outer.core, "has_many" if many else "belongs_to", inner[0].subject), *inner]
    items, rest = _until_next_subject(body)
    if not items:
        return None
    known = sum(known_field(ARTICLES.sub("", item)) or _reads_as_field(item) for item in items)
    if (
        "," in head
        and not known
        and len(things := [core for piece in split_list(head)[1:] if (core := noun(piece))]) > 1
    ):
        # "a forum about gardening, threads and replies, with categories"
        return [*(Adds(core) for core in things), *(Adds(core) for item in items if (core := noun(item)))]
    deed = deed_of(head)
    if deed is not None and known:
        return [HasFields(deed.core, items), *deed.relations, *(read(rest) if rest else [])]
    subject_words = re.sub(r"^.*\b(?:where|containing)\s+", "", head)
    bare = ORDER.sub("", subject_words)
    if is_people(bare) and known < (2 if _ANYBODY.match(bare) else 1):
        return None
    subject = named_subject(subject_words)
    core = subject.core if subject else ""
    if (
        re.search(r"\bforms?$", bare, re.I)
        and core not in usual_entities()
        and noun(bare) not in usual_entities()
    ):
        core = (
            noun(re.sub(r"\s*\b(?:web |online |simple |input )*forms?$", "", bare, flags=re.I))
            or "submission"
        )
    if not core and is_people(bare):
        core = noun(bare) or "user"
    if (
        not core
        or len(bare.split()) > 9
        or (len(bare.split()) > 1 and gerund(f"{bare} them") is not None and not known)
    ):
        return None
    if (done := verb_action(bare)) is not None and len(bare.split()) > 1 and noun(done[2]) and not subject:
        core = noun(done[2])
    if _COLLECTION.search(bare) and not known:
        return [
            Wants(core, 0.7),
            *(Wants(noun(item), 0.8) for item in items if noun(item)),
            *(read(rest) if rest else []),
        ]
    if _about_the_app(head) and known < (len(items) + 1) / 2:
        return [Adds(noun(item)) for item in items if noun(item)] or None
    relations = list(subject.relations) if subject else []
    inner = read(rest) if rest else []
    if nesting and inner and isinstance(inner[0], HasFields) and inner[0].subject != core:
        many = is_plural(re.split(r"\s+(?:with|have|has|\()", rest, maxsplit=1)[0].strip().split()[-1])
        relations.append(Relates(core, "has_many" if many else "belongs_to", inner[0].subject))
    return [HasFields(core, items), *relations, *inner]


def _about_the_app(head: str) -> bool:
    """ "for our newborn: feedings, diapers and sleep" lists what the app holds."""
    return (
        re.match(r"(?:something |an? \w+ |\w+ )?for (?:my|our|his|her|the|an?)\b", head.strip(), re.I)
        is not None
    )


def _reads_as_field(item: str) -> bool:
    draft = read_field(item)
    return draft is not None and draft.confidence > 0.6


def _until_next_subject(body: str) -> tuple[tuple[str, ...], str]:
    """The items up to one that is itself "X with …": ("title and date", "projects with a name")."""
    pieces = split_list(body, alternatives=False)
    for index, item in enumerate(pieces):
        if (
            index
            and re.match(
                r"^(?:each |every |an? |the )?[\w -]{2,40}?\s+(?:with|have|has|belongs? to|contain|contains)\s+\w|"
                r"^[\w -]{3,30}\s*\([^()]*,[^()]*,[^()]*\)$",
                item,
                re.I,
            )
            and not re.match(r"(?:whether|how|what|when|who|if)\b", item, re.I)
        ):
            if "(" in item and (
                read_field(item) is None
                or ARTICLES.sub("", item).split()[0].lower() in CHOICE_HEADS
                or known_field(item.partition("(")[0])
            ):
                continue
            return field_items(", ".join(pieces[:index])), ", ".join(pieces[index:])
    return field_items(body), ""


_NO_FIELD = re.compile(
    r"^(?:with|both|no|not|yes|only|please|\w{3,}ing users?)\b|^\w+ing \w+ to\b|\busers? to\b", re.I
)
_NOTED = re.compile(
    r"^(?:i|we|you|they)\s+(?:(?:also|then|always|just|want to|need to|have to|must|would like "
    r"to)\s+)*(?:write|note|record|log|track|store|keep|"
    r"enter|save|write|jot)\s+(?:down\s+|track of\s+)?",
    re.I,
)


def bare_items(text: str, read: ReadClause) -> list[Statement] | None:
    """ "batch number, brewed on, original gravity": a sentence that is only a list of fields."""
    noted = _NOTED.match(text)
    text = text[noted.end() :] if noted else text
    pieces = split_list(text, alternatives=False)
    if re.match(
        r"(?:who|how many|how much|when|whether|why|where)\s+\w+\s+\w+", text, re.I
    ) and not text.endswith("?"):
        draft = read_field(text)
        return [HasFields("it", (text,), add=True)] if draft is not None and draft.confidence > 0.6 else None
    if len(pieces) < 2 or any(_NO_FIELD.search(piece) for piece in pieces):
        return None
    first = re.sub(r"\s+(?:that |which )?(?:i|we|you|they)\s+.*$", "", pieces[0], flags=re.I)
    if (
        len(pieces) > 2
        and len(first.split()) <= 3
        and is_plural(first.split()[-1])
        and noun(first)
        and not known_field(first)
    ):
        told = sum(known_field(ARTICLES.sub("", piece)) or _reads_as_field(piece) for piece in pieces[1:])
        if told * 3 >= 2 * (len(pieces) - 1):
            return [HasFields(noun(first), field_items(", ".join(pieces[1:])))]
    known = sum(known_field(ARTICLES.sub("", piece)) or _reads_as_field(piece) for piece in pieces)
    if known * 2 > len(pieces) and known > 1 and all(len(piece.split()) <= 5 for piece in pieces):
        return [HasFields("it", field_items(text), add=len(pieces) < 3)]
    return None
