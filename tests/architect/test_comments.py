"""What the offline Architect makes of comments on items: it acts on the item they are about, and says so."""

from __future__ import annotations

import pytest

from blueprints.architect.offline import OfflineArchitect
from blueprints.architect.port import Delta, ItemComment, Proposal, Turn
from blueprints.plan.items import label
from blueprints.schemas import BlueprintDocument, ColorToken
from tests.blueprints.documents import recipe_box


def after(
    document: BlueprintDocument, *comments: tuple[str, str], message: str = ""
) -> tuple[BlueprintDocument, str]:
    told = tuple(ItemComment(item, label(document, item), text) for item, text in comments)
    events = list(OfflineArchitect().reply(Turn(document, message, "m1", comments=told)))
    reply = "".join(event.text for event in events if isinstance(event, Delta))
    assert isinstance(events[-1], Proposal)
    return events[-1].document, reply


def item(document: BlueprintDocument, item_id: str):
    return next((found for found in document.items() if found.id == item_id), None)


@pytest.mark.parametrize("item_id", ["ENT-2", "FLD-1", "REL-1", "API-2", "UI-2", "DEP-1", "RULE-1"])
@pytest.mark.parametrize("text", ["Remove this.", "please delete it", "not needed"])
def test_remove_this_removes_the_item_and_nothing_like_it(item_id, text):
    document, reply = after(recipe_box(), (item_id, text))
    assert item(document, item_id) is None
    assert "took out" in reply


@pytest.mark.parametrize(
    "text", ["make it optional", "Should be optional", "this is not required", "optional please"]
)
def test_a_field_becomes_optional(text):
    document, reply = after(recipe_box(), ("FLD-1", text))
    assert item(document, "FLD-1").required is False
    assert "Recipe.title is now optional" in reply


@pytest.mark.parametrize(
    "text",
    ["rename to headline", "call it headline", "should be called “headline”", "Rename this to headline."],
)
def test_a_field_gets_another_name(text):
    document, reply = after(recipe_box(), ("FLD-1", text))
    assert item(document, "FLD-1").name == "headline"
    assert "headline" in reply


def test_an_entity_is_renamed_with_what_is_named_after_it():
    document, _ = after(recipe_box(), ("ENT-1", "Call it dish"))
    assert item(document, "ENT-1").name == "Dish"
    assert item(document, "API-1").path == "/api/dishes/"


def test_types_and_choices_are_set():
    document, _ = after(recipe_box(), ("FLD-1", "make it a number"), ("FLD-3", "one of good, bad or ugly"))
    assert item(document, "FLD-1").type in ("integer", "decimal")
    assert (item(document, "FLD-3").type, item(document, "FLD-3").choices) == (
        "choice",
        ["good", "bad", "ugly"],
    )


def test_a_colour_is_changed():
    plan = recipe_box()
    plan.sections.design_system.colors = [
        ColorToken(id="TOK-1", role="primary", value="#112233", name="night")
    ]
    document, _ = after(plan, ("TOK-1", "make it dark green"))
    assert item(document, "TOK-1").value not in ("#112233", "")


def test_two_orders_in_one_comment_are_both_done():
    document, _ = after(recipe_box(), ("FLD-1", "make it optional and call it headline"))
    assert (item(document, "FLD-1").required, item(document, "FLD-1").name) == (False, "headline")


def test_what_is_no_order_is_read_as_a_sentence_about_the_item():
    document, _ = after(recipe_box(), ("ENT-2", "add a rating"))
    assert "rating" in [field.name for field in item(document, "ENT-2").fields]
    assert "rating" not in [field.name for field in item(document, "ENT-1").fields]


def test_a_comment_goes_together_with_what_is_said():
    document, reply = after(
        recipe_box(), ("FLD-1", "make it optional"), message="Add a servings count to recipes"
    )
    assert item(document, "FLD-1").required is False
    assert len(item(document, "ENT-1").fields) == 3
    assert "optional" in reply and "servings" in reply


def test_a_lock_is_respected_and_named():
    plan = recipe_box()
    plan.sections.data_model.entities[0].fields[0].locked = ["name"]
    document, reply = after(plan, ("FLD-1", "remove this"))
    assert item(document, "FLD-1") is not None
    assert "by hand" in reply and "Unlock" in reply


def test_a_locked_setting_of_the_design_is_respected_and_named():
    plan = recipe_box()
    plan.sections.design_system.theme, plan.locked = "dark", ["designSystem.theme"]
    document, reply = after(plan, message="Use a light theme")
    assert document.sections.design_system.theme == "dark"
    assert "theme" in reply and "by hand" in reply
