"""Which domain of the knowledge base a message is about."""

from __future__ import annotations

import re

from blueprints.architect.offline.knowledge import Domain, domains
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.text import find_phrase, stems

ENOUGH = 1.0
_LEFT_TO_US = re.compile(
    r"\b(?:surprise me|you decide|anything|something|the usual|default|start|standard)\b", re.I
)


def find_domain(planner: Planner, said: list[str], *, template: str) -> Domain | None:
    """The domain these clauses speak of, None when there is none or the plan has one already.

    The project's template tips the scale, and decides alone when the choice is left to us.
    """
    if planner.active_domains():
        return None
    found = [stems(clause) for clause in said]
    best, chosen = 0.0, None
    for candidate in domains():
        score = _score(candidate, found)
        if template in candidate.templates and not planner.plan.entities:
            score += 1.0 if score else 0.5
        if score > best:
            best, chosen = score, candidate
    if chosen is None or best >= ENOUGH:
        return chosen
    left_to_us = _LEFT_TO_US.search(" ".join(said)) is not None
    return chosen if left_to_us and template in chosen.templates else None


def _score(candidate: Domain, found: list[list[str]]) -> float:
    score = 0.0
    for trigger in candidate.triggers:
        where = next((index for index, words in enumerate(found) if find_phrase(trigger, words) >= 0), None)
        if where is not None:
            # A single word deep in the text is a mention; at the start it says what the app is.
            score += 1.0 + 0.6 * trigger.count(" ") if where == 0 or " " in trigger else 0.6
    everything = [word for words in found for word in words]
    for groups in candidate.combinations:
        if all(any(find_phrase(word, everything) >= 0 for word in group) for group in groups):
            score += 1.8
    return score
