"""Whose fields a list names: "people can send an inquiry about a property with …" speaks of inquiries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blueprints.architect.offline.grammar.phrases import MODAL, ORDER
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import (
    is_people,
    noun,
    people_like,
    thing_or_person,
    verb_action,
    word_classes,
)
from blueprints.architect.offline.statements import Relates

_SPEAKER = re.compile(
    rf"^(?:(?:and|also|then|so)\s+)*((?:all |the |our |my |any |every |each "
    rf")?[\w-]+)(\s+[\w-]+)?\s+(?:(?:{MODAL}|also|then|just)\s+)*(?=\w)",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:for|of|about|per|with)\s+)?(?:each|every|any|one|an?|the|all)\s+(?:of the\s+|single\s+)?", re.I
)
_KEPT = re.compile(
    r"^(?:(?:please|just|then|also|i|we|it|you|they|the app|the system|the website|should|must|can|could|"
    r"will|would|like to|"
    r"need to|want to|have to|to)\s+)*(?:track|tracks|store|stores|keep|keeps|save|saves|list|lists|manage|"
    r"manages|record|"
    r"records|collect|collects|hold|holds|show|shows|display|displays|log|logs|catalog|catalogue|organi[sz]e|"
    r"publish|post|"
    r"share|write|write down|note|note down|add|document|documents|register|need|needs|want|have|has|there "
    r"(?:is|are|should be|"
    r"will be))\s+(?:(?:of|track of|records of|a list of|lists of|down|also)\s+)*",
    re.I,
)
_ABOUT = re.compile(
    r"^(.{2,40}?)\s+(?:about|for|of|on|to|from|in|at|with)\s+(?:an?|each|every|one|the|this|that|their|its|"
    r"our)\s+([\w -]{2,30})$",
    re.I,
)


@dataclass(frozen=True)
class Subject:
    """What is listed about, and what the words around it tell about its links."""

    core: str
    relations: tuple[Relates, ...] = ()


def named_subject(head: str) -> Subject | None:
    """The thing the words before "with …", "has …" or ":" are about; None when they name none."""
    text = head.strip(" ,:")
    if (deed := deed_of(text)) is not None:
        return deed
    text = _without_speaker(text)
    bare = _KEPT.sub("", ORDER.sub("", text)).strip()
    bare = _LEAD.sub("", bare) or bare
    about = _ABOUT.match(bare)
    if (
        about is not None
        and (core := noun(about[1]))
        and (other := thing_or_person(about[2]))
        and core != other
    ):
        return Subject(core, (Relates(core, "belongs_to", other, sure=False),))
    core = noun(bare) or thing_or_person(bare)
    return Subject(core) if core else None


def deed_of(text: str) -> Subject | None:
    """ "nurses apply", "people can apply for an animal": the thing that what they do leaves behind."""
    rest = _what_they_do(text).lower()
    for words, thing in word_classes().deeds.items():
        if rest == words or rest.startswith(f"{words} "):
            said = rest.removeprefix(words).strip()
            other_words = re.sub(r"^(?:for|to|at|in|on)\s+(?:(?:an?|the|each|every|one)\s+)?", "", said)
            other = noun(other_words) if other_words != said else ""
            links = (Relates(thing, "belongs_to", other, sure=False),) if other and other != thing else ()
            return Subject(thing, links)
    return None


def _without_speaker(text: str) -> str:
    """ "people can send an inquiry" → "an inquiry", when it says who does what."""
    rest = _what_they_do(text)
    known = verb_action(rest or text)
    if known is None and rest and len(rest.split()) > 1 and noun(done := rest.partition(" ")[2]):
        return done  # "everyone can suggest movies": after somebody, an unknown first word is what they do
    if known is None or not known[2] or not (noun(known[2]) or (rest and thing_or_person(known[2]))):
        return text
    return known[2]


def _what_they_do(text: str) -> str:
    """What follows somebody ("employers", "all registered users") and a modal; "" when nobody is named."""
    match = _SPEAKER.match(text)
    if match is None:
        return ""
    if match[2] and _somebody(match[1] + match[2]):
        return text[match.end() :].strip()
    if _somebody(match[1]) or is_plural(match[1].split()[-1]):
        start = match.end(1)
        return re.sub(rf"^(?:(?:{MODAL}|also|then|just)\s+)*", "", text[start:].strip(), flags=re.I)
    return ""


def _somebody(words: str) -> bool:
    last = words.rsplit(maxsplit=1)[-1].lower()
    return (
        is_people(words)
        or is_people(last)
        or (last.endswith("s") and people_like(last))
        or last in ("i", "we", "they", "you")
    )
