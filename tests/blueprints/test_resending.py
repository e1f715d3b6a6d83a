"""Second thoughts: a message sent again in other words, brought back, withdrawn. Nothing said is deleted."""

from __future__ import annotations

import json

import pytest

from blueprints import services
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.panes import conversation
from blueprints.schemas import Entity
from studio.access import viewer_of
from studio.core.errors import Conflict, Forbidden, InvalidInput
from tests.blueprints.test_conversation import eventually, in_thread, send, transactional


def again(reply: BlueprintMessage, by, text: str) -> BlueprintMessage:
    """Send the message that `reply` answered again as `text`; the new reply."""
    new = services.resend_message(message=reply.in_reply_to, by=by, text=text, dispatch=False)
    return services.answer(reply=new)


def entities(blueprint: Blueprint) -> list[str]:
    blueprint.refresh_from_db()
    return [entity.name for entity in blueprint.document.sections.data_model.entities]


def edit(blueprint: Blueprint, by, change) -> None:
    blueprint.refresh_from_db()
    document = blueprint.document
    change(document)
    services.edit_document(blueprint=blueprint, version=blueprint.version, document=document, by=by)


def summary_of(name: str, text: str):
    def change(document):
        document.entity(name).description = text

    return change


def test_the_plan_goes_back_and_what_followed_is_kept_as_replaced(blueprint, say, ada, architect):
    say("add Cat")
    second = say("add Dog")
    say("add Bird")
    reply = again(second, ada, "add Fish")
    assert entities(blueprint) == ["Cat", "Fish"]
    new = reply.in_reply_to
    replaced = blueprint.messages.filter(replaced_by=new).order_by("number")
    assert [row.content for row in replaced if row.role == "user"] == ["add Dog", "add Bird"]
    assert replaced.count() == 4 and blueprint.messages.count() == 8
    assert [past.content for past in architect.turns[-1].history] == ["add Cat", "Done with 'add Cat'."]
    assert new.rewinds and new.blueprint_version == 4 and reply.blueprint_version == 5
    assert blueprint.document.entity("Fish").id == "ENT-4"  # no number is given twice


def test_the_first_message_can_be_said_again_too(blueprint, say, ada):
    style = blueprint.document.sections.design_system.style
    again(say("add Cat"), ada, "add Dog")
    assert entities(blueprint) == ["Dog"]
    assert blueprint.document.sections.design_system.style == style


def test_edits_by_hand_since_then_stay(blueprint, say, ada):
    say("add Cat")
    second = say("add Dog")
    edit(blueprint, ada, summary_of("Cat", "Purrs."))
    edit(
        blueprint,
        ada,
        lambda document: document.sections.data_model.entities.append(Entity(id="ENT-9", name="Owner")),
    )
    again(second, ada, "add Fish")
    assert entities(blueprint) == ["Cat", "Owner", "Fish"]
    cat = blueprint.document.entity("Cat")
    assert (cat.description, cat.locked) == ("Purrs.", ["description"])


def test_an_edit_that_lost_its_ground_is_told_with_the_version_that_has_it(blueprint, say, ada):
    second = say("add Dog")
    edit(blueprint, ada, summary_of("Dog", "Barks."))
    again(second, ada, "add Fish")
    told = blueprint.messages.filter(role="event", content__startswith="Edited by hand, but").get()
    assert "Dog" in told.content and "Version 2" in told.content
    kept = services.version_of(blueprint, 2).blueprint_snapshot
    assert kept["sections"]["dataModel"]["entities"][0]["description"] == "Barks."


def test_what_was_replaced_can_be_brought_back_and_forth(blueprint, say, ada):
    say("add Cat")
    second = say("add Dog")
    fish = again(second, ada, "add Fish")
    edit(blueprint, ada, summary_of("Cat", "Purrs."))
    services.bring_back(message=second.in_reply_to, by=ada)
    assert entities(blueprint) == ["Cat", "Dog"]
    assert blueprint.document.entity("Cat").description == "Purrs."
    second.refresh_from_db()
    fish.refresh_from_db()
    assert second.replaced_by is None and fish.replaced_by.role == "event"
    services.bring_back(message=fish, by=ada)
    assert entities(blueprint) == ["Cat", "Fish"]
    assert blueprint.document.entity("Cat").description == "Purrs."


def test_what_replaced_it_has_to_count_before_it_can_be_brought_back(blueprint, say, ada):
    first = say("add Cat")
    dog = again(first, ada, "add Dog")
    again(dog, ada, "add Fish")
    with pytest.raises(Conflict, match="bring that back first"):
        services.bring_back(message=first.in_reply_to, by=ada)
    services.bring_back(message=dog.in_reply_to, by=ada)
    services.bring_back(message=first.in_reply_to, by=ada)
    assert entities(blueprint) == ["Cat"]
    with pytest.raises(Conflict, match="counts already"):
        services.bring_back(message=first.in_reply_to, by=ada)


