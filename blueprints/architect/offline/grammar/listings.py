"""Things and what is said to be in them: "recipes with title and minutes", "tasks (title, done)"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import known_field
from blueprints.architect.offline.grammar.phrases import (
    APP_ITSELF,
    ARTICLES,
    MODAL,
    ORDER,
    ReadClause,
    gerund,
    order_stripped,
)
from blueprints.architect.offline.nouns import is_people, noun, verb_action
from blueprints.architect.offline.statements import HasFields, Relates, Statement, Wants
from blueprints.architect.offline.text import split_list

_LISTING = re.compile(
    r"^(.{2,80}?)\s*(?:,\s*)?(?:\bwith\b|\bwhich (?:has|have|contains?|includes?)\b|\bthat (?:has|have|"
    r"contains?|includes?)\b|\bhaving\b|\bhas\b|\bhave\b|\bcontains?\b|\bconsists? of\b|"
    r"\bincludes?\b|\bincluding\b|\bshould have\b|\bshould include\b|\bmust have\b|\bneeds?\b|\bwill have\b|"
    r"\brequires?\b|\bstores?\b|\brecords?\b|\balso ha(?:s|ve)\b|:)\s*(.+)$",
    re.I | re.S,
)
_FIELD_LEAD = re.compile(
    r"^(?:(?:the )?(?:following )?(?:fields?|columns?|attributes?|properties|information|details|"
    r"data)\s*(?:for|like|such as|:|are|called|named)?\s*)",
    re.I,
)
_FUNCTION_LEAD = re.compile(
    r"^(?:an? |the |some |basic |various |multiple )*(?:functionalit(?:y|ies)|functions?|features?|"
    r"abilit(?:y|ies)|elements?|capabilit(?:y|ies)|"
    r"options?|support)\b",
    re.I,
)
KEEP = re.compile(
    r"^(?:(?:i|we|it|they|users?|people|the app|the system|the website)\s+(?:\w+\s+){0,4}?)?"
    r"(?:track|store|keep|save|list|manage|record|collect|hold|show|display|log|catalog|organi[sz]e|publish|"
    r"post|share|write|there (?:is|are|should be|will be)|for)\s+(?:of\s+)?(?:track of\s+)?",
    re.I,
)


def bracketed(text: str, read: ReadClause) -> list[Statement] | None:
    """ "tasks (title, due date)"."""
    match = re.match(r"^(.{2,40}?)\s*\((.{2,400})\)$", text, re.S)
    if match is None or ("," not in match[2] and not known_field(match[2])):
        return None
    subject = noun(KEEP.sub("", ORDER.sub("", match[1])))
    return [HasFields(subject, tuple(split_list(match[2])))] if subject else None


def listing(text: str, read: ReadClause) -> list[Statement] | None:
    text = order_stripped(text)
    match = _LISTING.match(text)
    if match is None:
        return None
    head, body = match[1].strip(), _FIELD_LEAD.sub("", match[2].strip())
    modal_head = re.sub(rf"\s+{MODAL}(?:\s+also)?$", "", head, flags=re.I)
    head = re.sub(r"\s+(?:also|each|all|both|always)$", "", modal_head, flags=re.I)
    if APP_ITSELF.search(head) and ":" not in text[: match.start(2)]:
        return None
    if _FUNCTION_LEAD.match(body):
        return None
    if ":" in text[match.end(1) : match.start(2)]:
        inner = read(body)
        if any(isinstance(item, HasFields | Relates) for item in inner):
            outer = noun(KEEP.sub("", ORDER.sub("", head)))
            return ([Wants(outer, 0.4)] if outer else []) + inner
    subject = KEEP.sub("", ORDER.sub("", head)).strip()
    subject = (
        re.sub(r"^.*\b(?:of|for|where|containing)\s+", "", subject) if noun(_last_noun(subject)) else subject
    )
    subject = re.sub(r"^(?:each|every|all)\s+(?:of the\s+)?", "", subject, flags=re.I)
    core = noun(subject)
    if re.search(r"\bforms?$", subject, re.I) and not core:
        core = (
            noun(re.sub(r"\s*\b(?:web |online |simple |input )*forms?$", "", subject, flags=re.I))
            or "submission"
        )
    listed_fields = sum(known_field(ARTICLES.sub("", item)) for item in split_list(body))
    if is_people(subject):
        if listed_fields < 2:
            return None
        core = core or "user"
    if not core or len(subject.split()) > 5 or gerund(f"{subject} them") is not None:
        return None
    if (done := verb_action(subject)) is not None and len(subject.split()) > 1:
        core = noun(done[2])
    items, rest = _until_next_subject(body)
    if not core or not items:
        return None
    if _COLLECTION.search(subject) and not any(known_field(ARTICLES.sub("", item)) for item in items):
        return [
            Wants(core, 0.7),
            *(Wants(noun(item), 0.8) for item in items if noun(item)),
            *(read(rest) if rest else []),
        ]
    return [HasFields(core, tuple(items)), *(read(rest) if rest else [])]


_COLLECTION = re.compile(
    r"\b(?:lists?|collection|tracker|manager|board|box|organi[sz]er|planner|database|catalog(?:ue)?|diary|"
    r"journal|log|blog|shop|store|forum)$",
    re.I,
)


def _last_noun(subject: str) -> str:
    return re.sub(r"^.*\b(?:of|for|where|containing)\s+", "", subject)


def _until_next_subject(body: str) -> tuple[list[str], str]:
    """The items up to one that is itself "X with …": ("title and date", "projects with a name")."""
    items = split_list(body, alternatives=False)
    for index, item in enumerate(items):
        if index and re.match(
            r"^(?:each |every |an? |the )?[\w -]{2,40}?\s+(?:with|have|has|belongs? to|contain|contains)\s+\w",
            item,
            re.I,
        ):
            return items[:index], ", ".join(items[index:])
    return items, ""
