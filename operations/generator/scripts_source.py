"""The TypeScript of each entity in a React front end."""

from __future__ import annotations

import json

from operations.generator.manifest import manifests
from operations.generator.model import NavEntry, Plan, PlannedEntity
from operations.generator.records_source import columns_of, form_fields


def script_literal(value: object) -> str:
    """A literal that is safe in a script and in a page."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def script_name(entity: PlannedEntity) -> str:
    """ "kindOfRecipe": no entity's name is a word of the language with that in front."""
    return f"kindOf{entity.name}"


def script_names(plan: Plan) -> str:
    return "[" + ", ".join(script_name(entity) for entity in plan.entities) + "]"


def written(entity: PlannedEntity) -> bool:
    return not (entity.managed or entity.account)


def script_title(entity: PlannedEntity) -> str:
    if entity.account:
        return "username"
    return entity.title_field.name if entity.title_field else ""


def script_columns(entity: PlannedEntity) -> list[str]:
    return list(columns_of(entity, links_to_many=1))


def script_sortable(entity: PlannedEntity) -> list[str]:
    return ["id", *(f.name for f in entity.fields if f.type not in ("json", "image", "file", "text"))]


def script_fields(entity: PlannedEntity, plan: Plan) -> list[dict[str, object]]:
    """In the order of the form; what people do not write comes last."""
    slugs = {other.name: other.slug for other in plan.entities}
    described: dict[str, dict[str, object]] = {}
    for column in entity.fields:
        described[column.name] = {
            "name": column.name,
            "label": column.label,
            "type": column.type,
            **({"required": True} if column.required and column.default is None else {}),
            **({"readOnly": True} if column.managed else {}),
            **({"choices": [[one.value, one.label] for one in column.choices]} if column.choices else {}),
            **({"help": column.help} if column.help else {}),
        }
    for relation in entity.relations:
        described[relation.name] = {
            "name": relation.name,
            "label": relation.label,
            "type": "links" if relation.kind == "many_to_many" else "link",
            "target": slugs.get(relation.target, ""),
            **({"required": True} if relation.required else {}),
            **({"readOnly": True} if relation.managed else {}),
        }
    order = [name for name in form_fields(entity) if name in described]
    return [described[name] for name in (*order, *(name for name in described if name not in order))]


def plain_pages(plan: Plan) -> list[NavEntry]:
    """Pages of blocks, which the service draws itself."""
    paths = {item.path for used in plan.blocks for item in manifests()[used.name].nav}
    own = {f"/{entity.slug}/" for entity in plan.entities} | {"/"}
    return [entry for entry in plan.nav if entry.path in paths | {"/records/"} and entry.path not in own]
