"""Which domain of the knowledge base a message is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blueprints.architect.offline.knowledge import Domain, domains
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.text import find_phrase, phrase_stems, stems

ENOUGH = 0.8
EARLY = 12  # words of the first clause within which the app is named
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
    scores = _scores(found)
    for candidate in domains():
        score = scores.get(candidate.name, 0.0) + _combined(candidate, found)
        if template in candidate.templates and not planner.plan.entities:
            score += 1.0 if score else 0.5
        if score > best:
            best, chosen = score, candidate
    if chosen is None or best >= ENOUGH:
        return chosen
    left_to_us = _LEFT_TO_US.search(" ".join(said)) is not None
    return chosen if left_to_us and template in chosen.templates else None


@dataclass(frozen=True)
class _Match:
    domain: str
    clause: int
    start: int
    size: int

    def inside(self, other: _Match) -> bool:
        """Whether a longer phrase covers this one: "shop" in "repair shop" speaks of no shop."""
        return (
            self.clause == other.clause
            and self.size < other.size
            and other.start <= self.start
            and self.start + self.size <= other.start + other.size
        )


def _scores(found: list[list[str]]) -> dict[str, float]:
    """What each domain's triggers say; a single word deep in the text is a mention, at the start it says
    what the app is.
    """
    matches: set[_Match] = set()
    everything = {word for words in found for word in words}
    for candidate in domains():
        for trigger in candidate.triggers:
            wanted = phrase_stems(trigger)
            if wanted[0] not in everything:
                continue
            for clause, words in enumerate(found):
                start = find_phrase(trigger, words)
                if start >= 0:
                    matches.add(_Match(candidate.name, clause, start, len(wanted)))
                    break
    scores: dict[str, float] = {}
    for match in sorted(matches, key=lambda match: (match.domain, match.clause, match.start)):
        if any(match.inside(other) for other in matches):
            continue
        first = match.clause == 0
        weight = 1.0 + 0.6 * (match.size - 1) if first or match.size > 1 else 0.5
        if first and match.start > EARLY:
            weight -= 0.3  # what the app is comes first, what else it has later
        weight -= 0.01 * min(match.start, 20)  # of two that fit, the one named first
        scores[match.domain] = scores.get(match.domain, 0.0) + weight
    return scores


def _combined(candidate: Domain, found: list[list[str]]) -> float:
    if not candidate.combinations:
        return 0.0
    everything = [word for words in found for word in words]
    return 1.8 * sum(
        all(any(find_phrase(word, everything) >= 0 for word in group) for group in groups)
        for groups in candidate.combinations
    )
