"""The pages of operations: what they say, whom they say it to, and how they are narrowed down."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueprints.models import Blueprint
from environments.models import Environment, Release
from operations.engine import events
from operations.models import Operation, OperationPhase
from operations.pages import PAGE_SIZE
from operations.trees import library
from operations.workflows import BUILD, TREE
from studio.services import create_project

pytestmark = pytest.mark.django_db

RUBBISH = [
    "status=nonsense",
    "type=nonsense",
    "since=nonsense",
    "until=2026-13-45",
    "since=99999d&until=9999h",
    "since=9999-12-31&until=0001-01-01",
    "q=" + "x" * 500,
    "q=%00",
    "status=%00,failed",
    "since=2026-02-30T25:61",
    "status=failed&status=,,,",
]


def make(project, type_="build", status="succeeded", *, by=None, ago=timedelta(), **given) -> Operation:
    """An operation with its phases, as the engine would have left it."""
    given = {"version": 3} if type_ == "build" and "input" not in given else given.pop("input", {})
    operation = Operation.objects.create(
        type=type_,
        project=project,
        project_slug=project.slug if project else "",
        status=status,
        requested_by=by,
        input=given,
        error={"code": "tests_failed", "message": "2 of 5 tests failed."} if status == "failed" else None,
    )
    now = timezone.now() - ago
    Operation.objects.filter(pk=operation.pk).update(created_at=now, started_at=now)
    for position, phase in enumerate((TREE if type_ == "tree" else BUILD).phases):
        OperationPhase.objects.create(operation=operation, slug=phase.slug, position=position)
    operation.refresh_from_db()
    return operation


def tell(operation, *payloads):
    events.write(operation.pk, [events.Event(payload) for payload in payloads])
    operation.refresh_from_db()


@pytest.fixture
def ada_s(client, ada):
    client.force_login(ada)

    def page(path, status=200, **headers):
        response = client.get(path, headers=headers)
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()

    return page


def shown(page: str, *operations: Operation) -> list[bool]:
    return [f"row-{operation.pk}" in page for operation in operations]


# The list


def test_a_row_says_what_runs_how_far_it_is_and_who_asked_for_it(project, ada, ada_s):
    build = make(project, status="failed", by=ada)
    build.phases.filter(slug="spec").update(status="complete")
    build.phases.filter(slug="design").update(status="failed")
    page = ada_s("/operations/")
    for text in (
        "Build of Aeries",
        "plan v3",
        "Failed at design",
        ">ada<",
        "1 of 5 phases done, design failed",
    ):
        assert text in page, text


def test_what_waits_shows_its_place_and_what_runs_a_running_clock(project, other_project, ada, ada_s):
    make(project, status="running", by=ada)
    make(other_project, status="pending", by=ada)
    page = ada_s("/operations/")
    assert "No. 1 in the queue" in page
    assert page.count('data-moment="clock"') == 2
    assert "Under way 2" in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", [True, True, True]),
        ("status=failed", [False, True, False]),
        ("status=failed,succeeded", [True, True, False]),
        ("type=teardown", [False, False, True]),
        ("project=aeries", [True, True, False]),
        ("project=Bakery", [False, False, True]),
        ("q=akery", [False, False, True]),
        ("q=wheat", [True, False, False]),
        ("q=rye", [False, False, False]),
        ("since=24h", [False, True, True]),
        ("until=24h", [True, False, False]),
        ("type=build&status=failed&project=aeries&since=7d", [False, True, False]),
    ],
)
def test_filters_narrow_page_and_api_alike(project, other_project, ada, ada_s, api, query, seen):
    plan = Blueprint.objects.create(project=project, feature_name="Wheat fields")
    old = make(project, ago=timedelta(days=3), by=ada)
    Operation.objects.filter(pk=old.pk).update(blueprint=plan)
    failed = make(project, status="failed", by=ada)
    deletion = make(other_project, type_="teardown", status="cancelled", by=ada)
    rows = (old, failed, deletion)
    assert shown(ada_s(f"/operations/?{query}"), *rows) == seen
    listed = {item["id"] for item in api(ada).get(f"/api/operations?{query}").json()["data"]}
    assert [str(row.pk) in listed for row in rows] == seen


def test_an_operation_is_found_by_how_its_id_begins(project, ada, ada_s):
    wanted, other = make(project, by=ada), make(project, by=ada)
    page = ada_s(f"/operations/?q={str(wanted.pk)[:13]}")
    assert shown(page, wanted, other) == [True, False]


def test_a_run_without_a_project_is_found_by_its_tree_and_by_nobody_else(ada, cleo, client, ada_s):
    run = make(None, "tree", by=ada, input={"tree": "harvest", "source": "", "vars": {}})
    assert shown(ada_s("/operations/?q=harv"), run) == [True]
    client.force_login(cleo)
    for query in ("", "?q=harv", f"?q={run.pk}"):
        assert shown(client.get(f"/operations/{query}").content.decode(), run) == [False]


@pytest.mark.parametrize("query", RUBBISH)
def test_filters_that_are_none_are_told_and_break_nothing(project, ada, ada_s, api, query):
    make(project, by=ada)
    page = ada_s(f"/operations/?{query}")
    answer = api(ada).get(f"/api/operations?{query}")
    if query.startswith("status=failed"):
        assert answer.status_code == 200
        return
    assert "This filter is left out" in page
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"].startswith("#")


@pytest.mark.parametrize(
    "cursor",
    ["x", "%00", "W10", "WyJ0aW1lIiwgIjIwMjYtMDEtMDEiLCAieCJd", "é", "A" * 3000, "WyJ2YWx1ZSIsMSwiMSJd"],
)
def test_a_foreign_cursor_is_an_error_with_a_way_out(ada, ada_s, api, cursor):
    assert "Show all operations" in ada_s(f"/operations/?cursor={cursor}", 422)
    assert api(ada).get(f"/api/operations?cursor={cursor}").status_code == 422


def test_a_project_of_others_looks_like_none_at_all(project, cleo, client):
    client.force_login(cleo)
    foreign = client.get("/operations/?project=aeries")
    missing = client.get("/operations/?project=nowhere")
    assert foreign.status_code == missing.status_code == 404
    assert "Show all operations" in foreign.content.decode()


def test_staff_see_in_the_studio_only_what_they_are_members_of(project, ada, cleo, client):
    build = make(project, by=ada)
    cleo.is_staff = cleo.is_superuser = True
    cleo.save()
    client.force_login(cleo)
    assert shown(client.get("/operations/").content.decode(), build) == [False]
    assert client.get(f"/operations/{build.pk}/").status_code == 404
    assert client.get(f"/operations/{build.pk}/log").status_code == 404


def test_pages_follow_each_other_without_gap_or_repetition(project, other_project, ada, ada_s):
    at = timezone.now()
    rows = [
        make(one, status=status, by=ada)
        for one in (project, other_project)
        for status in ("succeeded", "failed") * PAGE_SIZE
    ]
    Operation.objects.update(created_at=at)  # a whole page at one moment: the id decides
    seen: list[str] = []
    address = "/operations/?status=succeeded,failed"
    while address:
        page = ada_s(address)
        seen += [part[:36] for part in page.split('id="row-')[1:]]
        older = page.split('" rel="next"')[0].rsplit('href="', 1)[1] if 'rel="next"' in page else ""
        address = older.replace("&amp;", "&")
    assert seen == [str(key) for key in sorted((row.pk for row in rows), reverse=True)]


def test_filters_stay_when_turning_the_page(project, ada, ada_s):
    for _ in range(PAGE_SIZE + 1):
        make(project, status="failed", by=ada)
    page = ada_s("/operations/?status=failed&q=aer")
    assert "/operations/?status=failed&amp;q=aer&amp;cursor=" in page.replace(
        "q=aer&amp;status=failed", "status=failed&amp;q=aer"
    )


def test_an_empty_list_says_why_and_what_to_do(project, ada, ada_s):
    assert "Nothing has run yet" in ada_s("/operations/")
    assert "Clear the filters" in ada_s("/operations/?q=nothing")


def test_htmx_gets_the_list_alone_and_its_address(project, ada, client):
    client.force_login(ada)
    answer = client.get(
        "/operations/?q=&type=&status=failed&since=7d",
        headers={"HX-Request": "true", "HX-Trigger": "filters"},
    )
    assert answer.content.decode().lstrip().startswith('<div id="operations"')
    assert answer["HX-Push-Url"] == "/operations/?status=failed&since=7d"
    assert "HX-Request" in answer["Vary"]
    whole = client.get("/operations/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in whole.content.decode()


def test_a_list_reads_no_documents_and_asks_as_often_for_many_as_for_few(project, ada, ada_s, api):
    client = api(ada)
    for _ in range(2):
        make(project, status="pending", by=ada, input={"version": 1, "document": {"text": "huge"}})
    for ask in (lambda: ada_s("/operations/"), lambda: client.get("/api/operations")):
        with CaptureQueriesContext(connection) as few:
            ask()
        for _ in range(10):
            make(project, status="pending", by=ada, input={"version": 1, "document": {"text": "huge"}})
        with CaptureQueriesContext(connection) as many:
            ask()
        assert len(many) <= len(few)
        for query in many.captured_queries:
            assert '"operations"."input", "' not in query["sql"]
            assert '"operations"."result"' not in query["sql"]
            assert "checkpoint" not in query["sql"]


# One operation


def test_what_happened_is_told_phase_by_phase(project, ada, ada_s):
    build = make(project, status="running", by=ada)
    build.phases.filter(slug="spec").update(status="running", started_at=timezone.now())
    tell(
        build,
        {"type": "log", "phase": "", "message": "Waiting for a worker"},
        {"type": "phase", "phase": "spec", "status": "in_progress", "message": "Writing the spec"},
        {"type": "file", "phase": "spec", "path": "spec.md", "added": 7, "removed": 1},
        {"type": "log", "phase": "spec", "message": "a line <b>of</b> the log"},
        {
            "type": "ledger",
            "phase": "spec",
            "item": "ENT-1",
            "title": "Note",
            "status": "unmet",
            "reason": "no block",
        },
    )
    page = ada_s(f"/operations/{build.pk}/")
    for text in (
        "Waiting for a worker",
        "Writing the spec",
        "spec.md",
        "a line &lt;b&gt;of&lt;/b&gt; the log",
        "ENT-1 Note: no block",
        "Started by ada",
        f"/operations/{build.pk}/cancellations/",
        f"/api/operations/{build.pk}/stream?after=5",
    ):
        assert text in page, text


def test_a_failure_shows_its_evidence_and_where_to_begin_again(project, ada, ada_s):
    build = make(project, status="failed", by=ada)
    build.phases.filter(slug__in=("spec", "design", "implement")).update(status="complete")
    build.phases.filter(slug="test").update(status="failed")
    build.error |= {"tests": [{"id": "tests.test_one", "lines": ["AssertionError: -5 != 0"]}]}
    build.save()
    page = ada_s(f"/operations/{build.pk}/")
    for text in ("2 of 5 tests failed.", "Change the plan and build again", "AssertionError: -5 != 0"):
        assert text in page, text
    assert "Retry from test" in page
    assert 'value="implement"' in page
    assert 'value="deploy"' not in page  # it has not come to that
    assert "not reached" in page


def test_who_may_only_look_is_not_offered_to_stop_or_repeat(project, ada, vera, client):
    running, failed = make(project, status="running", by=ada), make(project, status="failed", by=ada)
    client.force_login(vera)
    assert "cancellations" not in client.get(f"/operations/{running.pk}/").content.decode()
    assert "retries" not in client.get(f"/operations/{failed.pk}/").content.decode()


def test_a_build_leads_to_its_release_and_commit(project, ada, ada_s):
    place = Environment.objects.create(project=project, name="staging", hostname="staging.aeries.localhost")
    build = make(project, by=ada)
    Release.objects.create(
        environment=place,
        number=4,
        commit="c0ffee" + "0" * 34,
        key=f"{build.pk}/deploy/c0ffee",
        status="retired",
    )
    page = ada_s(f"/operations/{build.pk}/")
    assert "staging 4, replaced" in page
    assert "c0ffee0" in page
    assert "Version 3" in page


def test_long_operations_show_their_newest_events_and_lead_to_the_earlier_ones(project, ada, ada_s):
    build = make(project, by=ada)
    tell(build, *({"type": "log", "phase": "test", "message": f"line {n}"} for n in range(1, 1_001)))
    page = ada_s(f"/operations/{build.pk}/")
    assert "500 of 1000 events are shown" in page
    assert "line 1000<" in page and "line 500<" not in page
    earlier = ada_s(f"/operations/{build.pk}/?before=501")
    assert "line 500<" in earlier and "line 1<" in earlier and "line 501<" not in earlier
    assert ada_s(f"/operations/{build.pk}/?before=nonsense", 422)
    assert ada_s(f"/operations/{build.pk}/?before=%00", 422)


def test_the_log_is_a_file_of_everything_that_was_said(project, ada, client):
    build = make(project, by=ada)
    tell(build, *({"type": "log", "phase": "test", "message": f"line {n}\n"} for n in range(1, 701)))
    client.force_login(ada)
    answer = client.get(f"/operations/{build.pk}/log")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="aeries-build-{str(build.pk)[:8]}.log"'
    text = answer.content.decode()
    assert text.index("line 1\n") < text.index("line 2\n") < text.index("line 700\n")


def test_a_tree_is_a_rail_of_its_steps_with_what_each_came_to(ada, ada_s):
    tree = library.read("slackpath-1-authenticated-service")
    run = make(
        None,
        "tree",
        "failed",
        by=ada,
        input={"tree": tree.name, "source": tree.source, "vars": dict(tree.vars)},
    )
    at, child = timezone.now().isoformat(), uuid.uuid4()
    steps = [{"name": name, "action": step.action, "status": "pending"} for name, step in tree.steps.items()]
    steps[0] |= {
        "status": "passed",
        "started_at": at,
        "ended_at": at,
        "outputs": {"operation": str(child), "text": "<script>"},
    }
    steps[1] |= {
        "status": "failed",
        "started_at": at,
        "ended_at": at,
        "error": "it never answered",
        "attempt": 3,
    }
    teardown = [
        {"name": name, "action": step.action, "status": "passed"} for name, step in tree.teardown.items()
    ]
    record = {
        "id": "1",
        "tree": tree.name,
        "vars": {},
        "started_at": at,
        "status": "failed",
        "steps": steps,
        "teardown": teardown,
    }
    run.phases.update(checkpoint=json.loads(json.dumps({"run": record})))
    page = ada_s(f"/operations/{run.pk}/")
    for name in (*tree.steps, *tree.teardown):
        assert f'id="step-{name}"' in page
    assert f"1 of {len(tree.steps)} passed" in page
    assert "it never answered" in page and "attempt 3" in page
    assert f'href="/operations/{child}/"' in page
    assert "&lt;script&gt;" in page
    assert page.count('data-state="skipped"') == len(tree.steps) - 2  # nobody comes back to them


@pytest.mark.parametrize("source", ["", "steps: [", "name: x\nsteps: {a: {action: nonsense}}"])
def test_a_tree_that_cannot_be_read_any_more_still_has_its_page(ada, ada_s, source):
    run = make(None, "tree", "failed", by=ada, input={"tree": "old", "source": source, "vars": {}})
    assert "Timeline" in ada_s(f"/operations/{run.pk}/")


def test_an_operation_of_a_type_that_is_gone_still_has_its_page(project, ada, ada_s):
    old = make(project, by=ada)
    Operation.objects.filter(pk=old.pk).update(type="forgotten")
    assert "Forgotten of Aeries" in ada_s(f"/operations/{old.pk}/")
    assert "Forgotten of Aeries" in ada_s("/operations/")


def test_an_operation_outlives_its_project_for_who_asked_for_it(ada, ada_s):
    doomed = create_project(name="Doomed", template="blank-service", by=ada)
    build = make(doomed, by=ada)
    doomed.delete()
    assert "doomed, deleted" in ada_s(f"/operations/{build.pk}/")


def test_what_failed_after_it_went_live_says_so(client, project, ada):
    operation = make(project, status="failed")
    client.force_login(ada)
    pages = [f"/operations/{operation.pk}/", f"/projects/{project.slug}/"]
    for page in pages:
        text = client.get(page).content.decode()
        assert "Live, unfinished" not in text and "Staging serves the new version" not in text
    Operation.objects.filter(pk=operation.pk).update(decided_at=timezone.now())
    assert "Staging still serves" in text
    for page in pages:
        text = client.get(page).content.decode()
        assert "Live, unfinished" in text and "Staging serves the new version" in text
