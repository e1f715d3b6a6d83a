"""The screens of the blueprint, each with an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from blueprints.schemas import BlueprintDocument
from operations.generator import naming
from operations.generator.drafts import key_of
from operations.generator.model import PlannedScreen
from operations.generator.tables import Tables


def plan_screens(documents: Sequence[BlueprintDocument], tables: Tables) -> tuple[PlannedScreen, ...]:
    """Every component; a later document's one of the same kind and name is the earlier one grown."""
    found: dict[tuple[str, str], PlannedScreen] = {}
    for position, document in enumerate(documents, start=1):
        for one in document.sections.ui_components.components:
            shown = [entity for reference in one.entities if (entity := document.entity(reference))]
            found[one.kind, one.name] = PlannedScreen(
                kind=one.kind,
                name=one.name,
                route=one.route,
                purpose=one.purpose,
                entities=tuple(tables.classes[key_of(entity.name)] for entity in shown),
                item_id=one.id if position == len(documents) else "",
            )
    taken = {f"/{entity.slug}/" for entity in tables.entities}
    return tuple(_with_path(screen, taken) for screen in found.values())


def _with_path(screen: PlannedScreen, taken: set[str]) -> PlannedScreen:
    path = path_of(screen.route or screen.name)
    free = path not in taken
    taken.add(path)
    return replace(screen, path=path if free else "")


def path_of(route: str) -> str:
    """A route of a blueprint as an address of ours: "About us" → "/about-us/", "/posts/{id}" → "/posts/"."""
    parts = [part for part in route.split("/") if part.strip() and "{" not in part and "<" not in part]
    safe = [naming.slug(part, ()) for part in parts if naming.ascii_words(part)]
    return f"/{'/'.join(safe)}/" if safe else "/"
