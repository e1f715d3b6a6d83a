"""Questions about the plan itself: what is in it, and what else it could hold."""

from __future__ import annotations

import re

from blueprints.architect.offline.derive import words_of
from blueprints.architect.offline.naming import join_words, spaced
from blueprints.architect.offline.planner import Planner

_SUMMARY = re.compile(
    r"^(?:(?:so|ok|okay|and)\s+)*(?:what (?:have|do) (?:you|we) (?:got|have|understood)(?: so far| now| "
    r"until now)?|what is (?:in )?(?:the|my) plan"
    r"(?: (?:now|so far))?|(?:show|give|tell) me (?:the|my) (?:plan|summary)|(?:a )?summary(?: please)?|"
    r"summari[sz]e(?: it| the plan)?|"
    r"what (?:does|will) (?:it|the app) (?:have|hold|contain|do)(?: now| so far)?|where (?:are|were) we)$",
    re.I,
)
_IDEAS = re.compile(
    r"^(?:(?:hm+|so|ok|okay|and)\s+)*(?:what else (?:could|can|should|might|would) (?:i|we|you|it)\b.{0,30}|"
    r"what (?:is|am i) (?:still )?missing|"
    r"(?:any|do you have|have you got)(?: any| some| more)* (?:ideas|suggestions|recommendations)|what "
    r"(?:would|do) you (?:suggest|recommend|add)|"
    r"suggest (?:something|more)|anything else|what else)$",
    re.I,
)
NAMED = 5  # ideas told at a time


def about_the_plan(clause: str, planner: Planner) -> str | None:
    """The answer to a question about the plan, None when it is none."""
    text = clause.strip(" .!?,")
    if _SUMMARY.match(text):
        return _summary(planner)
    if _IDEAS.match(text):
        return _ideas(planner)
    return None


def _summary(planner: Planner) -> str:
    document = planner.plan.document
    if not planner.plan.entities:
        return "The plan is empty so far."
    rows = [
        f"- **{words_of(entity)}**: {join_words([spaced(field.name) for field in entity.fields]) or 'only links'}"
        for entity in planner.plan.entities
    ]
    rules = [f"- {rule.text}" for rule in document.sections.behaviors.rules]
    return "\n".join(["The plan so far:", *rows, *rules])


def _ideas(planner: Planner) -> str:
    parts = [
        part.title
        for active in planner.active_domains()
        for part in active.parts
        if not planner.plan.derived(f"part:{part.name}")
    ]
    extras = [
        words.lower()
        for active in planner.active_domains()
        for words in (template.plural for template in active.extra)
        if planner.plan.find(words) is None and words.lower() not in parts
    ]
    found = list(dict.fromkeys([*parts, *extras]))[:NAMED]
    if found:
        return (
            f"Apps of this kind often have {join_words(found, last='or')} too. Say “add …” for what you like."
        )
    if planner.plan.entities:
        many = words_of(planner.plan.entities[0]).lower()
        return (
            f"For instance comments, tags or photos for {many}, a calendar, or who may change what. "
            "Say “add …” for what you like."
        )
    return "First tell me what the app should hold."
