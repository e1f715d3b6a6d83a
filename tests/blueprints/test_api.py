"""Blueprints over HTTP: documents, versions, edits and the chat, in JSON and as a stream."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from blueprints import services, turns
from studio import services as studio_services
from studio.models import ApiKey

EXECUTE = [ApiKey.Scope.EXECUTE]


@pytest.fixture
def client(api, ada):
    return api(ada)


@pytest.fixture
def address(blueprint):
    return f"/api/projects/aeries/blueprints/{blueprint.pk}"


def chat(client, address, message, **more):
    return client.post(f"{address}/chat", {"message": message, **more})


# Plans


def test_a_blueprint_is_begun_read_and_listed(client, project, architect):
    made = client.post("/api/projects/aeries/blueprints", {"featureName": "World"})
    assert made.status_code == 201
    data = made.json()["data"]
    assert (data["featureName"], data["status"], data["readyToBuild"], data["version"]) == (
        "World",
        "draft",
        False,
        0,
    )
    assert data["blockers"][0]["code"] == "empty_plan"
    assert data["sections"]["designSystem"]["style"] == "craft"
    read = client.get(f"/api/projects/{project.pk}/blueprints/{data['id']}")
    assert read.json() == made.json() and read["ETag"] == '"0"'
    assert client.get("/api/projects/aeries/blueprints").json() == {"data": [data], "nextCursor": None}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/featureName"),
        ({"featureName": "   "}, "#/featureName"),
        ({"featureName": "World", "colour": "red"}, "#/colour"),
        ({"feature_name": "World"}, "#/featureName"),
        ({"featureName": 7}, "#/featureName"),
        ([], "#"),
        ({"featureName": "a\u0000b"}, "#/featureName"),
    ],
)
def test_a_wrong_body_is_refused_pointing_at_the_mistake(client, project, body, pointer):
    answer = client.post("/api/projects/aeries/blueprints", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert pointer in [mistake["pointer"] for mistake in answer.json()["errors"]]


def test_a_blueprint_of_another_project_is_not_found_here(client, ada, address, blueprint):
    studio_services.create_project(name="Other", template="dashboard", by=ada)
    assert client.get(address.replace("aeries", "other")).status_code == 404
    assert client.get(address).status_code == 200


def test_a_list_comes_in_pages_that_neither_repeat_nor_skip(client, project, architect):
    made = [services.create_blueprint(project=project, feature_name=f"Plan {number}") for number in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(
            "/api/projects/aeries/blueprints", {"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        seen += [item["featureName"] for item in page.json()["data"]]
        cursor = page.json()["nextCursor"]
        services.create_blueprint(project=project, feature_name="Newer")
    assert seen == [plan.feature_name for plan in reversed(made)]


def test_a_cursor_of_another_list_is_refused(client, project):
    for position in (["value", 3, "7"], ["time", "2026-01-01T00:00:00+00:00", "7"]):
        cursor = base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
        answer = client.get("/api/projects/aeries/blueprints", {"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/cursor")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1000", "cursor=zzz", "cursor=bnVsbA", "page=2"]
)
def test_a_wrong_query_is_refused(client, project, query):
    assert client.get(f"/api/projects/aeries/blueprints?{query}").status_code == 422


# Edits


def test_an_edit_needs_the_version_it_was_made_from(client, address, say):
    say("add Cat")
    answer = client.patch(address, {"summary": "Cats."})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_required")
    assert answer.json()["blueprint"]["version"] == 1
    assert client.patch(address, {"summary": "Cats.", "version": 1}).json()["data"]["version"] == 2
    assert client.patch(address, {"summary": "More cats."}, headers={"If-Match": '"2"'})["ETag"] == '"3"'


def test_the_loser_of_two_edits_gets_the_current_document(client, address, say):
    say("add Cat")
    client.patch(address, {"summary": "First.", "version": 1})
    answer = client.patch(address, {"summary": "Second.", "version": 1})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "version_conflict")
    assert (problem["blueprint"]["summary"], problem["blueprint"]["version"]) == ("First.", 2)


def test_an_edited_section_replaces_its_own_and_leaves_the_others(client, address, say):
    say("add Cat")
    model = client.get(address).json()["data"]["sections"]["dataModel"]
    model["entities"][0]["name"] = "Tiger"
    data = client.patch(address, {"version": 1, "sections": {"dataModel": model}}).json()["data"]
    assert data["sections"]["dataModel"]["entities"][0]["name"] == "Tiger"
    assert data["sections"]["dataModel"]["entities"][0]["locked"] == ["name"]
    assert data["sections"]["uiComponents"]["components"]


def test_an_edit_that_is_no_plan_is_refused_and_changes_nothing(client, address, say):
    say("add Cat")
    wrong = {
        "version": 1,
        "sections": {"dataModel": {"entities": [{"id": "ENT-1", "name": "Cat", "legs": 4}]}},
    }
    answer = client.patch(address, wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/sections/dataModel/entities/0/legs"
    assert client.get(address).json()["data"]["version"] == 1


def test_a_blueprint_is_deleted_unless_it_is_being_built(client, address, blueprint):
    services.mark_building(blueprint=blueprint)
    assert client.delete(address).status_code == 409
    services.mark_build_failed(blueprint=blueprint)
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


# The chat


def test_a_turn_answers_with_reply_blueprint_message_and_questions_at_the_top_level(client, address):
    answer = chat(client, address, "add Cat\nsay Cats it is.")
    document = answer.json()
    assert answer.status_code == 200
    assert set(document) == {"reply", "blueprint", "message", "openQuestions"}
    assert document["reply"].startswith("Cats it is.")
    assert document["blueprint"]["sections"]["dataModel"]["entities"][0]["name"] == "Cat"
    assert document["blueprint"]["readyToBuild"] is True
    assert document["message"]["changes"]["added"] == ["ENT-1", "FLD-1", "UI-1"]
    assert document["openQuestions"] == []


@pytest.mark.parametrize(
    ("message", "code"), [("", "empty_message"), ("x" * 100_000, "too_long"), ("a\u0000b", "invalid")]
)
def test_an_unusable_message_is_refused_and_stores_nothing(client, address, blueprint, message, code):
    answer = chat(client, address, message)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "#/message"
    assert not blueprint.messages.exists()


def test_a_failed_turn_is_a_problem_and_the_message_is_kept(client, address):
    answer = chat(client, address, "fail")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retryable"]) == (502, "rate_limited", True)
    assert problem["message"]["status"] == "failed"
    kept = client.get(f"{address}/messages").json()["data"]
    assert [message["content"] for message in kept] == ["fail", "Let me th"]


def test_a_turn_waits_for_the_messages_before_it(client, address, blueprint, ada):
    services.send_message(blueprint=blueprint, author=ada, text="add Cat", dispatch=False)
    entities = chat(client, address, "add Dog").json()["blueprint"]["sections"]["dataModel"]["entities"]
    assert [entity["name"] for entity in entities] == ["Cat", "Dog"]


def test_a_turn_takes_over_from_a_writer_that_died(client, address, blueprint, ada, settings):
    settings.OPERATION_LEASE_SECONDS = -1
    stuck = services.send_message(blueprint=blueprint, author=ada, text="add Cat", dispatch=False)
    assert turns.claim(stuck.pk, "dead") is not None
    settings.OPERATION_LEASE_SECONDS = 30
    assert chat(client, address, "add Dog").status_code == 200


async def stream(user_key, address, message):
    answer = await AsyncClient().post(
        f"{address}/chat",
        json.dumps({"message": message}),
        content_type="application/json",
        headers={"X-API-Key": user_key, "Accept": "text/event-stream"},
    )
    assert answer.status_code == 200 and answer["Content-Type"] == "text/event-stream"
    text = b"".join([part async for part in answer.streaming_content]).decode()
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in blocks]


@pytest.mark.django_db(transaction=True)
async def test_a_streamed_turn_ends_with_the_same_document(ada, address, blueprint):
    _, key = await sync_to_async(studio_services.create_api_key)(user=ada, name="stream", scopes=EXECUTE)
    events = await stream(key, address, "add Cat\nsay One two three.")
    *deltas, (last, document) = events
    assert last == "complete" and {kind for kind, _ in deltas} == {"delta"}
    assert "".join(data["text"] for _, data in deltas) == document["reply"]
    assert set(document) == {"reply", "blueprint", "message", "openQuestions"}


@pytest.mark.django_db(transaction=True)
async def test_a_streamed_turn_that_fails_ends_with_a_problem(ada, address, blueprint):
    _, key = await sync_to_async(studio_services.create_api_key)(user=ada, name="stream", scopes=EXECUTE)
    *_, (last, problem) = await stream(key, address, "fail")
    assert (last, problem["code"]) == ("error", "rate_limited")


@pytest.mark.django_db(transaction=True)
async def test_a_reply_is_written_to_its_end_though_its_listener_left(ada, address, blueprint, architect):
    _, key = await sync_to_async(studio_services.create_api_key)(user=ada, name="stream", scopes=EXECUTE)
    answer = await AsyncClient().post(
        f"{address}/chat",
        json.dumps({"message": "add Cat\nwait"}),
        content_type="application/json",
        headers={"X-API-Key": key, "Accept": "text/event-stream"},
    )
    words = aiter(answer.streaming_content)
    assert b"Well" in await anext(words)
    await words.aclose()
    architect.go.set()
    async with asyncio.timeout(60):
        while not await blueprint.messages.filter(status="done", role="architect").aexists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


# History


def test_versions_are_listed_read_and_restored(client, address, say):
    say("add Cat")
    say("say Nothing new.")
    say("add Dog")
    versions = client.get(f"{address}/versions").json()["data"]
    assert [version["version"] for version in versions] == [2, 1]
    first = client.get(f"{address}/versions/1").json()["data"]
    assert [entity["name"] for entity in first["document"]["sections"]["dataModel"]["entities"]] == ["Cat"]
    restored = client.post(f"{address}/versions/1/restore", {"version": 2}).json()["data"]
    assert restored["version"] == 3
    assert [entity["name"] for entity in restored["sections"]["dataModel"]["entities"]] == ["Cat"]
    assert client.post(f"{address}/versions/1/restore", {"version": 2}).status_code == 409
    assert client.get(f"{address}/versions/9").status_code == 404


def test_messages_come_oldest_first_with_author_and_changes(client, address, say):
    say("add Cat")
    person, architect = client.get(f"{address}/messages").json()["data"]
    assert (person["role"], person["author"], person["content"]) == ("user", "ada", "add Cat")
    assert (architect["role"], architect["author"], architect["blueprintVersion"]) == ("architect", None, 1)


@pytest.mark.parametrize("path", ["", "/messages", "/versions"])
def test_a_longer_conversation_needs_no_more_queries(
    client, address, say, django_assert_max_num_queries, path
):
    for number in range(6):
        say(f"add Cat{number}")
    client.get(address + path)
    with django_assert_max_num_queries(5):
        client.get(address + path)


def test_an_id_that_is_none_is_not_found(client, project):
    for wrong in ("x", "1", uuid.uuid4()):
        assert client.get(f"/api/projects/aeries/blueprints/{wrong}").status_code == 404
