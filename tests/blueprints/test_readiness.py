"""Readiness is computed from the plan alone, one blocker per thing to mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from blueprints.readiness import assess, section_statuses, with_statuses
from blueprints.schemas import (
    BlueprintDocument,
    ColorToken,
    Component,
    Endpoint,
    Entity,
    EntityField,
    OpenQuestion,
    Relation,
)  # fmt: skip
from tests.blueprints.documents import recipe_box

Change = Callable[[BlueprintDocument], object]


def entity(document: BlueprintDocument, name: str = "Recipe") -> Entity:
    found = document.entity(name)
    assert found is not None
    return found


def screens(document: BlueprintDocument) -> list[Component]:
    return document.sections.ui_components.components


def endpoints(document: BlueprintDocument) -> list[Endpoint]:
    return document.sections.api_endpoints.endpoints


def ask(document: BlueprintDocument, *, must: bool) -> None:
    document.open_questions.append(
        OpenQuestion(id="Q-1", topic="access", question="Who may read?", must=must)
    )


def replace_status_choices(document: BlueprintDocument) -> None:
    entity(document).fields[1].choices = []


def empty(document: BlueprintDocument) -> None:
    document.sections.data_model.entities = []
    document.sections.ui_components.components = []
    document.sections.api_endpoints.endpoints = []
    document.sections.behaviors.rules = []


def test_a_sound_plan_is_ready() -> None:
    assert assess(recipe_box()) == []


@pytest.mark.parametrize(
    ("change", "code", "item"),
    [
        (empty, "empty_plan", ""),
        (lambda d: ask(d, must=True), "unanswered_question", "Q-1"),
        (
            lambda d: setattr(entity(d, "Comment").relations[0], "target", "ENT-9"),
            "dangling_relation",
            "REL-1",
        ),
        (
            lambda d: d.sections.data_model.entities.append(
                Entity(id="ENT-3", name="recipe", fields=[EntityField(id="FLD-9", name="title")])
            ),
            "duplicate_entity",
            "ENT-3",
        ),
        (lambda d: setattr(entity(d), "name", "My recipe!"), "invalid_name", "ENT-1"),
        (lambda d: setattr(entity(d).fields[0], "name", "class"), "invalid_name", "FLD-1"),
        (lambda d: setattr(entity(d).fields[0], "name", "id"), "invalid_name", "FLD-1"),
        (lambda d: setattr(entity(d).fields[0], "name", "Title"), "invalid_name", "FLD-1"),
        (lambda d: setattr(entity(d), "fields", []), "empty_entity", "ENT-1"),
        (
            lambda d: entity(d).fields.append(EntityField(id="FLD-9", name="title")),
            "duplicate_field",
            "FLD-9",
        ),
        (
            lambda d: entity(d).relations.append(Relation(id="REL-9", name="title", target="ENT-2")),
            "duplicate_field",
            "REL-9",
        ),
        (replace_status_choices, "choice_without_choices", "FLD-2"),
        (lambda d: setattr(entity(d).fields[1], "default", "medium"), "default_not_a_choice", "FLD-2"),
        (
            lambda d: entity(d).fields.append(
                EntityField(id="FLD-9", name="stars", type="integer", minimum=5, maximum=1)
            ),
            "impossible_range",
            "FLD-9",
        ),
        (lambda d: setattr(endpoints(d)[0], "entity", None), "endpoint_without_entity", "API-1"),
        (lambda d: setattr(endpoints(d)[0], "entity", "ENT-9"), "endpoint_without_entity", "API-1"),
        (lambda d: setattr(endpoints(d)[0], "path", "/recipes/"), "invalid_path", "API-1"),
        (lambda d: setattr(endpoints(d)[1], "path", "/api/recipes"), "duplicate_endpoint", "API-2"),
        (lambda d: setattr(screens(d)[0], "entities", []), "screen_without_data", "UI-1"),
        (lambda d: setattr(screens(d)[0], "entities", ["ENT-9"]), "dangling_screen", "UI-1"),
        (lambda d: setattr(screens(d)[1], "name", "recipes"), "duplicate_screen", "UI-2"),
        (lambda d: setattr(screens(d)[1], "route", "/recipes"), "duplicate_route", "UI-2"),
        (
            lambda d: screens(d).append(Component(id="UI-3", name="Board", kind="board", entities=["ENT-2"])),
            "board_without_stages",
            "UI-3",
        ),
        (
            lambda d: screens(d).append(
                Component(id="UI-3", name="Days", kind="calendar", entities=["ENT-1"])
            ),
            "calendar_without_date",
            "UI-3",
        ),
        (
            lambda d: d.sections.behaviors.rules[0].params.update(entity="ENT-9"),
            "dangling_permission",
            "RULE-1",
        ),
    ],
)
def test_each_flaw_blocks_the_build_and_names_its_item(change: Change, code: str, item: str) -> None:
    document = recipe_box()
    change(document)
    assert (code, item) in [(blocker.code, blocker.item) for blocker in assess(document)]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: ask(d, must=False),
        lambda d: screens(d).append(Component(id="UI-3", name="Welcome", kind="landing", route="/")),
        lambda d: screens(d).append(Component(id="UI-3", name="Lanes", kind="board", entities=["ENT-1"])),
        lambda d: setattr(d.sections.dependencies, "items", []),
    ],
)
def test_what_is_optional_does_not_block(change: Change) -> None:
    document = recipe_box()
    change(document)
    assert assess(document) == []


def test_a_page_without_data_is_a_plan_of_its_own() -> None:
    document = BlueprintDocument(feature_name="Landing")
    screens(document).append(Component(id="UI-1", name="Home", kind="landing", route="/"))
    assert assess(document) == []


def test_assessing_leaves_the_document_alone() -> None:
    document = recipe_box()
    assess(document)
    with_statuses(document)
    assert document == recipe_box()


def test_sections_are_empty_partial_or_complete() -> None:
    assert set(section_statuses(BlueprintDocument(feature_name="x")).values()) == {"empty"}
    document = recipe_box()
    assert section_statuses(document) == {
        "dataModel": "complete",
        "apiEndpoints": "complete",
        "uiComponents": "complete",
        "dependencies": "complete",
        "designSystem": "empty",
        "behaviors": "complete",
    }
    entity(document, "Comment").relations[0].target = "ENT-9"
    ask(document, must=True)
    statuses = section_statuses(document)
    assert (statuses["dataModel"], statuses["behaviors"], statuses["uiComponents"]) == (
        "partial",
        "partial",
        "complete",
    )


def test_a_design_is_complete_with_a_style_or_both_leading_colors() -> None:
    document = recipe_box()
    design = document.sections.design_system
    design.colors.append(ColorToken(id="TOK-1", role="primary", value="#112233"))
    assert section_statuses(document)["designSystem"] == "partial"
    design.colors.append(ColorToken(id="TOK-2", role="background", value="#ffffff"))
    assert section_statuses(document)["designSystem"] == "complete"
    assert with_statuses(document).sections.design_system.status == "complete"
