"""Merging an Architect's document: a person's edits win, ids stay valid and with their items."""

from __future__ import annotations

from blueprints.editing import merge_candidate
from blueprints.readiness import assess
from blueprints.schemas import (
    BlueprintDocument,
    Component,
    Decision,
    Endpoint,
    Entity,
    EntityField,
    OpenQuestion,
    Reference,
    Relation,
)  # fmt: skip
from tests.blueprints.documents import recipe_box


def entity(document: BlueprintDocument, key: str) -> Entity:
    found = document.entity(key)
    assert found is not None
    return found


def test_a_clean_candidate_is_taken_over_whole() -> None:
    stored, candidate = recipe_box(), recipe_box()
    number = candidate.new_id("ENT")
    candidate.sections.data_model.entities.append(
        Entity(id=number, name="Tag", fields=[EntityField(id=candidate.new_id("FLD"), name="name")])
    )
    del candidate.sections.ui_components.components[1]
    assert merge_candidate(stored, candidate) == candidate
    assert stored == recipe_box()


def test_locked_fields_keep_the_persons_words_and_the_rest_may_change() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.sections.data_model.entities[0].locked = ["name"]
    stored.sections.data_model.entities[0].fields[0].locked = ["*"]
    stored.sections.ui_components.components[0].locked = ["purpose", "route"]
    stored.sections.ui_components.components[0].purpose = "Mine."
    renamed = candidate.sections.data_model.entities[0]
    renamed.name, renamed.plural, renamed.fields[0].type = "Dish", "Dishes", "text"
    candidate.sections.ui_components.components[0].purpose = "Theirs."
    candidate.sections.ui_components.components[0].name = "All recipes"
    merged = merge_candidate(stored, candidate)
    recipe = entity(merged, "ENT-1")
    assert (recipe.name, recipe.plural, recipe.fields[0].type) == ("Recipe", "Dishes", "string")
    screen = merged.sections.ui_components.components[0]
    assert (screen.purpose, screen.route, screen.name) == ("Mine.", "/recipes/", "All recipes")
    assert recipe.locked == ["name"]


def test_locks_are_known_by_wire_name() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.open_questions = [OpenQuestion(id="Q-1", topic="t", question="Mine?", locked=["question"])]
    candidate.open_questions = [OpenQuestion(id="Q-1", topic="t", question="Theirs?")]
    assert merge_candidate(stored, candidate).open_questions[0].question == "Mine?"


def test_what_a_person_edited_survives_a_candidate_that_drops_it() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.sections.data_model.entities[1].fields[0].locked = ["name"]
    candidate.sections.data_model.entities = candidate.sections.data_model.entities[:1]
    merged = merge_candidate(stored, candidate)
    assert [item.name for item in merged.sections.data_model.entities] == ["Recipe", "Comment"]


def test_an_architect_can_neither_set_nor_lift_a_lock() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.sections.data_model.entities[0].locked = ["name"]
    candidate.sections.data_model.entities[0].locked = []
    candidate.sections.data_model.entities[1].locked = ["*"]
    merged = merge_candidate(stored, candidate)
    assert [item.locked for item in merged.sections.data_model.entities] == [["name"], []]


def test_made_up_ids_are_replaced_and_what_points_at_them_follows() -> None:
    stored, candidate = recipe_box(), recipe_box()
    candidate.sections.data_model.entities.append(
        Entity(
            id="tag",
            name="Tag",
            fields=[EntityField(id="new", name="name")],
            relations=[Relation(id="x", name="recipe", target="ENT-1")],
        )
    )
    candidate.sections.data_model.entities[0].relations.append(
        Relation(id="y", name="main_tag", target="tag")
    )
    candidate.sections.api_endpoints.endpoints.append(Endpoint(id="?", path="/api/tags/", entity="tag"))
    candidate.sections.ui_components.components.append(
        Component(id="!", name="Tags", kind="list", entities=["tag"], route="/tags/")
    )
    candidate.sections.behaviors.rules[0].params["entity"] = "tag"
    merged = merge_candidate(stored, candidate)
    assert entity(merged, "Tag").id == "ENT-3"
    assert assess(merged) == []
    assert merged.sections.behaviors.rules[0].params["entity"] == "ENT-3"
    ids = [item.id for item in merged.items()]
    assert len(ids) == len(set(ids))


