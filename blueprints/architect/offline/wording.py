"""The reply: what changed, what was inferred and how sure that is, what stayed unclear, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blueprints.architect.offline.naming import join_words, plural, sentence_case, spaced
from blueprints.architect.offline.notes import Notes
from blueprints.architect.offline.plan import Plan
from blueprints.schemas import Entity, OpenQuestion

READY = "Plan looks complete. Ready to build?"
FIELDS_NAMED = 6


def describe(plan: Plan, *, heard: list[str], design_only: bool = False) -> list[str]:
    """Paragraphs on what this turn did; [] when it did nothing. `heard` are answers taken up."""
    notes = plan.notes
    lines: list[str] = []
    if heard:
        lines.append(f"Got it: {join_words(heard)}.")
    added = [entity for entity in plan.entities if entity.name in notes.entities]
    if added:
        lines.append(_added(plan, added))
    fields = [(owner, name) for owner, name in notes.fields if owner not in notes.entities]
    if fields:
        by_owner: dict[str, list[str]] = {}
        for owner, name in fields:
            by_owner.setdefault(owner, []).append(f"*{spaced(name)}*")
        said = [f"{join_words(names)} to **{spaced(owner)}**" for owner, names in by_owner.items()]
        lines.append(f"I added {join_words(said)}.")
    relations = list(dict.fromkeys(notes.relations))
    if relations:
        lines.append(f"{sentence_case(join_words(relations[:5]))}.")
    wishes = {rule.text for rule in plan.document.sections.behaviors.rules if rule.kind == "free"}
    known = [rule for rule in notes.rules if rule not in wishes]
    if known:
        lines.append("\n".join(f"- {rule}" for rule in known[:6]))
    if noted := [rule for rule in notes.rules if rule in wishes]:
        rows = "\n".join(f"- {rule}" for rule in noted[:6])
        lines.append(
            f"Kept in your words, as wishes that no building block of mine covers by itself:\n{rows}"
        )
    for old, new in notes.renamed:
        lines.append(f"**{sentence_case(old)}** is now called **{new}**.")
    if notes.changed:
        lines.append(f"{sentence_case(join_words(notes.changed))}.")
    if notes.removed:
        lines.append(f"I took out {join_words(notes.removed)}.")
    if notes.screens:
        lines.append(f"New on screen: {join_words([f'**{name}**' for name in notes.screens])}.")
    lines += notes.components
    if notes.design:
        lines.append(f"For the look I noted {join_words(notes.design)}.")
    lines += _doubts(notes)
    return lines


def _added(plan: Plan, added: list[Entity]) -> str:
    if len(added) == 1:
        return f"I put **{added[0].name}** into the plan, with {_fields(added[0])}."
    rows = [f"- **{entity.name}**: {_fields(entity)}" for entity in added]
    return "Here is what I put into the plan:\n" + "\n".join(rows)


def _fields(entity: Entity) -> str:
    names = [spaced(field.name) for field in entity.fields]
    if len(names) > FIELDS_NAMED:
        return f"{', '.join(names[:FIELDS_NAMED])} and {len(names) - FIELDS_NAMED} more"
    return join_words(names) or "its links"


def _doubts(notes: Notes) -> list[str]:
    lines: list[str] = []
    guessed = [name for name in notes.guessed if name in notes.entities]
    if guessed:
        things = join_words([plural(spaced(name)) for name in guessed[:4]])
        lines.append(f"I'm less sure about the fields of {things}; tell me what they should hold.")
    if notes.refused:
        held = join_words(list(dict.fromkeys(notes.refused)))
        lines.append(
            f"I left {held} as it is: you edited that by hand. Unlock it in the plan and I can change it."
        )
    present = list(dict.fromkeys(notes.present))
    if present and not notes.anything_done():
        lines.append(f"The plan already has {join_words([spaced(thing.replace('.', ' ')) for thing in present[:4]])}."
                     if not present[0].startswith("no ") else "That is not in the plan, and it stays out.")  # fmt: skip
    if notes.unclear:
        parts = join_words([f"“{part}”" if "“" not in part else part for part in notes.unclear[:3]])
        lines.append(f"I could not make out {parts}.")
    return lines


def ask(questions: list[OpenQuestion]) -> str:
    """The questions of a turn as one paragraph, at most two of them."""
    return "\n\n".join(question.question for question in questions[:2])


def pieces(reply: str) -> Iterator[str]:
    """The reply in word-sized pieces whose concatenation is the reply."""
    yield from re.findall(r"\s*\S+\s*?(?=\s|$)|\s+", reply)
