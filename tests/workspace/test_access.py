"""Who sees the workspace: its members, and nobody else."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from studio.services import create_project
from tests.workspace.conftest import build_of, say

pytestmark = pytest.mark.django_db


def addresses(project, operation, reply):
    """(method, path) of every page and form that shows or changes something of a project."""
    return [
        ("get", reverse("workspace", args=[project.slug])),
        ("get", reverse("fragments", args=[project.slug])),
        ("get", reverse("operations") + f"?project={project.slug}"),
        ("get", reverse("operation", args=[operation.pk])),
        ("post", reverse("messages", args=[project.slug])),
        ("post", reverse("message-stops", args=[project.slug, reply.pk])),
        ("post", reverse("message-retries", args=[project.slug, reply.pk])),
        ("post", reverse("builds", args=[project.slug])),
        ("post", reverse("operation-cancellations", args=[operation.pk])),
        ("post", reverse("operation-retries", args=[operation.pk])),
    ]


@pytest.fixture
def everything(project, plan, ada):
    say(plan, ada, "Hello", "Hello.")
    return addresses(project, build_of(plan, "failed"), plan.messages.get(content="Hello."))


@pytest.mark.parametrize("htmx", [False, True])
def test_to_a_stranger_nothing_of_the_project_exists(everything, cleo, browser_of, htmx):
    browser = browser_of(cleo)
    headers = {"HX-Request": "true"} if htmx else {}
    for method, path in everything:
        response = getattr(browser, method)(path, headers=headers)
        assert response.status_code == 404, path
        assert b"Recipe" not in response.content, path


def test_a_project_that_is_not_mine_looks_like_one_that_does_not_exist(project, cleo, browser_of):
    foreign = browser_of(cleo).get(f"/projects/{project.slug}/").content.decode()
    missing = browser_of(cleo).get("/projects/nowhere/").content.decode()
    foreign, missing = (page.partition('<main class="fault"')[2] for page in (foreign, missing))
    assert missing
    assert foreign.replace(project.slug, "nowhere") == missing


def test_who_is_not_signed_in_is_asked_to(everything, client):
    for method, path in everything:
        response = getattr(client, method)(path)
        assert response.status_code == 302, path
        assert response.headers["Location"].startswith(reverse("sign-in")), path


def test_htmx_leaves_for_the_sign_in_page_as_a_whole(project, client):
    response = client.get(f"/projects/{project.slug}/fragments/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith(reverse("sign-in") + "?next=")


def test_a_viewer_reads_everything_and_changes_nothing(everything, vera, browser_of):
    browser = browser_of(vera)
    for method, path in everything:
        response = getattr(browser, method)(path)
        assert response.status_code == (200 if method == "get" else 403), path


def test_a_viewer_finds_nothing_to_press(project, plan, vera, browser_of):
    page = browser_of(vera).get(f"/projects/{project.slug}/").content.decode()
    assert 'id="composer"' not in page
    assert 'id="build"' not in page


def test_the_start_page_lists_only_projects_of_mine(project, ada, cleo, browser_of):
    assert b"Aeries" in browser_of(ada).get("/").content
    assert b"Aeries" not in browser_of(cleo).get("/").content


def test_a_message_of_another_project_cannot_be_stopped_through_mine(project, plan, ada, cleo, browser_of):
    other = create_project(name="Bakery", template="blank-service", by=cleo)
    say(plan, ada, "Hello", "Hello.")
    reply = plan.messages.get(content="Hello.")
    assert browser_of(cleo).post(reverse("message-stops", args=[other.slug, reply.pk])).status_code == 404
    assert browser_of(cleo).post(reverse("message-stops", args=[other.slug, uuid.uuid4()])).status_code == 404
