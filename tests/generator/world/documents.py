"""Blueprints of small worlds, as the Architect would leave them."""

from __future__ import annotations

from blueprints.schemas import BlueprintDocument, Component, Endpoint, Rule, Scalar

Params = dict[str, Scalar | list[str]]
WEATHER: dict[str, Params] = {
    "weather.cycle": {"kinds": ["sun", "rain", "fog", "snow"]},
    "weather.effect": {"effect": "shelter"},
}


def world_document(
    *,
    trigger: str = "proximity",
    display: str = "bubbles",
    agents: int = 12,
    rules: dict[str, Params] | None = None,
) -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Aeries")
    wanted: dict[str, Params] = {
        "agent.movement": {"style": "wander"},
        "agent.count": {"count": agents},
        "conversation.trigger": {"trigger": trigger, "distance": 60},
        "conversation.display": {"display": display},
        **(rules or {}),
    }
    for kind, params in wanted.items():
        rule = Rule(id=document.new_id("RULE"), kind=kind, text=f"The rule {kind}.", params=params)
        document.sections.behaviors.rules.append(rule)
    screen = Component(id=document.new_id("UI"), name="World", kind="world", route="/")
    document.sections.ui_components.components.append(screen)
    for path in ("/api/agents/", "/api/agents/{id}/", "/api/conversations/", "/api/world/stream"):
        document.sections.api_endpoints.endpoints.append(Endpoint(id=document.new_id("API"), path=path))
    return document
