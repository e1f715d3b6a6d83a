"""The conversation: stored first, answered one at a time and in order, stopped, retried, never lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from blueprints import services, turns
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.signals import build_requested
from studio.core import hub
from studio.core.errors import Conflict, InvalidInput
from studio.models import Project
from studio.runtime import shutdown

transactional = pytest.mark.django_db(transaction=True)


def send(blueprint, author, text):
    return services.send_message(blueprint=blueprint, author=author, text=text, dispatch=False)


def in_thread(function, *arguments, **options):
    """Run in a thread with a database connection of its own."""

    def run():
        try:
            return function(*arguments, **options)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def eventually(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


# What may be said


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x07\x1b"])
def test_an_empty_message_is_refused_and_stores_nothing(blueprint, ada, text):
    with pytest.raises(InvalidInput) as refusal:
        send(blueprint, ada, text)
    assert refusal.value.code == "empty_message"
    assert not blueprint.messages.exists()


def test_a_hundred_thousand_characters_are_refused_naming_the_limit(blueprint, ada):
    with pytest.raises(InvalidInput, match="50,000 fit") as refusal:
        send(blueprint, ada, "x" * 100_000)
    assert refusal.value.code == "too_long"
    assert not blueprint.messages.exists()


@pytest.mark.parametrize("text", ["PK\x03\x04\x00\x00", "half \ud83d"])
def test_what_is_not_text_is_refused(blueprint, ada, text):
    with pytest.raises(InvalidInput) as refusal:
        send(blueprint, ada, text)
    assert refusal.value.code == "not_text"


def test_a_message_is_stored_as_written_but_for_line_ends_and_control_characters(blueprint, ada):
    reply = send(blueprint, ada, "  Hi\r\nthere\u2028👩‍🌾\x07 \ttab  ")
    assert reply.in_reply_to.content == "Hi\nthere\n👩‍🌾 \ttab"


def test_nobody_talks_about_an_archived_plan_or_a_project_that_is_being_deleted(blueprint, ada, project):
    Blueprint.objects.update(status="archived")
    with pytest.raises(Conflict):
        send(blueprint, ada, "hello")
    Blueprint.objects.update(status="draft")
    Project.objects.update(status="deleting")
    with pytest.raises(Conflict):
        send(blueprint, ada, "hello")


# One turn


@transactional
def test_a_message_sent_in_the_workspace_wakes_a_worker(blueprint, ada):
    services.send_message(blueprint=blueprint, author=ada, text="add Cat")
    assert hub.client().llen("architect") == 1


@transactional
def test_a_message_that_the_broker_lost_is_sent_again_by_the_sweeper(blueprint, ada):
    reply = services.send_message(blueprint=blueprint, author=ada, text="add Cat")
    hub.client().flushall()
    assert services.sweep_replies() == 0  # it may just be under way
    BlueprintMessage.objects.filter(pk=reply.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.sweep_replies() == 1
    assert hub.client().llen("architect") == 1
    assert services.sweep_replies() == 0  # reminded, not nagged


def test_a_message_is_stored_with_a_queued_reply_before_anybody_answers(blueprint, ada, architect):
    reply = send(blueprint, ada, "add Cat")
    assert (reply.number, reply.status, reply.in_reply_to.number) == (2, "queued", 1)
    assert not architect.turns


def test_a_turn_changes_the_plan_and_keeps_a_snapshot(blueprint, say):
    reply = say("add Cat\nsay Cats it is.")
    assert (reply.status, reply.content) == ("done", "Cats it is. Done with 'add Cat\\nsay Cats it is.'.")
    assert blueprint.version == reply.blueprint_version == 1
    assert reply.blueprint_snapshot["sections"]["dataModel"]["entities"][0]["name"] == "Cat"
    assert reply.changes["added"] == ["ENT-1", "FLD-1", "UI-1"]
    assert reply.changes["summary"].startswith("+1 entity")
    assert blueprint.document.entity("Cat").source == str(reply.in_reply_to_id)


def test_readiness_is_computed_not_believed(blueprint, say):
    assert [blocker["code"] for blocker in blueprint.blockers] == ["empty_plan"]
    say("add Cat")
    assert blueprint.ready_to_build and blueprint.blockers == []
    assert blueprint.sections["dataModel"]["status"] == "complete"


def test_a_turn_that_changes_nothing_makes_no_version(blueprint, say):
    reply = say("say Hello.")
    assert (blueprint.version, reply.blueprint_version, reply.blueprint_snapshot) == (0, None, None)


def test_the_architect_hears_what_was_said_before(say, architect, project):
    say("say One.")
    say("fail")
    say("say Two.")
    turn = architect.turns[-1]
    assert [message.content for message in turn.history] == ["say One.", "One. Done with 'say One.'.", "fail"]
    assert (turn.message, turn.project_name, turn.template) == ("say Two.", "Aeries", "social-world")


def test_running_a_finished_reply_again_changes_nothing(blueprint, say, architect):
    reply = say("add Cat")
    assert services.run_reply(reply_id=reply.pk).content == reply.content
    assert len(architect.turns) == 1


# Building by word


@pytest.fixture
def requests():
    heard = []

    def hear(sender, blueprint, by, **_):
        heard.append((blueprint, by))

    build_requested.connect(hear)
    yield heard
    build_requested.disconnect(hear)


def test_asking_to_build_a_ready_plan_is_told_before_the_commit(blueprint, say, requests, ada):
    """In this test nothing is ever committed."""
    reply = say("add Cat\nbuild")
    assert requests == [(blueprint, ada)]
    assert reply.build_requested


@transactional
def test_asking_to_build_a_plan_that_is_not_ready_starts_nothing(say, requests):
    reply = say("build")
    assert reply.build_requested and not requests


@transactional
def test_a_listener_that_fails_is_logged_and_loses_no_turn(blueprint, say, caplog):
    def refuse(sender, **_):
        raise Conflict("A build is running.")

    build_requested.connect(refuse)
    try:
        assert say("add Cat\nbuild").status == "done"
    finally:
        build_requested.disconnect(refuse)
    assert blueprint.version == 1
    assert "A build is running." in caplog.text and "qualname" not in caplog.text


# Failing and trying again


def test_a_failure_keeps_the_words_so_far_and_says_why(blueprint, say):
    reply = say("add Cat\nfail")
    assert (reply.status, reply.content) == ("failed", "Let me th")
    assert reply.error == {
        "code": "rate_limited",
        "message": "Too many requests; try again in a minute.",
        "retryable": True,
    }
    assert blueprint.version == 0


def test_a_defect_is_told_without_its_innards(say, caplog):
    reply = say("break")
    assert reply.error["code"] == "defect" and "swordfish" not in str(reply.error)
    assert "swordfish" in caplog.text


def test_a_plan_that_cannot_be_read_is_told_at_once(blueprint, ada, caplog):
    reply = send(blueprint, ada, "add Cat")
    Blueprint.objects.filter(pk=blueprint.pk).update(sections={"cellar": {}})
    assert services.run_reply(reply_id=reply.pk).error["code"] == "defect"


def test_a_failed_reply_is_retried_in_its_place(blueprint, say):
    failed = say("fail")
    BlueprintMessage.objects.filter(pk=failed.in_reply_to_id).update(content="add Cat")
    services.retry_reply(reply=failed)
    reply = services.answer(reply=failed)
    assert (reply.pk, reply.status, reply.error) == (failed.pk, "done", None)
    assert blueprint.messages.count() == 2


def test_a_reply_that_went_well_is_not_retried(say):
    reply = say("say Fine.")
    with pytest.raises(Conflict):
        services.retry_reply(reply=reply)


# Stopping


@transactional
def test_stopping_keeps_the_words_and_changes_no_plan(blueprint, ada, architect):
    reply = send(blueprint, ada, "add Cat\nwait")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    stopped = services.stop_reply(reply=reply)
    assert stopped.status == "stopped"
    architect.go.set()
    writing.result(60)
    reply.refresh_from_db()
    blueprint.refresh_from_db()
    assert reply.status == "stopped" and reply.content.startswith("Well")
    assert blueprint.version == 0


@transactional
def test_after_a_stop_the_next_message_is_answered_at_once(blueprint, ada, architect):
    first = send(blueprint, ada, "wait")
    writing = in_thread(services.run_reply, reply_id=first.pk)
    assert architect.waiting.wait(60)
    services.stop_reply(reply=first)
    second = services.answer(reply=send(blueprint, ada, "add Dog"))
    assert second.status == "done"
    architect.go.set()
    writing.result(60)


def test_a_queued_reply_can_be_stopped_and_stopping_twice_is_harmless(blueprint, ada):
    reply = send(blueprint, ada, "say Hello.")
    assert services.stop_reply(reply=reply).status == "stopped"
    at = reply.completed_at
    assert services.stop_reply(reply=reply).completed_at == at
    assert services.run_reply(reply_id=reply.pk).status == "stopped"


# Order and turns


def test_messages_are_answered_in_order_whoever_asks_first(blueprint, ada, architect):
    first, second = send(blueprint, ada, "add Cat"), send(blueprint, ada, "add Dog")
    assert services.run_reply(reply_id=second.pk).status == "queued"
    assert services.answer(reply=second).status == "done"
    first.refresh_from_db()
    assert first.status == "done"
    assert [turn.message for turn in architect.turns] == ["add Cat", "add Dog"]
    assert architect.turns[1].document.entity("Cat") is not None


@transactional
def test_one_reply_is_written_at_a_time(blueprint, ada, architect):
    first = send(blueprint, ada, "wait")
    writing = in_thread(services.run_reply, reply_id=first.pk)
    assert architect.waiting.wait(60)
    second = send(blueprint, ada, "add Dog")
    answering = in_thread(services.answer, reply=second)
    time.sleep(0.2)
    second.refresh_from_db()
    assert second.status == "queued" and not answering.done()
    architect.go.set()
    assert writing.result(60).status == "done"
    assert answering.result(60).status == "done"


@transactional
def test_a_reply_that_is_retried_waits_for_the_one_being_written(blueprint, ada, architect):
    earlier = send(blueprint, ada, "add Cat")
    services.stop_reply(reply=earlier)
    later = send(blueprint, ada, "wait")
    writing = in_thread(services.run_reply, reply_id=later.pk)
    assert architect.waiting.wait(60)
    services.retry_reply(reply=earlier)
    assert turns.first_in_line(blueprint.pk) == later
    answering = in_thread(services.answer, reply=earlier)
    architect.go.set()
    assert writing.result(60).status == "done"
    assert answering.result(60).status == "done"


@transactional
def test_a_hundred_simultaneous_messages_are_numbered_without_gaps(blueprint, ada):
    barrier = threading.Barrier(10)

    def shout(person):
        barrier.wait(10)
        for number in range(10):
            send(blueprint, ada, f"say {person} {number}")

    for future in [in_thread(shout, person) for person in range(10)]:
        future.result(60)
    numbers = list(blueprint.messages.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 201))


@transactional
def test_of_ten_workers_given_the_same_reply_one_writes_it(blueprint, ada, architect):
    reply = send(blueprint, ada, "say Once.")
    for future in [in_thread(services.run_reply, reply_id=reply.pk) for _ in range(10)]:
        future.result(20)
    assert len(architect.turns) == 1


# Edits while the Architect thinks


@transactional
def test_an_edit_made_while_the_architect_thinks_is_kept_with_what_it_says(blueprint, say, ada, architect):
    say("add Cat\nadd Hen")
    reply = send(blueprint, ada, "wait\nadd Dog")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    edited = blueprint.document
    edited.entity("Cat").name = "Tiger"
    edited.sections.data_model.entities.pop()  # no hens, though the Architect's draft still has them
    services.edit_document(blueprint=blueprint, version=1, document=edited, by=ada)
    architect.go.set()
    assert writing.result(60).status == "done"
    blueprint.refresh_from_db()
    assert [entity.name for entity in blueprint.document.sections.data_model.entities] == ["Tiger", "Dog"]
    assert blueprint.version == 3


# Workers that die


@transactional
def test_a_reply_whose_writer_died_is_written_again(blueprint, ada, architect):
    reply = send(blueprint, ada, "add Cat")
    dead = turns.claim(reply.pk, "a worker that dies")
    BlueprintMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1), content="Half a wo")
    assert services.sweep_replies() == 1
    reply = services.answer(reply=reply)
    assert (reply.status, reply.attempt) == ("done", 2)
    with pytest.raises(turns.ClaimLost):  # and should it come back to life, it changes nothing
        dead.write(content="zombie")


@transactional
def test_a_worker_that_is_asked_to_end_hands_its_reply_back(blueprint, ada, architect):
    reply = send(blueprint, ada, "add Cat\nwait")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    shutdown.begin()
    try:
        architect.go.set()
        left = writing.result(60)
    finally:
        shutdown.forget()
    assert (left.status, left.content, left.attempt, left.claimed_by) == ("queued", "", 0, "")
    done = services.answer(reply=reply)
    assert (done.status, done.attempt) == ("done", 1)
    blueprint.refresh_from_db()
    assert [entity.name for entity in blueprint.document.sections.data_model.entities] == ["Cat"]


@transactional
def test_so_it_does_while_the_architect_is_silent(blueprint, ada, architect):
    """It may be a minute until he says the next word."""
    reply = send(blueprint, ada, "add Cat\nwait")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    shutdown.begin()
    try:
        left = writing.result(60)
    finally:
        shutdown.forget()
        architect.go.set()
    assert (left.status, left.content, left.attempt, left.claimed_by) == ("queued", "", 0, "")


def test_a_message_that_kills_its_workers_fails_in_the_end(blueprint, ada):
    reply = send(blueprint, ada, "add Cat")
    for _ in range(turns.MOST_ATTEMPTS):
        assert turns.claim(reply.pk, "short-lived") is not None
        BlueprintMessage.objects.filter(pk=reply.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        services.sweep_replies()
    reply.refresh_from_db()
    assert (reply.status, reply.error["code"]) == ("failed", "worker_lost")


def test_a_living_writer_is_left_alone(blueprint, ada):
    reply = send(blueprint, ada, "add Cat")
    assert turns.claim(reply.pk, "alive") is not None
    assert services.sweep_replies() == 0


@transactional
def test_the_lease_is_renewed_while_the_architect_thinks(blueprint, ada, architect, settings):
    settings.OPERATION_HEARTBEAT_SECONDS = 0.05
    reply = send(blueprint, ada, "wait")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    soon = timezone.now() + timedelta(seconds=1)
    BlueprintMessage.objects.filter(pk=reply.pk).update(lease_until=soon)
    eventually(lambda: BlueprintMessage.objects.get(pk=reply.pk).lease_until > soon)
    architect.go.set()
    assert writing.result(60).status == "done"


@transactional
def test_a_conversation_deleted_while_being_answered_ends_quietly(blueprint, ada, architect):
    reply = send(blueprint, ada, "wait")
    writing = in_thread(services.run_reply, reply_id=reply.pk)
    assert architect.waiting.wait(60)
    Project.objects.all().delete()
    architect.go.set()
    assert writing.result(60) is None
