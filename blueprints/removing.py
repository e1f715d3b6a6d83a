"""Taking an entity out of a plan together with all that makes no sense without it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from blueprints.schemas import BlueprintDocument, Entity, Item


def hanging_on(document: BlueprintDocument, entity: Entity) -> Iterator[Item]:
    """What goes with the entity: links to it, its endpoints, and the screens that are first of all about it."""
    for other in document.sections.data_model.entities:
        if other is not entity:
            yield from (relation for relation in other.relations if relation.target == entity.id)
    yield from (item for item in document.sections.api_endpoints.endpoints if item.entity == entity.id)
    yield from (
        item for item in document.sections.ui_components.components if item.entities[:1] == [entity.id]
    )


def remove_entity(document: BlueprintDocument, entity: Entity) -> None:
    """In place: the entity, what hangs on it and rules about it; other screens no longer show it."""
    gone = {item.id for item in hanging_on(document, entity)} | {entity.id}
    sections = document.sections
    sections.data_model.entities = [item for item in sections.data_model.entities if item.id not in gone]
    for other in sections.data_model.entities:
        other.relations = [relation for relation in other.relations if relation.id not in gone]
    sections.api_endpoints.endpoints = [i for i in sections.api_endpoints.endpoints if i.id not in gone]
    sections.ui_components.components = [i for i in sections.ui_components.components if i.id not in gone]
    for screen in sections.ui_components.components:
        screen.entities = [key for key in screen.entities if key != entity.id]
    sections.behaviors.rules = [
        rule
        for rule in sections.behaviors.rules
        if entity.id not in (rule.params.get("entity"), rule.params.get("of"))
    ]
