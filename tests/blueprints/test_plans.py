"""Plans by hand: edits and their locks, versions, restoring, and the states around a build."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from blueprints import services
from blueprints.models import Blueprint
from blueprints.schemas import BlueprintDocument, Component, Entity, EntityField
from studio.core.errors import Conflict, InvalidInput, NotFound
from studio.models import Project


def edit(blueprint, by, change, version=None):
    document = blueprint.document
    change(document)
    edited = services.edit_document(
        blueprint=blueprint,
        version=blueprint.version if version is None else version,
        document=document,
        by=by,
    )
    blueprint.refresh_from_db()
    return edited


def rename(old, new):
    def change(document: BlueprintDocument) -> None:
        document.entity(old).name = new

    return change


def names(blueprint):
    return [entity.name for entity in blueprint.document.sections.data_model.entities]


# Beginning


def test_a_plan_begins_empty_in_the_look_of_its_template(blueprint):
    assert (blueprint.version, blueprint.status, blueprint.ready_to_build) == (0, "draft", False)
    assert blueprint.sections["designSystem"]["style"] == "craft"


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b"])
def test_a_feature_needs_a_usable_name(project, name):
    with pytest.raises(InvalidInput):
        services.create_blueprint(project=project, feature_name=name)


def test_no_plan_begins_in_a_project_that_is_being_deleted(project):
    project.status = Project.Status.DELETING
    with pytest.raises(Conflict):
        services.create_blueprint(project=project, feature_name="World")


def test_the_current_plan_is_the_one_touched_last(project, blueprint, say):
    other = services.create_blueprint(project=project, feature_name="Shop")
    assert services.current_blueprint(project) == other
    say("add Cat")
    assert services.current_blueprint(project) == blueprint


@pytest.mark.django_db(transaction=True)
def test_two_first_messages_at_once_begin_one_plan(project):
    def begin():
        try:
            return services.ensure_blueprint(project=project)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        plans = {future.result(20) for future in [pool.submit(begin) for _ in range(8)]}
    assert len(plans) == 1 == Blueprint.objects.count()


# Edits


def test_what_a_person_edited_the_architect_cannot_change(blueprint, say, ada):
    say("add Cat")
    edit(blueprint, ada, rename("Cat", "Tiger"))
    assert blueprint.document.entity("Tiger").locked == ["name"]
    say("drop Tiger")
    assert names(blueprint) == ["Tiger"]


def test_leaving_a_lock_out_lifts_it(blueprint, say, ada):
    say("add Cat")
    edit(blueprint, ada, rename("Cat", "Tiger"))

    def unlock(document):
        document.entity("Tiger").locked = []

    edit(blueprint, ada, unlock)
    say("drop Tiger")
    assert names(blueprint) == []


def test_what_a_person_adds_gets_an_id_of_its_own_and_is_locked_as_a_whole(blueprint, say, ada):
    say("add Cat")

    def add(document):
        field = EntityField(id="new", name="title")
        document.sections.data_model.entities.append(Entity(id="mine", name="Dog", fields=[field]))
        document.sections.ui_components.components.append(
            Component(id="", name="Dogs", kind="list", entities=["mine"])
        )

    edit(blueprint, ada, add)
    dog = blueprint.document.entity("Dog")
    assert (dog.id, dog.locked, dog.fields[0].id) == ("ENT-2", ["*"], "FLD-2")
    assert blueprint.document.sections.ui_components.components[-1].entities == ["ENT-2"]


def test_what_a_person_removes_is_gone(blueprint, say, ada):
    say("add Cat\nadd Dog")

    def remove(document):
        document.sections.data_model.entities.pop(0)

    edit(blueprint, ada, remove)
    assert names(blueprint) == ["Dog"]
    assert not blueprint.ready_to_build  # the list of cats has nothing to show


def test_an_edit_is_told_in_the_conversation_as_a_version(blueprint, say, ada):
    say("add Cat")
    edit(blueprint, ada, rename("Cat", "Tiger"))
    told = blueprint.messages.last()
    assert (told.role, told.author, told.blueprint_version) == ("event", ada, 2)
    assert told.content == "Edited the plan: 1 changed"


def test_an_edit_that_changes_nothing_makes_no_version(blueprint, say, ada):
    say("add Cat")
    edit(blueprint, ada, lambda document: None)
    assert blueprint.version == 1 and blueprint.messages.count() == 2


def test_who_edits_an_older_version_is_told_and_overwrites_nothing(blueprint, say, ada, ben):
    say("add Cat")
    edit(blueprint, ada, rename("Cat", "Tiger"), version=1)
    with pytest.raises(Conflict) as refusal:
        edit(blueprint, ben, rename("Tiger", "Lion"), version=1)
    assert refusal.value.code == "version_conflict" and refusal.value.details["version"] == 2
    blueprint.refresh_from_db()
    assert names(blueprint) == ["Tiger"]


# Versions


def test_restoring_a_version_is_a_new_version(blueprint, say, ada):
    say("add Cat")
    say("add Dog")
    services.restore_version(blueprint=blueprint, number=1, by=ada)
    blueprint.refresh_from_db()
    assert names(blueprint) == ["Cat"] and blueprint.version == 3
    assert blueprint.messages.last().content.startswith("Restored version 1")


def test_ids_used_since_are_not_given_again_after_restoring(blueprint, say, ada):
    say("add Cat")
    say("add Dog")
    services.restore_version(blueprint=blueprint, number=1, by=ada)
    say("add Cow")
    assert blueprint.document.entity("Cow").id == "ENT-3"


def test_restoring_what_is_there_already_changes_nothing(blueprint, say, ada):
    say("add Cat")
    services.restore_version(blueprint=blueprint, number=1, by=ada)
    blueprint.refresh_from_db()
    assert blueprint.version == 1 and blueprint.messages.count() == 2


def test_a_version_that_never_was_is_not_found(blueprint, ada):
    with pytest.raises(NotFound):
        services.restore_version(blueprint=blueprint, number=7, by=ada)


# Around a build


def test_a_built_plan_that_changes_is_a_draft_again(blueprint, say):
    say("add Cat")
    services.mark_building(blueprint=blueprint)
    services.mark_built(blueprint=blueprint, version=1, feature_slug="world")
    blueprint.refresh_from_db()
    assert (blueprint.status, blueprint.built_version, blueprint.built_feature_slug) == ("built", 1, "world")
    say("say Nice.")
    assert blueprint.status == "built"
    say("add Dog")
    assert (blueprint.status, blueprint.built_version) == ("draft", 1)


def test_the_architect_knows_whether_a_version_runs_already(blueprint, say, architect):
    say("add Cat")
    services.mark_built(blueprint=blueprint, version=1, feature_slug="world")
    say("add Dog")
    assert [turn.built for turn in architect.turns] == [False, True]


def test_a_plan_changed_during_its_build_is_a_draft_afterwards(blueprint, say):
    say("add Cat")
    services.mark_building(blueprint=blueprint)
    say("add Dog")
    assert blueprint.status == "building"
    services.mark_built(blueprint=blueprint, version=1, feature_slug="world")
    blueprint.refresh_from_db()
    assert (blueprint.status, blueprint.version, blueprint.built_version) == ("draft", 2, 1)


@pytest.mark.parametrize(("built", "status"), [(None, "draft"), (1, "built")])
def test_after_a_failed_build_the_plan_is_what_it_was(blueprint, say, built, status):
    say("add Cat")
    Blueprint.objects.update(built_version=built)
    blueprint.refresh_from_db()
    services.mark_building(blueprint=blueprint)
    services.mark_build_failed(blueprint=blueprint)
    services.mark_build_failed(blueprint=blueprint)
    blueprint.refresh_from_db()
    assert blueprint.status == status


def test_a_plan_is_not_deleted_while_it_is_being_built(blueprint):
    services.mark_building(blueprint=blueprint)
    with pytest.raises(Conflict):
        services.delete_blueprint(blueprint=blueprint)
    services.mark_build_failed(blueprint=blueprint)
    services.delete_blueprint(blueprint=blueprint)
    assert not Blueprint.objects.exists()


def test_an_archived_plan_is_not_built(blueprint):
    Blueprint.objects.update(status="archived")
    with pytest.raises(Conflict):
        services.mark_building(blueprint=blueprint)
