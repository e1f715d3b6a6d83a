"""The pages tell the truth about the rows they show, and ask for them a fixed number of times."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints import services
from blueprints.models import Blueprint
from operations.models import LedgerEntry, Operation
from studio.services import create_project
from tests.workspace.conftest import build_of, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(ada, browser_of):
    browser = browser_of(ada)

    def page(path: str) -> str:
        response = browser.get(path)
        assert response.status_code == 200
        return response.content.decode()

    return page


def queries(call) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_the_start_page_offers_every_template_and_says_how_projects_are(project, plan, page_of):
    build_of(plan, "running")
    page = page_of("/")
    for title in ("Social World", "Photo feed", "Blank service"):
        assert title in page
    assert "Building" in page
    assert "1 running" in page


def test_without_projects_the_start_page_says_what_comes_here(ada, page_of):
    assert "Nothing planted yet" in page_of("/")


def test_the_start_page_asks_the_same_number_of_times_for_one_project_and_for_many(
    project, plan, ada, page_of
):
    one = queries(lambda: page_of("/"))
    for number in range(5):
        other = create_project(name=f"Project {number}", template="blank-service", by=ada)
        build_of(services.create_blueprint(project=other, feature_name="x"), "failed")
    assert queries(lambda: page_of("/")) == one


def test_a_fresh_project_is_greeted_and_shown_how_to_begin(project, page_of):
    page = page_of("/projects/aeries/")
    assert "Welcome to your social world" in page
    assert "I want agents that walk around a 2D world and have conversations" in page
    assert "Start by describing it" in page


def test_the_plan_shows_every_item_of_the_document(project, plan, page_of):
    page = page_of("/projects/aeries/")
    for item in plan.document.items():
        assert f'id="{item.id}"' in page, item


def test_a_ready_plan_can_be_built_and_a_blocked_one_says_why(project, plan, page_of):
    assert "Ready to build" in page_of("/projects/aeries/")
    document = plan.document
    document.sections.data_model.entities[0].fields[1].choices = []
    services.edit_document(blueprint=plan, version=plan.version, document=document, by=None)
    page = page_of("/projects/aeries/")
    assert "1 thing to settle first" in page
    assert 'aria-disabled="true"' in page


def test_the_workspace_asks_the_same_number_of_times_for_a_long_conversation(
    project, plan, app, ada, page_of
):
    build_of(plan, "failed")
    say(plan, ada, "One", "Two")
    short = queries(lambda: page_of("/projects/aeries/"))
    for number in range(20):
        say(plan, ada, f"Question {number}", f"Answer {number}")
    assert queries(lambda: page_of("/projects/aeries/")) == short


def test_the_operations_page_asks_the_same_number_of_times_for_many(project, plan, page_of):
    build_of(plan, "failed")
    one = queries(lambda: page_of("/operations/"))
    for _ in range(10):
        build_of(plan, "succeeded")
    assert queries(lambda: page_of("/operations/")) == one
    assert page_of("/operations/").count('data-state="done"') == 2 + 10 * 5


def test_markdown_of_the_architect_is_rendered_and_cannot_bring_its_own_html(project, plan, ada, page_of):
    say(
        plan,
        ada,
        "Hello",
        "**bold** <script>alert(1)</script> ![x](http://evil.example/x.png) [x](javascript:alert(1))",
    )
    page = page_of("/projects/aeries/")
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page


def test_what_a_person_wrote_is_text(project, plan, ada, page_of):
    say(plan, ada, "<b>Ada</b> & **co**", "Yes.")
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; **co**" in page_of("/projects/aeries/")


def test_a_reply_that_failed_names_the_cause_and_can_be_tried_again(project, plan, ada, page_of):
    say(plan, ada, "Hello", "", status="failed", error={"message": "The model is overloaded."})
    page = page_of("/projects/aeries/")
    assert "The model is overloaded." in page
    assert "Try again" in page


def test_while_a_reply_is_written_it_can_be_stopped_and_later_messages_wait(project, plan, ada, page_of):
    say(plan, ada, "First", "So far", status="replying")
    say(plan, ada, "Second", "", status="queued")
    page = page_of("/projects/aeries/")
    assert page.count("btn--stop") == 1
    assert 'aria-busy="true"' in page
    assert "Waiting for its turn" in page and "Withdraw" in page


def test_a_running_build_is_shown_with_its_phases_and_can_be_cancelled(project, plan, app, page_of):
    build = build_of(plan, "running")
    page = page_of("/projects/aeries/")
    assert f"/operations/{build.pk}/cancellations/" in page
    assert re.search(r'data-state="active" aria-current="step"', page)
    assert 'id="frame-staging-1"' in page, "the last good release stays in sight"


def test_a_failed_build_names_the_cause_and_one_next_step(project, plan, app, page_of):
    build_of(plan, "failed", reached="test")
    page = page_of("/projects/aeries/")
    assert "2 of 31 tests failed." in page
    assert "Retry from test" in page
    assert "Build failed" in page


def test_a_queued_build_says_its_place(project, plan, page_of):
    build_of(plan, "pending", reached="spec")
    assert "No. 1" in page_of("/projects/aeries/")


def test_the_conversation_tells_of_builds_between_the_messages(project, plan, ada, page_of):
    say(plan, ada, "Build it", "Underway.")
    build = build_of(plan, "failed", reached="test")
    Operation.objects.filter(pk=build.pk).update(current_phase="test")
    say(plan, ada, "What happened?", "A test failed.")
    page = page_of("/projects/aeries/")
    assert page.index("Underway.") < page.index("Build of v1 stopped at test") < page.index("What happened?")


def test_after_a_build_each_item_says_what_became_of_it(project, plan, page_of):
    build = build_of(plan, "succeeded")
    LedgerEntry.objects.create(
        blueprint=plan, operation=build, item_id="UI-2", title="About", status="unmet",
        reason="No block covers an about page.", checked_at=build.completed_at,
    )  # fmt: skip
    assert "No block covers an about page." in page_of("/projects/aeries/")


def test_what_changed_after_the_build_is_not_said_to_stand_in_the_app(project, plan, ada, page_of):
    build = build_of(plan, "succeeded")
    recipe = plan.document.sections.data_model.entities[0]
    LedgerEntry.objects.create(
        blueprint=plan, operation=build, item_id=recipe.id, title=recipe.name, status="met",
        location="records/models.py", checked_at=build.completed_at,
    )  # fmt: skip
    Blueprint.objects.filter(pk=plan.pk).update(built_version=plan.version)
    assert "In the built app: records/models.py" in page_of("/projects/aeries/")
    document = plan.document
    document.sections.data_model.entities[0].description = "A dish, and how long it takes."
    services.edit_document(blueprint=plan, version=plan.version, document=document, by=ada)
    assert "In the built app: records/models.py" not in page_of("/projects/aeries/")


def test_the_environment_is_chosen_by_the_address(project, app, page_of):
    assert 'src="http://staging.aeries.localhost:' in page_of("/projects/aeries/")
    production = page_of("/projects/aeries/?environment=production")
    assert "deployed to production" in production
    assert "<iframe" not in production


def test_an_app_that_fell_over_shows_its_last_words(project, app, page_of, settings):
    settings.ORCHARD_DEPLOYER = "tests.workspace.fallen.FallenDeployer"
    page = page_of("/projects/aeries/")
    assert "The app on staging has stopped working" in page
    assert "ImportError: No module named &lt;records&gt;" in page
    assert "<iframe" not in page
    assert "Stopped working" in page


def test_an_app_is_shown_as_soon_as_it_is_live_and_not_again_while_it_comes_up_after_a_fall(
    project, app, page_of, settings
):
    settings.ORCHARD_DEPLOYER = "tests.workspace.fallen.FreshDeployer"
    assert "<iframe" in page_of("/projects/aeries/")
    settings.ORCHARD_DEPLOYER = "tests.workspace.fallen.ReturningDeployer"
    page = page_of("/projects/aeries/")
    assert "<iframe" not in page
    assert "Starting" in page


def test_an_operation_has_a_page_of_its_own(project, plan, page_of):
    build = build_of(plan, "failed", reached="test")
    assert "Retry from test" in page_of(f"/operations/{build.pk}/")
    assert Operation.objects.count() == 1


def test_no_page_carries_a_script_or_a_style_of_its_own(project, plan, app, ada, page_of):
    build = build_of(plan, "failed")
    say(plan, ada, "Hello", "Hello.")
    for path in ("/", "/new/social-world/", "/projects/aeries/", "/operations/", f"/operations/{build.pk}/"):
        page = page_of(path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page)), path
