"""Functions a person listed that nothing in the plan answers to: kept in her words, so that none is lost.

"Voice training" in a list of functionalities that became no entity, screen or rule is a wish; the ledger
then says honestly that no block covers it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from blueprints.architect.offline.grammar.screens import screens_named
from blueprints.architect.offline.naming import sentence_case, spaced
from blueprints.architect.offline.nouns import noun, word_classes
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.statements import Does, Statement
from blueprints.architect.offline.text import stems
from blueprints.architect.offline.vocabulary import load_vocabulary

MOST = 6  # wishes of one message: beyond that, a list of what is missing helps nobody


def keep_leftovers(planner: Planner, statements: Sequence[Statement]) -> None:
    """Add a wish for each listed function of which no word is in the plan."""
    plan = planner.plan
    known = plan_stems(plan)
    kept = 0
    for statement in statements:
        if not isinstance(statement, Does) or kept == MOST:
            continue
        said = [word for word in stems(statement.text) if word not in _generic()]
        if not said or known & set(said) or screens_named(statement.text) or not _is_function(statement.text):
            continue
        if (thing := noun(statement.text)) and planner.existing(thing) is not None:
            continue
        words = re.sub(r"^(?:and|or|also|then|to|be able to)\s+", "", statement.text.strip(" .,"), flags=re.I)
        plan.set_rule("free", f"{sentence_case(words)}.", {}, confidence=0.8)
        known |= set(said)
        kept += 1


_LOOSE_END = re.compile(r"^(?:be|not|where|when|which|who|what|if|that|is|are|or|so)\b", re.I)


def _is_function(text: str) -> bool:
    """Whether these words say something by themselves: "drag" and "be modern" do not, "harvesting" does."""
    if _LOOSE_END.match(text.strip()) or text.strip().lower() in word_classes().empty:
        return False
    return (
        len(text.split()) > 1 or re.search(r"(?:ing|ion|ment|sis|ance|ence)$", text.strip(), re.I) is not None
    )


def plan_stems(plan: Plan) -> set[str]:
    """Stems of all words in the plan's names, screens and rules."""
    sections = plan.document.sections
    texts: list[str] = []
    for entity in sections.data_model.entities:
        texts += [
            spaced(entity.name),
            entity.plural,
            *(spaced(relation.name) for relation in entity.relations),
        ]
        for column in entity.fields:
            texts += [spaced(column.name), *column.choices]
    texts += [f"{screen.name} {screen.kind} {screen.purpose}" for screen in sections.ui_components.components]
    texts += [rule.text for rule in sections.behaviors.rules]
    return {word for text in texts for word in stems(text)}


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    """Stems that name no function by themselves ("view", "manage", "information")."""
    return frozenset(word for phrase in load_vocabulary("words")["says_nothing"] for word in stems(phrase))
