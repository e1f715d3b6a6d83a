"""Comments on items: stored as they are written, the writer's own until sent, sent with her next message."""

from __future__ import annotations

import pytest
from django.test import Client

from blueprints import comments, services
from blueprints.models import Blueprint, BlueprintComment
from tests.blueprints.documents import recipe_box

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(blueprint: Blueprint, ada) -> Blueprint:
    services.edit_document(blueprint=blueprint, version=0, document=recipe_box(), by=ada)
    blueprint.refresh_from_db()
    return blueprint


@pytest.fixture
def client(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def test_a_comment_is_kept_and_shown_at_its_item_and_above_the_composer(plan, client):
    box = client.get("/projects/aeries/plan/items/FLD-1/comments/", headers=HTMX).text
    assert "Comment on Recipe.title" in box
    answer = client.post(
        "/projects/aeries/plan/items/FLD-1/comments/", {"text": "Make it optional"}, headers=HTMX
    )
    assert "HX-Trigger" in answer.headers
    page = client.get("/projects/aeries/").text
    assert page.count("Make it optional") == 2 and "Send comment" in page


def test_an_empty_comment_is_refused_in_its_box(plan, client):
    answer = client.post("/projects/aeries/plan/items/FLD-1/comments/", {"text": "  "}, headers=HTMX)
    assert "comment is empty" in answer.text and not BlueprintComment.objects.exists()


def test_it_goes_with_the_writers_next_message_and_with_nobody_elses(plan, ada, ben, architect):
    mine = comments.add(blueprint=plan, item_id="ENT-1", text="Remove this", by=ada)
    bens = comments.add(blueprint=plan, item_id="ENT-2", text="Keep it", by=ben)
    reply = services.send_message(blueprint=plan, author=ada, text="say Hi.", dispatch=False)
    services.answer(reply=reply)
    for comment in (mine, bens):
        comment.refresh_from_db()
    assert mine.message == reply.in_reply_to and bens.message is None
    (told,) = architect.turns[-1].comments
    assert (told.item_id, told.label, told.text) == ("ENT-1", "Recipe", "Remove this")
    assert "Comment on ENT-1 (Recipe): Remove this" in architect.turns[-1].words


def test_comments_alone_are_a_message_and_stay_in_the_history(plan, ada, client, architect):
    client.post("/projects/aeries/plan/items/UI-1/comments/", {"text": "Call it Dishes"}, headers=HTMX)
    sent = client.post("/projects/aeries/messages/", {"text": ""}, headers=HTMX)
    assert sent.status_code == 200 and "Call it Dishes" in sent.text
    assert 'id="remarks" role="group"' not in sent.text
    services.answer(reply=plan.messages.get(role="architect"))
    reply = services.send_message(blueprint=plan, author=ada, text="say Hi.", dispatch=False)
    services.answer(reply=reply)
    assert "Call it Dishes" in architect.turns[-1].history[0].content
    assert f"#msg-{plan.messages.get(role='user', content='').pk}" in client.get("/projects/aeries/").text


def test_without_comments_an_empty_message_is_still_refused(plan, client):
    assert client.post("/projects/aeries/messages/", {"text": ""}, headers=HTMX).status_code == 422


def test_pending_it_can_be_reworded_and_deleted_by_its_writer_alone(plan, client, ada, ben):
    comment = comments.add(blueprint=plan, item_id="ENT-1", text="Remove this", by=ada)
    address = f"/projects/aeries/plan/comments/{comment.pk}/"
    assert "Remove this" in client.get(address, headers=HTMX).text
    client.post(address, {"text": "Rename this"}, headers=HTMX)
    comment.refresh_from_db()
    assert comment.text == "Rename this"
    others = Client()
    others.force_login(ben)
    assert others.post(f"{address}removals/", headers=HTMX).status_code == 403
    client.post(f"{address}removals/", headers=HTMX)
    assert not BlueprintComment.objects.exists()


def test_sent_it_is_no_longer_changed(plan, client, ada):
    comment = comments.add(blueprint=plan, item_id="ENT-1", text="Remove this", by=ada)
    services.send_message(blueprint=plan, author=ada, text="say Hi.", dispatch=False)
    assert (
        client.post(f"/projects/aeries/plan/comments/{comment.pk}/removals/", headers=HTMX).status_code == 409
    )


def test_the_api_does_the_same(plan, client):
    at = f"/api/projects/aeries/blueprints/{plan.pk}/comments"
    made = client.post(at, {"itemId": "FLD-1", "text": "Make it optional"}, content_type="application/json")
    assert made.status_code == 201 and made.json()["data"]["label"] == "Recipe.title"
    one = f"{at}/{made.json()['data']['id']}"
    client.patch(one, {"text": "Make it unique"}, content_type="application/json")
    assert [row["text"] for row in client.get(at).json()["data"]] == ["Make it unique"]
    said = client.post(
        f"/api/projects/aeries/blueprints/{plan.pk}/chat", {"message": ""}, content_type="application/json"
    )
    assert said.status_code == 200
    assert client.get(one).json()["data"]["messageId"] and client.delete(one).status_code == 409
    gone = client.post(at, {"itemId": "FLD-99", "text": "Hm"}, content_type="application/json")
    assert gone.status_code == 404


def test_the_list_asks_the_database_the_same_however_long_it_is(
    plan, client, ada, django_assert_max_num_queries
):
    for _ in range(6):
        comments.add(blueprint=plan, item_id="ENT-1", text="Hm", by=ada)
    with django_assert_max_num_queries(8):
        client.get(f"/api/projects/aeries/blueprints/{plan.pk}/comments")
