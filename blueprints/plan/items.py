"""The kinds of items a plan holds: where each lives in the document, and what people call it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from blueprints.removing import remove_entity
from blueprints.schemas import (
    Assumption,
    BlueprintDocument,
    ColorToken,
    Component,
    Decision,
    Dependency,
    Endpoint,
    Entity,
    EntityField,
    Item,
    OpenQuestion,
    Relation,
    Rule,
    TypeToken,
)
from studio.core.errors import NotFound

LABEL_LENGTH = 80


@dataclass(frozen=True)
class Kind:
    """`slug` is its name in addresses and templates, `word` the one people read. `siblings` is the list in
    which such items stand; those of an entity need the entity."""

    slug: str
    prefix: str
    model: type[Item]
    word: str
    siblings: Callable[[BlueprintDocument, Entity | None], list[Any]]
    of_entity: bool = False


def _of(entity: Entity | None) -> Entity:
    if entity is None:
        raise NotFound("There is no such entity in the plan.")
    return entity


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("entity", "ENT", Entity, "entity", lambda document, _: document.sections.data_model.entities),
        Kind("field", "FLD", EntityField, "field", lambda _, entity: _of(entity).fields, of_entity=True),
        Kind("relation", "REL", Relation, "link", lambda _, entity: _of(entity).relations, of_entity=True),
        Kind("endpoint", "API", Endpoint, "endpoint", lambda d, _: d.sections.api_endpoints.endpoints),
        Kind("screen", "UI", Component, "screen", lambda d, _: d.sections.ui_components.components),
        Kind("dependency", "DEP", Dependency, "part", lambda d, _: d.sections.dependencies.items),
        Kind("color", "TOK", ColorToken, "colour", lambda d, _: d.sections.design_system.colors),
        Kind("type", "TOK", TypeToken, "typeface", lambda d, _: d.sections.design_system.typography),
        Kind("rule", "RULE", Rule, "rule", lambda d, _: d.sections.behaviors.rules),
        Kind("question", "Q", OpenQuestion, "question", lambda d, _: d.open_questions),
        Kind("decision", "Q", Decision, "answer", lambda d, _: d.decisions),
        Kind("assumption", "ASM", Assumption, "assumption", lambda d, _: d.assumptions),
    )
}


@dataclass(frozen=True)
class Found:
    """An item where it stands; `entity` is the one it is part of, None for all but fields and links."""

    kind: Kind
    item: Any
    entity: Entity | None
    siblings: list[Any]


def find(document: BlueprintDocument, item_id: str) -> Found:
    """Raises NotFound."""
    for kind in KINDS.values():
        for entity in document.sections.data_model.entities if kind.of_entity else [None]:
            siblings = kind.siblings(document, entity)
            for item in siblings:
                if item.id == item_id:
                    return Found(kind, item, entity, siblings)
    raise NotFound("This is no longer in the plan.")


def is_item(document: BlueprintDocument, item_id: str) -> bool:
    """Whether it is one that can be edited: all but references."""
    return not item_id.startswith("REF-") and holds(document, item_id)


def holds(document: BlueprintDocument, item_id: str) -> bool:
    return any(item.id == item_id for item in document.items())


def remove(document: BlueprintDocument, item_id: str) -> None:
    """In place; an entity goes with all that hangs on it. Raises NotFound."""
    found = find(document, item_id)
    if isinstance(found.item, Entity):
        remove_entity(document, found.item)
    else:
        found.siblings.remove(found.item)


def label(document: BlueprintDocument, item_id: str) -> str:
    """What people call it: "Recipe", "Recipe.title", "GET /api/recipes/", "Only admins can delete …"."""
    found = find(document, item_id)
    item = found.item
    match item:
        case EntityField() | Relation():
            words = f"{_of(found.entity).name}.{item.name}"
        case Endpoint():
            words = f"{item.method} {item.path}"
        case Rule() | Assumption():
            words = item.text
        case OpenQuestion() | Decision():
            words = item.question
        case ColorToken() | TypeToken():
            words = f"{found.kind.word} {item.role}"
        case _:
            words = item.name
    return words if len(words) <= LABEL_LENGTH else f"{words[: LABEL_LENGTH - 1].rstrip()}…"
