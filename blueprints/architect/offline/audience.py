"""Whom an app is for: "for my grandmother who misses the sea" names a reader, not a thing to keep.

When nothing else was said, the question is what the app should do for them; its options are drawn from
what was told about them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blueprints.architect.offline.knowledge import Contents, Option, Question, usual_entities
from blueprints.architect.offline.naming import is_plural, sentence_case
from blueprints.architect.offline.nouns import noun, word_classes
from blueprints.schemas import OpenQuestion

TOPIC = "app.purpose"

_FOR = re.compile(
    r"\s*\bfor\s+(?P<whose>my|our|his|her|their)\s+(?P<who>[a-z][\w'-]*(?:\s+(?!who\b|that\b|and\b)[a-z][\w'-]*){0,3}?)"
    r"(?:,?\s+(?:who|that)\s+(?P<about>.{2,120}))?$",
    re.I,
)
_DESCRIBING = frozenset({"is", "are", "was", "were", "can", "will", "lives", "live", "turns"})


@dataclass(frozen=True)
class Audience:
    who: str  # "your grandmother"
    about: str  # a thing told about them ("sea"), "" when nothing was


def audience_of(clause: str) -> tuple[Audience | None, str]:
    """Whom a clause says the app is for, and the clause without them."""
    match = _FOR.search(clause)
    if match is None:
        return None, clause
    who = match["who"].lower()
    last = who.rpartition(" ")[2]
    if last not in word_classes().audiences and (not match["about"] or is_plural(last)):
        return None, clause
    verb, _, words = (match["about"] or "").partition(" ")
    whose = "your" if match["whose"].lower() in ("my", "our") else match["whose"].lower()
    about = "" if verb.lower() in _DESCRIBING else noun(words)
    return Audience(f"{whose} {who}", about), clause[: match.start()]


def purpose_question(audience: Audience) -> Question:
    of = f" of the {audience.about}" if audience.about else ""
    about = f" about the {audience.about}" if audience.about else ""
    offers = {"photo": f"Photos{of}", "story": f"Stories{about}", "event": "Dates to look forward to"}
    labels = [label[:1].lower() + label[1:] for label in offers.values()]
    return Question(
        topic=TOPIC,
        ask=f"What should it do for {audience.who}? It could keep {labels[0]}, {labels[1]}, or {labels[2]}; "
            "or tell me in your own words what it should hold.",
        why="I know whom it is for, but not yet what it should hold.",
        must=True,
        options=_options(list(offers.items())),
    )  # fmt: skip


def as_asked(item: OpenQuestion) -> Question:
    """The purpose question as it stands open in a plan."""
    options = _options([(option.value, option.label) for option in item.options])
    return Question(topic=TOPIC, ask=item.question, why=item.why, must=item.must, options=options)


def _options(offers: list[tuple[str, str]]) -> tuple[Option, ...]:
    known = usual_entities()
    return tuple(
        Option(
            value, sentence_case(label), hears=_HEARS[value], recommended=number == 0,
            brings=Contents(entities=(known[value],)),
        )
        for number, (value, label) in enumerate(offers)
        if value in _HEARS
    )  # fmt: skip


_HEARS = {
    "photo": ("photo", "picture", "image", "album", "gallery"),
    "story": ("story", "stories", "memories", "memory", "writing"),
    "event": ("date", "event", "look forward", "calendar", "trip"),
}
