"""A candidate made from an older document, carried over to the one that stands now."""

from __future__ import annotations

import pytest

from blueprints.rebase import rebase
from blueprints.schemas import BlueprintDocument, Component, Entity, EntityField, Relation


def document(*names: str) -> BlueprintDocument:
    result = BlueprintDocument(feature_name="Farm")
    for name in names:
        add(result, name)
    return result


def add(target: BlueprintDocument, name: str) -> Entity:
    field = EntityField(id=target.new_id("FLD"), name="title")
    entity = Entity(id=target.new_id("ENT"), name=name, fields=[field])
    target.sections.data_model.entities.append(entity)
    return entity


def drop(target: BlueprintDocument, name: str) -> None:
    data = target.sections.data_model
    data.entities = [entity for entity in data.entities if entity.name != name]


def copy(original: BlueprintDocument) -> BlueprintDocument:
    return original.model_copy(deep=True)


def names(target: BlueprintDocument) -> list[str]:
    return [entity.name for entity in target.sections.data_model.entities]


def test_a_candidate_made_from_what_stands_now_is_left_alone():
    base = document("Cat")
    candidate = copy(base)
    add(candidate, "Dog")
    assert rebase(base, candidate, copy(base)) == candidate


def test_what_only_the_person_changed_stays_as_she_left_it():
    base = document("Cat", "Dog")
    candidate, now = copy(base), copy(base)
    add(candidate, "Cow")
    now.entity("Cat").name = "Tiger"
    drop(now, "Dog")
    now.summary = "Hers"
    result = rebase(base, candidate, now)
    assert names(result) == ["Tiger", "Cow"]
    assert result.summary == "Hers"


def test_what_only_the_architect_changed_is_taken():
    base = document("Cat", "Dog")
    candidate, now = copy(base), copy(base)
    drop(candidate, "Dog")
    candidate.entity("Cat").description = "Purrs"
    candidate.feature_name = "Cats"
    add(now, "Cow")
    result = rebase(base, candidate, now)
    assert names(result) == ["Cat", "Cow"]
    assert result.entity("Cat").description == "Purrs"
    assert result.feature_name == "Cats"


def test_changes_of_both_to_one_entity_meet_field_by_field():
    base = document("Cat")
    candidate, now = copy(base), copy(base)
    candidate.entity("Cat").fields.append(EntityField(id=candidate.new_id("FLD"), name="colour"))
    now.entity("Cat").name = "Tiger"
    now.entity("Tiger").fields[0].name = "name"
    result = rebase(base, candidate, now)
    assert [field.name for field in result.entity("Tiger").fields] == ["name", "colour"]


def test_what_the_person_touched_survives_the_architect_s_removal():
    base = document("Cat")
    candidate, now = copy(base), copy(base)
    drop(candidate, "Cat")
    now.entity("Cat").description = "Mine"
    assert names(rebase(base, candidate, now)) == ["Cat"]


def test_a_restored_version_is_not_undone_by_a_candidate_made_before():
    base = document("Cat", "Dog", "Cow")
    candidate = copy(base)
    add(candidate, "Hen")
    now = document("Cat")
    now.counters = dict(base.counters)
    assert names(rebase(base, candidate, now)) == ["Cat", "Hen"]


@pytest.mark.parametrize("text", ["ENT-2", "see ENT-2"])
def test_ids_both_gave_are_told_apart_and_references_follow(text):
    base = document("Cat")
    candidate, now = copy(base), copy(base)
    dog = add(candidate, "Dog")
    cow = add(now, "Cow")
    assert dog.id == cow.id == "ENT-2"
    dog.description = text
    dog.relations.append(Relation(id=candidate.new_id("REL"), name="friend", target=dog.id))
    candidate.sections.ui_components.components.append(
        Component(id=candidate.new_id("UI"), name="Dogs", kind="list", entities=[dog.id])
    )
    result = rebase(base, candidate, now)
    moved = result.entity("Dog")
    assert names(result) == ["Cat", "Cow", "Dog"] and moved.id not in {"ENT-1", "ENT-2"}
    assert moved.relations[0].target == moved.id
    assert result.sections.ui_components.components[0].entities == [moved.id]
    assert moved.description == text  # what people wrote is no reference


def test_nothing_given_is_changed():
    base, candidate, now = document("Cat"), document("Cat", "Dog"), document("Cat", "Cow")
    before = [copy(item) for item in (base, candidate, now)]
    rebase(base, candidate, now)
    assert [base, candidate, now] == before


def test_two_changes_of_different_fields_of_one_item_meet():
    base = document("Cat")
    candidate, now = copy(base), copy(base)
    candidate.entity("Cat").fields[0].required = False
    now.entity("Cat").fields[0].name = "heading"
    met = rebase(base, candidate, now).entity("Cat").fields[0]
    assert (met.name, met.required) == ("heading", False)