def test_only_who_wrote_it_and_only_while_it_counts(blueprint, say, ada, ben):
    first = say("add Cat")
    with pytest.raises(Forbidden):
        services.resend_message(message=first.in_reply_to, by=ben, text="add Dog")
    with pytest.raises(InvalidInput):
        services.resend_message(message=first.in_reply_to, by=ada, text=" ")
    again(first, ada, "add Dog")
    with pytest.raises(Conflict, match="counts no longer"):
        services.resend_message(message=first.in_reply_to, by=ada, text="add Fish")
    with pytest.raises(Conflict):
        services.retry_reply(reply=first)


def test_nothing_goes_back_while_the_plan_is_built(blueprint, say, ada):
    first = say("add Cat")
    services.mark_building(blueprint=blueprint)
    with pytest.raises(Conflict, match="being built"):
        services.resend_message(message=first.in_reply_to, by=ada, text="add Dog")
    assert entities(blueprint) == ["Cat"] and blueprint.messages.count() == 2


@transactional
def test_saying_again_what_is_being_answered_ends_that_answer(blueprint, ada, architect):
    reply = send(blueprint, ada, "wait\nadd Dog")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(20)
    new = services.resend_message(message=reply.in_reply_to, by=ada, text="add Fish", dispatch=False)
    architect.go.set()
    writing.result(20)
    assert services.answer(reply=new).status == "done"
    assert entities(blueprint) == ["Fish"]
    reply.refresh_from_db()
    assert reply.status == "stopped" and reply.replaced_by == new.in_reply_to


@transactional
def test_an_earlier_answer_under_way_comes_first(blueprint, ada, architect):
    first, second = send(blueprint, ada, "wait"), send(blueprint, ada, "add Dog")
    writing = in_thread(services.run_reply, reply_id=first.pk)
    assert architect.waiting.wait(20)
    with pytest.raises(Conflict, match="earlier message"):
        services.resend_message(message=second.in_reply_to, by=ada, text="add Fish")
    architect.go.set()
    writing.result(20)


@transactional
def test_a_waiting_message_is_withdrawn_and_one_whose_turn_has_come_is_not(blueprint, ada, architect):
    first, second = send(blueprint, ada, "wait"), send(blueprint, ada, "add Dog")
    writing = in_thread(services.run_reply, reply_id=first.pk)
    assert architect.waiting.wait(20)
    with pytest.raises(Conflict, match="stop the answer"):
        services.withdraw_message(message=first.in_reply_to)
    services.withdraw_message(message=second.in_reply_to)
    architect.go.set()
    writing.result(20)
    eventually(lambda: services.answer(reply=second).status == "stopped")
    third = services.answer(reply=send(blueprint, ada, "say Hi."))
    assert entities(blueprint) == [] and third.status == "done"
    assert "add Dog" not in [past.content for past in architect.turns[-1].history]


# In the workspace and in the API


def test_the_workspace_folds_what_was_replaced_and_offers_to_bring_it_back(client, blueprint, say, ada, ben):
    say("add Cat")
    second = say("add Dog")
    client.force_login(ada)
    page = f"/projects/{blueprint.project.slug}/"
    answer = client.post(
        f"{page}messages/",
        {"text": "add Fish", "instead_of": str(second.in_reply_to_id)},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200 and b"2 messages replaced" in answer.content
    assert client.post(f"{page}messages/", {"text": "x", "instead_of": "nonsense"}).status_code == 404
    services.answer(reply=BlueprintMessage.objects.get(status="queued"))
    assert client.post(f"{page}messages/{second.pk}/revivals/").status_code == 302
    assert entities(blueprint) == ["Cat", "Dog"]
    mine, his = (conversation(blueprint.project, viewer_of(user, blueprint.project)) for user in (ada, ben))
    assert [entry.can_edit for entry in mine.entries if getattr(entry, "role", "") == "user"] == [True, True]
    assert not any(getattr(entry, "can_edit", False) for entry in his.entries)


def test_an_api_client_sends_again_restores_and_reads_what_was_replaced(blueprint, say, ada, api):
    first = say("add Cat")
    client = api(ada)
    at = f"/api/projects/{blueprint.project_id}/blueprints/{blueprint.pk}/messages"
    body = client.post(f"{at}/{first.in_reply_to_id}/resend", {"message": "add Dog"}, format="json").json()
    assert body["reply"].startswith("Done") and json.dumps(body["blueprint"]).count('"Dog"') >= 1
    rows = {row["content"]: row for row in client.get(at).json()["data"]}
    assert rows["add Cat"]["replacedBy"] == rows["add Dog"]["id"] and rows["add Dog"]["replacedBy"] is None
    assert client.post(f"{at}/{first.in_reply_to_id}/restore", {}, format="json").status_code == 200
    assert entities(blueprint) == ["Cat"]
    assert client.post(f"{at}/{first.in_reply_to_id}/withdraw", {}, format="json").status_code == 409
