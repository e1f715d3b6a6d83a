"""The difference of two plans, as ids and as one line a person reads."""

from __future__ import annotations

from blueprints.changes import compare
from blueprints.schemas import Endpoint, Entity, EntityField
from tests.blueprints.documents import recipe_box


def test_nothing_changed_says_nothing() -> None:
    changes = compare(recipe_box(), recipe_box())
    assert not changes
    assert changes.summary == ""


def test_what_came_what_went_and_what_differs() -> None:
    before, after = recipe_box(), recipe_box()
    sections = after.sections
    sections.data_model.entities[0].name = "Dish"
    sections.data_model.entities[1].fields.append(EntityField(id="FLD-4", name="author"))
    for number in (3, 4):
        sections.data_model.entities.append(Entity(id=f"ENT-{number}", name=f"Thing{number}"))
    sections.api_endpoints.endpoints.append(Endpoint(id="API-3", path="/api/tags/"))
    del sections.ui_components.components[1]
    changes = compare(before, after)
    assert changes.added == ("FLD-4", "ENT-3", "ENT-4", "API-3")
    assert changes.changed == ("ENT-1", "ENT-2")
    assert changes.removed == ("UI-2",)
    assert changes.summary == "+2 entities, +1 endpoint, −1 screen, 2 changed"


def test_locks_and_confidence_are_no_change() -> None:
    before, after = recipe_box(), recipe_box()
    after.sections.data_model.entities[0].locked = ["name"]
    after.sections.data_model.entities[0].fields[0].confidence = 0.2
    after.sections.data_model.entities[0].source = "message-7"
    assert not compare(before, after)


def test_design_name_and_summary_are_told() -> None:
    before = recipe_box()
    after = recipe_box()
    after.sections.design_system.theme = "dark"
    after.feature_name = "Cookbook"
    assert compare(before, after).summary == "design changed, named “Cookbook”"
    after = recipe_box()
    after.summary = "Something else."
    assert compare(before, after).summary == "summary changed"
