"""What the world block promises to the ledger."""

from __future__ import annotations

import pytest

from operations.generator.plan import Plan, ProjectFacts, make_plan
from tests.generator.world.documents import WEATHER, world_document

PROJECT = ProjectFacts(name="Aeries", slug="aeries", template="social-world")


def plan_of(**wishes) -> Plan:
    return make_plan([world_document(**wishes)], PROJECT)


def test_every_item_of_a_world_is_covered_by_the_world_block():
    plan = plan_of(rules={**WEATHER, "daynight.cycle": {}})
    assert {coverage.block for coverage in plan.coverage} == {"world"}
    assert {coverage.expectation for coverage in plan.coverage} == {"met"}
    assert all(coverage.evidence.tests for coverage in plan.coverage)


@pytest.mark.parametrize(
    ("trigger", "tests"), [("proximity", "ProximityTests"), ("interest", "InterestTests")]
)
def test_each_way_to_start_a_conversation_has_its_own_proof(trigger, tests):
    rule = next(item for item in plan_of(trigger=trigger).coverage if "conversation.trigger" in item.title)
    assert f"world.tests.test_conversations.{tests}" in rule.evidence.tests


def test_an_unknown_way_to_start_a_conversation_is_unmet_with_the_reason():
    plan = plan_of(trigger="telepathy")
    rule = next(item for item in plan.coverage if "conversation.trigger" in item.title)
    assert rule.expectation == "unmet"
    assert "telepathy" in rule.reason


def test_the_tables_a_world_needs_are_added_and_written_by_the_world_alone():
    entities = {entity.name: entity for entity in plan_of().entities}
    assert {"Agent", "Conversation", "Message"} <= entities.keys()
    assert "WeatherState" not in entities
    assert entities["Conversation"].managed
    assert not entities["Agent"].managed
    assert {"x", "y"}.isdisjoint(field.name for field in entities["Agent"].editable_fields)


def test_weather_adds_its_table_only_when_planned():
    assert "WeatherState" in {entity.name for entity in plan_of(rules=WEATHER).entities}
