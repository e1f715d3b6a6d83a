"""The workspace's forms, as HTMX and as a plain browser send them."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from blueprints.models import BlueprintMessage
from operations.first_words import derive_name
from operations.models import Operation
from studio.models import Project
from tests.workspace.conftest import build_of, say

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mine(ada, browser_of):
    return browser_of(ada)


def toast(response) -> dict[str, str]:
    return json.loads(response.headers["HX-Trigger"])["toast"]


def test_the_first_message_begins_the_plan_and_is_queued_for_an_answer(project, mine):
    response = mine.post(reverse("messages", args=[project.slug]), {"text": "A recipe box"}, headers=HTMX)
    assert response.status_code == 200
    assert 'id="conversation" role="log"' in response.content.decode()
    assert "A recipe box" in response.content.decode()
    assert BlueprintMessage.objects.filter(status="queued", blueprint__project=project).count() == 1


def test_without_javascript_a_message_leads_back_to_the_workspace(project, mine):
    response = mine.post(reverse("messages", args=[project.slug]), {"text": "A recipe box"})
    assert response.headers["Location"] == f"/projects/{project.slug}/"


@pytest.mark.parametrize(("text", "cause"), [("  ", "empty"), ("x" * 100_000, "100,000"), ("a\x00b", "text")])
def test_a_message_that_cannot_be_sent_says_why_and_makes_nothing(project, mine, text, cause):
    response = mine.post(reverse("messages", args=[project.slug]), {"text": text}, headers=HTMX)
    assert response.status_code == 422
    assert cause in toast(response)["text"]
    assert not project.blueprints.exists()


def test_a_reply_can_be_stopped_and_tried_again(project, plan, ada, mine):
    say(plan, ada, "Hello", "So far", status="replying")
    reply = plan.messages.get(content="So far")
    stopped = mine.post(reverse("message-stops", args=[project.slug, reply.pk]), headers=HTMX)
    assert "Stopped." in stopped.content.decode()
    again = mine.post(reverse("message-retries", args=[project.slug, reply.pk]), headers=HTMX)
    assert 'aria-busy="true"' in again.content.decode()


def test_building_a_ready_plan_starts_one_build(project, plan, mine):
    for _ in range(2):
        response = mine.post(reverse("builds", args=[project.slug]), headers=HTMX)
        assert response.status_code == 200
    assert Operation.objects.filter(type="build", project=project).count() == 1
    assert "Waiting to build" in response.content.decode()


def test_building_without_a_plan_says_what_to_do(project, mine):
    response = mine.post(reverse("builds", args=[project.slug]), headers=HTMX)
    assert response.status_code == 409
    assert "Tell the Architect" in toast(response)["text"]


def test_a_refusal_is_a_page_of_its_own_without_javascript(project, mine):
    response = mine.post(reverse("builds", args=[project.slug]))
    assert response.status_code == 409
    assert "Tell the Architect" in response.content.decode()
    assert "Go to your projects" in response.content.decode()


def test_a_waiting_build_is_cancelled_at_once_and_can_be_retried(project, plan, mine):
    mine.post(reverse("builds", args=[project.slug]))
    build = Operation.objects.get(type="build")
    here = HTMX | {"HX-Current-URL": f"http://testserver/projects/{project.slug}/"}
    cancelled = mine.post(reverse("operation-cancellations", args=[build.pk]), headers=here)
    assert "Cancelled" in cancelled.content.decode()
    retried = mine.post(reverse("operation-retries", args=[build.pk]), headers=here)
    assert "In the queue" in retried.content.decode()


def test_cancelling_what_has_ended_says_so(project, plan, mine):
    build = build_of(plan, "succeeded")
    response = mine.post(reverse("operation-cancellations", args=[build.pk]), headers=HTMX)
    assert response.status_code == 409
    assert "already" in toast(response)["text"]


def test_a_template_and_a_name_make_a_project(ada, mine):
    response = mine.post(reverse("new-project", args=["social-world"]), {"name": "Village"})
    assert response.headers["Location"] == "/projects/village/"
    assert Project.objects.get(slug="village").template == "social-world"
    assert Operation.objects.get(project_slug="village").type == "spawn"


def test_a_form_that_is_sent_twice_makes_one_project(ada, mine):
    address = reverse("new-project", args=["social-world"])
    form = {"name": "Village", "sending": mine.get(address).context["sending"]}
    answers = [mine.post(address, form) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/projects/village/"] * 2
    assert Operation.objects.count() == 1
    assert mine.post(address, form | {"name": "Town"}).headers["Location"] == "/projects/town/"


@pytest.mark.parametrize(("name", "status"), [("Aeries", 409), ("", 422), ("x" * 81, 422), ("a/b", 422)])
def test_a_name_that_cannot_be_had_is_asked_for_again(project, mine, name, status):
    response = mine.post(reverse("new-project", args=["social-world"]), {"name": name})
    assert response.status_code == status
    assert 'aria-invalid="true"' in response.content.decode()
    assert Project.objects.count() == 1


def test_for_a_taken_name_a_free_one_is_filled_in(project, mine):
    page = mine.post(reverse("new-project", args=["social-world"]), {"name": "Aeries"}).content.decode()
    assert 'value="Aeries 2"' in page


def test_a_sentence_makes_a_project_and_is_its_first_message(ada, mine):
    response = mine.post(reverse("projects"), {"text": "I want a feed for one very good cat"}, headers=HTMX)
    project = Project.objects.get()
    assert response.headers["HX-Redirect"] == project.get_absolute_url()
    assert project.template == "photo-feed"
    assert project.blueprints.get().messages.filter(content="I want a feed for one very good cat").exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a recipe box: recipes with title and minutes; recipes have many comments", "Recipe box"),
        ("Hello! I want a to-do list with priorities.", "To-do list"),
        ("I want a booking page for a ceramics studio", "Booking ceramics studio"),
    ],
)
def test_the_name_ends_where_the_details_begin(text, name):
    assert derive_name(text) == name


def test_the_same_sentence_twice_makes_two_projects(ada, mine):
    for _ in range(2):
        mine.post(reverse("projects"), {"text": "Stock counts for a seed bank"})
    assert {project.name for project in Project.objects.all()} == {
        "Stock counts seed bank",
        "Stock counts seed bank 2",
    }


def test_an_empty_sentence_makes_nothing(ada, mine):
    response = mine.post(reverse("projects"), {"text": " "}, headers=HTMX)
    assert response.status_code == 422
    assert not Project.objects.exists()


@pytest.mark.parametrize("text", ["!!!", "日本語のアプリ", "I want an app", "x" * 3000, "admin", "../../etc"])
def test_any_sentence_gets_a_usable_name(ada, mine, text):
    assert mine.post(reverse("projects"), {"text": text}).status_code == 302
    assert Project.objects.count() == 1


def test_only_its_owner_ends_a_project_and_is_told_what_goes_with_it(
    project, app, ben, cleo, mine, browser_of
):
    path = reverse("deletion", args=[project.slug])
    assert browser_of(cleo).post(path).status_code == 404
    assert browser_of(ben).post(path).status_code == 403
    assert app.hostname in mine.get(path).content.decode()
    assert not Operation.objects.exists()
    ending = mine.post(path).headers["Location"]
    assert Operation.objects.get(type="teardown").pk.hex in ending.replace("-", "")


def test_a_form_that_a_sign_in_led_back_to_says_that_it_was_not_sent(client, ada, project):
    client.force_login(ada)
    response = client.get(reverse("builds", args=[project.slug]))
    assert response.status_code == 405
    assert "That was not sent" in response.content.decode()
    assert response.headers["Allow"]