def test_retired_and_foreign_ids_are_not_given_out_again() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.counters["ENT"] = candidate.counters["ENT"] = 7
    fields = [EntityField(id="FLD-99999999", name="name")]
    candidate.sections.data_model.entities.append(Entity(id="ENT-5", name="Tag", fields=fields))
    candidate.sections.data_model.entities.append(Entity(id="API-1", name="Unit", fields=[]))
    merged = merge_candidate(stored, candidate)
    assert entity(merged, "Tag").id == "ENT-8"
    assert entity(merged, "Unit").id == "ENT-9"
    assert entity(merged, "Tag").fields[0].id == "FLD-4"
    assert merged.counters["ENT"] == 9


def test_an_item_that_lost_its_id_is_known_by_its_name() -> None:
    stored, candidate = recipe_box(), recipe_box()
    candidate.sections.data_model.entities[0].id = "recipe"
    candidate.sections.data_model.entities[0].fields[1].id = ""
    candidate.sections.data_model.entities[1].relations[0].target = "recipe"
    merged = merge_candidate(stored, candidate)
    assert entity(merged, "Recipe").id == "ENT-1"
    assert entity(merged, "Recipe").fields[1].id == "FLD-2"
    assert entity(merged, "Comment").relations[0].target == "ENT-1"


def test_a_repeated_id_stays_with_its_first_bearer() -> None:
    stored, candidate = recipe_box(), recipe_box()
    candidate.sections.data_model.entities.append(
        Entity(id="ENT-1", name="Tag", fields=[EntityField(id="FLD-1", name="name")])
    )
    merged = merge_candidate(stored, candidate)
    assert [item.id for item in merged.sections.data_model.entities] == ["ENT-1", "ENT-2", "ENT-3"]
    assert entity(merged, "Comment").relations[0].target == "ENT-1"
    assert merged.sections.api_endpoints.endpoints[0].entity == "ENT-1"


def test_a_decision_goes_by_the_id_of_the_question_it_answers() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.counters["Q"] = candidate.counters["Q"] = 1
    stored.open_questions = [OpenQuestion(id="Q-1", topic="access", question="Who?")]
    candidate.decisions = [Decision(id="made up", topic="access", question="Who?", value="all")]
    merged = merge_candidate(stored, candidate)
    assert [decision.id for decision in merged.decisions] == ["Q-1"]
    assert merged.open_questions == []


def test_references_and_counters_are_not_the_architects_to_change() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.references = [Reference(id="REF-1", type="url", origin="https://example.org/")]
    candidate.counters = {"ENT": 1}
    candidate.derived = ["ENT-1"]
    stored.derived = ["ENT-2"]
    merged = merge_candidate(stored, candidate)
    assert merged.references == stored.references
    assert merged.counters == recipe_box().counters
    assert merged.derived == ["ENT-2", "ENT-1"]


def test_two_new_items_with_one_id_get_one_each() -> None:
    stored, candidate = recipe_box(), recipe_box()
    for name in ("Tag", "Unit"):
        candidate.sections.data_model.entities.append(Entity(id="ENT-3", name=name))
    merged = merge_candidate(stored, candidate)
    assert (entity(merged, "Tag").id, entity(merged, "Unit").id) == ("ENT-3", "ENT-4")


def test_a_locked_name_or_setting_of_the_design_stays_as_the_person_left_it() -> None:
    stored, candidate = recipe_box(), recipe_box()
    stored.locked = ["summary", "designSystem.theme"]
    stored.sections.design_system.theme = "dark"
    candidate.summary, candidate.feature_name = "Theirs.", "Cook book"
    candidate.sections.design_system.theme, candidate.sections.design_system.border_radius = "light", 4
    merged = merge_candidate(stored, candidate)
    assert (merged.summary, merged.feature_name) == ("Recipes with comments.", "Cook book")
    assert (merged.sections.design_system.theme, merged.sections.design_system.border_radius) == ("dark", 4)
    assert merged.locked == ["summary", "designSystem.theme"]
