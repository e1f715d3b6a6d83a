"""What to take out or call by another name, whichever kind of thing the words mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blueprints.architect.offline.components import component_named, let_go
from blueprints.architect.offline.naming import (
    sentence_case,
    spaced,
)
from blueprints.architect.offline.nouns import noun
from blueprints.architect.offline.statements import (
    Removes,
    Renames,
)  # fmt: skip
from blueprints.schemas import Entity, EntityField

if TYPE_CHECKING:
    from blueprints.architect.offline.planner import Planner


def remove(planner: Planner, statement: Removes) -> None:
    notes = planner.plan.notes
    if statement.owner and (owner := planner.existing(statement.owner)) is not None:
        item = planner.plan.find_field(owner, statement.target) or _related(planner, owner, statement.target)
        if item is not None:
            planner.plan.remove_field(owner, item)
            return
    target = re.sub(
        r"\s+(?:field|column|entity|table|feature|option|attribute|page|screen|model|system|part)s?$",
        "",
        statement.target,
        flags=re.I,
    )
    part = planner.part_named(statement.target) or planner.part_named(target)
    if part is not None:
        if not planner.remove_part(part):
            notes.present.append(f"no {part.title}")
        return
    if (component := component_named(planner.plan, statement.target)) is not None:
        let_go(planner.plan, component)
        return
    kind = re.search(
        r"\b(screen|page|form|board|calendar|dashboard|gallery|search)s?$", statement.target, re.I
    )
    entity = planner.plan.find(noun(target) or target) or planner.existing(target)
    for screen in list(planner.plan.document.sections.ui_components.components):
        named = screen.name.lower() in (target.lower(), statement.target.lower())
        if (named and (kind or entity is None)) or (
            kind
            and screen.kind == kind[1].lower()
            and (len(statement.target.split()) == 1 or _names(planner, screen.entities, target))
        ):
            planner.plan.remove_screen(screen)
            return
    if entity is not None and not kind:
        planner.plan.remove_entity(entity)
        return
    about = [planner.focus] if planner.focus else []
    for candidate in [*about, *planner.plan.entities]:
        words = target.lower()
        item = planner.plan.find_field(candidate, words)
        prefix = f"{spaced(candidate.name)} "
        if item is None and words.startswith(prefix):
            item = planner.plan.find_field(candidate, words.removeprefix(prefix))
        if item is not None:
            planner.plan.remove_field(candidate, item)
            return
    if re.search(
        r"\b(?:log ?in|sign[ -]?in|accounts?|authentication|registration)\b", statement.target, re.I
    ):
        for screen in list(planner.plan.document.sections.ui_components.components):
            if screen.kind == "auth":
                planner.plan.remove_screen(screen)
                return
        notes.present.append("no sign-in")
        return
    for rule in list(planner.plan.document.sections.behaviors.rules):
        if len(target) > 3 and target.lower() in rule.text.lower():
            planner.plan.drop_rule(rule)
            return
    notes.unclear.append(f"what to remove as “{statement.target[:60]}”: nothing in the plan is called that")


def rename(planner: Planner, statement: Renames) -> None:
    if not statement.old:
        name = sentence_case(statement.new)[:80].strip(" .")
        if name:
            planner.plan.notes.renamed.append((planner.plan.document.feature_name, name))
            planner.plan.document.feature_name = name
        return
    entity = planner.existing(statement.old)
    if entity is not None:
        if not planner.plan.rename_entity(entity, noun(statement.new) or statement.new):
            planner.plan.notes.unclear.append(
                f"how to rename {statement.old}: is “{statement.new}” already taken?"
            )
        return
    for candidate in [*([planner.focus] if planner.focus else []), *planner.plan.entities]:
        words = statement.old.lower().removeprefix(f"{spaced(candidate.name)} ")
        item = planner.plan.find_field(candidate, words)
        if item is not None:
            new = statement.new.lower().removeprefix(f"{spaced(candidate.name)} ")
            planner.plan.rename_field(candidate, item, new)
            return
    if statement.sure:
        planner.plan.notes.unclear.append(
            f"what to rename: nothing in the plan is called “{statement.old[:60]}”"
        )


def _names(planner: Planner, entity_ids: list[str], words: str) -> bool:
    return any(((entity := planner.plan.document.entity(key)) is not None and spaced(entity.name) in words.lower())
               or (entity is not None and entity.plural.lower() in words.lower()) for key in entity_ids)  # fmt: skip


def _related(planner: Planner, owner: Entity, words: str) -> EntityField | None:
    """ "remove comments from recipes" takes out the entity behind the words, when it hangs on owner."""
    other = planner.existing(words)
    if other is not None and any(relation.target == owner.id for relation in other.relations):
        planner.plan.remove_entity(other)
    return None
