"""The tool by which a model changes the plan: its JSON schema, and what it sent turned into a document.

A model sends only what changes; every list it sends replaces the stored one. It leaves out the ids of
new items and may point at entities by name. What it may not touch (source, locks) is not in the schema.
"""

from __future__ import annotations

from typing import Any

from anthropic.types import ToolParam
from pydantic import Field, JsonValue

from blueprints.schemas import BlueprintDocument, Schema

NAME = "update_plan"
DESCRIPTION = (
    "Record what this turn changes in the plan. Send only what changes; each list replaces the stored list."
)
# Wire name of a list of items → prefix of their ids.
PREFIXES = {
    "entities": "ENT",
    "fields": "FLD",
    "relations": "REL",
    "endpoints": "API",
    "components": "UI",
    "items": "DEP",
    "rules": "RULE",
    "colors": "TOK",
    "typography": "TOK",
    "openQuestions": "Q",
    "decisions": "Q",
    "assumptions": "ASM",
}
_OURS = ("source", "locked")


class PlanPatch(Schema):
    """`sections` maps wire names of sections to their changed members."""

    feature_name: str | None = None
    summary: str | None = None
    sections: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    open_questions: list[dict[str, JsonValue]] | None = None
    decisions: list[dict[str, JsonValue]] | None = None
    assumptions: list[dict[str, JsonValue]] | None = None
    build_requested: bool = False


def definition() -> ToolParam:
    """The tool as the Messages API wants it."""
    schema = BlueprintDocument.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    for definition in definitions.values():
        properties = definition.get("properties", {})
        if "locked" in properties:
            for ours in _OURS:
                del properties[ours]
            definition["required"] = [name for name in definition.get("required", []) if name != "id"]
        properties.pop("status", None)
    definitions.pop("Reference")
    document = schema["properties"]
    kept = ("featureName", "summary", "sections", "openQuestions", "decisions", "assumptions")
    properties = {name: document[name] for name in kept}
    properties["buildRequested"] = {"type": "boolean", "description": "The person asked to build now."}
    return {
        "name": NAME,
        "description": DESCRIPTION,
        "input_schema": {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "$defs": definitions,
        },
    }


def shown(document: BlueprintDocument) -> dict[str, Any]:
    """The plan as the model reads it: without bookkeeping."""
    return document.model_dump(by_alias=True, mode="json", exclude={"counters", "derived", "references"})


def accept(document: BlueprintDocument, sent: object, *, source: str) -> tuple[BlueprintDocument, bool]:
    """The document with the model's changes, and whether a build was asked for.

    Raises pydantic.ValidationError, whose text the model is shown to correct itself.
    """
    patch = PlanPatch.model_validate(sent)
    candidate = document.model_copy(deep=True)
    wire = candidate.model_dump(by_alias=True, mode="json")
    stored = {item.id: item.model_dump(by_alias=True, mode="json") for item in candidate.items()}
    changed: dict[str, Any] = patch.model_dump(
        by_alias=True, mode="json", exclude_none=True, exclude={"sections", "build_requested"}
    )
    for name, members in patch.sections.items():
        changed.setdefault("sections", dict(wire["sections"]))
        changed["sections"][name] = {**wire["sections"].get(name, {}), **members}
    _identify(changed, candidate, stored, source)
    wire.update(changed)
    wire["counters"] = candidate.counters
    _point_at_ids(wire["sections"])
    return BlueprintDocument.model_validate(wire), patch.build_requested


def _identify(
    node: JsonValue, document: BlueprintDocument, stored: dict[str, dict[str, Any]], source: str
) -> None:
    """Give new items an id and their source; give known ones back what the model never saw."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if isinstance(value, list) and name in PREFIXES:
            for item in value:
                if isinstance(item, dict):
                    known = stored.get(str(item.get("id", "")))
                    if known is None:
                        item["id"] = document.new_id(PREFIXES[name])
                    item.update({ours: known[ours] for ours in _OURS} if known else {"source": source})
                    _identify(item, document, stored, source)
        else:
            _identify(value, document, stored, source)


def _point_at_ids(sections: dict[str, Any]) -> None:
    """Entities named by name become ids; what names nothing is left for readiness to report."""
    entities = sections["dataModel"].get("entities", [])
    ids = {str(entity.get("name", "")).lower(): entity["id"] for entity in entities}

    def resolve(key: Any) -> Any:
        return ids.get(key.lower(), key) if isinstance(key, str) else key

    for entity in entities:
        for relation in entity.get("relations", []):
            relation["target"] = resolve(relation.get("target"))
    for endpoint in sections["apiEndpoints"].get("endpoints", []):
        endpoint["entity"] = resolve(endpoint.get("entity"))
    for component in sections["uiComponents"].get("components", []):
        component["entities"] = [resolve(key) for key in component.get("entities", [])]
    for rule in sections["behaviors"].get("rules", []):
        parameters = rule.get("params", {})
        if "entity" in parameters:
            parameters["entity"] = resolve(parameters["entity"])
