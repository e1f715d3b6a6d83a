"""What the offline Architect sees in references: it says so in words, fills the design, and asks once
whether to match or to be inspired."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blueprints.architect.offline.knowledge import Option, Question
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.questions import Questions
from blueprints.architect.port import SeenReference, Turn
from blueprints.references import taking

INTENT = Question(
    topic=taking.TOPIC,
    ask=taking.QUESTION,
    why="Matched, the app gets exactly its colours, type and corners; as inspiration, your own wishes win.",
    options=(
        Option(
            "inspiration",
            taking.LABELS["inspiration"],
            says=("as inspiration", "as an inspiration", "just inspiration", "inspired by this",
                  "inspired by it", "inspired by that", "loosely based"),
            hears=("inspiration", "inspire", "inspired", "loosely", "mood"),
            recommended=True,
        ),
        Option(
            "match",
            taking.LABELS["match"],
            says=("match exactly", "match it exactly", "match this exactly", "exact match", "exact copy",
                  "exactly like this", "exactly like it", "pixel perfect", "pixel-perfect"),
            hears=("match", "exactly", "exact", "the same", "copy"),
        ),
    ),
)  # fmt: skip


# "Make a page like this": words that name nothing of their own.
_BARE = re.compile(
    r"^\W*(?:(?:please|can|could|you|i|we|want|need|build|make|create|do|me|us|a|an|the|page|site|website|screen|something|one|just|"
    r"exactly|look|looks|looking|it|this|that|these|like|similar|to|inspired|by|based|on|use|as|inspiration|reference|match|for|with|"
    r"and|my|our|design|style|here|is|of|take|should|app)\b\W*)+$"
)


@dataclass
class ReferenceTalk:
    """Beside one turn of the conversation: `__post_init__` takes over what came with the message, so that
    what is said in it is read after and wins; `conclude` ends the turn."""

    plan: Plan
    turn: Turn

    def __post_init__(self) -> None:
        self.intent = self.plan.document.sections.design_system.intent
        self.new = [seen for seen in self.turn.references if seen.is_new]
        self.seen = [seen for seen in self.turn.references if seen.tokens is not None]
        fresh = [seen for seen in self.new if seen.tokens is not None]
        if fresh:
            self._take(fresh[-1])

    def suggests(self) -> list[str]:
        """What the page is an example of, as a clause; only where neither the plan nor the message says."""
        sections = self.plan.document.sections
        planned = sections.data_model.entities or sections.ui_components.components
        if planned or not _BARE.match(self.turn.message.lower()):
            return []
        tiers = [fact for seen in self.new for fact in seen.layout if fact.startswith("tiers:")]
        return [f"a pricing page with {tiers[0].partition(':')[2]} tiers"] if tiers else []

    def questions(self) -> list[Question]:
        return [INTENT] if self.seen else []

    def conclude(self, questions: Questions, lines: list[str]) -> list[str]:
        """The reply's paragraphs, with what was seen before them and the question behind."""
        self._settle()
        document = self.plan.document
        asked = document.decision(taking.TOPIC) is not None or taking.is_open(document.open_questions)
        if any(seen.tokens is not None for seen in self.new) and not asked:
            opened = questions.open(INTENT)
            lines = [
                *lines,
                f"{opened.question} I took over what I saw; as inspiration, your wishes win over it.",
            ]
        return [*(_said(seen) for seen in self.new), *lines]

    def _settle(self) -> None:
        document = self.plan.document
        decision = document.decision(taking.TOPIC)
        if decision is not None and decision.value in taking.LABELS:
            document.sections.design_system.intent = decision.value
        if not self.seen:
            return
        latest = self.seen[-1]
        intent = document.sections.design_system.intent
        if intent == "match" and self.intent != "match":
            self._take(latest, exactly=True)
        elif intent != "match" and latest.tokens is not None:
            taking.adapt(document, latest.tokens)

    def _take(self, seen: SeenReference, *, exactly: bool = False) -> None:
        if seen.tokens is not None:
            taking.take_over(
                self.plan.document, seen.item_id, seen.tokens, source=self.turn.message_id, exactly=exactly
            )


def _said(seen: SeenReference) -> str:
    name = " ".join(seen.title.split())[:80] or seen.source
    if seen.tokens is None:
        return f"I could not look at {_quoted(seen.source)}. {seen.problem}"
    return f"I looked at {_quoted(name)}: {taking.describe(seen.tokens)}."


def _quoted(text: str) -> str:
    """A page's own words, as a quotation that cannot be mistaken for Markdown."""
    return "“" + "".join(character for character in text[:120] if character not in "`*_[]<>#|\\“”") + "”"
