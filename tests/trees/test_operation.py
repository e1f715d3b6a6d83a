# ruff: noqa: E501 (a tree in a line reads better than one in ten)
"""A tree as an operation: durable like any other, and acting as the person who asked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from operations import services
from operations.engine import runner, sweeper
from operations.engine.dispatch import unblocked
from operations.models import Operation, OperationPhase
from operations.trees import library
from operations.trees.keys import key_for_run
from studio.access import find_api_key
from studio.models import ApiKey
from studio.runtime import shutdown
from tests.live import CODE
from tests.operations.test_engine import lost
from tests.operations.test_lost_workers import database_url
from tests.trees.small_studio import SmallStudio

pytestmark = pytest.mark.django_db(transaction=True)
Status = Operation.Status

TREE = """\
name: small
vars: {name: demo}
steps:
  project: {action: api, method: POST, endpoint: /project, body: {name: "{{ .vars.name }}"}, outputs: [{name: .data.name}]}
  rest: {action: sleep, seconds: SECONDS, depends_on: [project]}
teardown:
  - {name: gone, action: api, method: DELETE, endpoint: "/project/{{ .outputs.project.name }}"}
"""


@pytest.fixture(autouse=True)
def here(studio: SmallStudio, settings) -> None:
    settings.ORCHARD_URL = studio.url


def start(by, *, seconds: float = 0, text: str = TREE, **given) -> Operation:
    """An operation of a tree that the library does not have."""
    operation = services.start_tree(name="aeries", variables={}, by=by)
    operation.input = {
        "tree": "small",
        "source": text.replace("SECONDS", str(seconds)),
        "vars": {"name": "demo"} | given,
    }
    operation.save()
    return operation


def wait_until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_tree_runs_to_its_end_as_the_person_who_started_it(ada, studio):
    operation = start(ada)
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert studio.asked == ["POST /project", "DELETE /project/demo"]
    steps = operation.result["run"]["steps"]
    assert [(step["name"], step["status"]) for step in steps] == [("project", "passed"), ("rest", "passed")]
    key = ApiKey.objects.get()
    assert (key.user, key.revoked_at is None) == (ada, False)
    told = [event.payload["message"] for event in operation.events.filter(event_type="log")]
    assert any(line.startswith("passed  project") for line in told)


def test_a_tree_that_does_not_pass_fails_with_the_step_and_can_be_retried_anew(ada, studio):
    studio.failures = {"/project": 1}
    operation = start(ada)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "tree_failed")
    assert "project: POST /project answered 500: Come back later." in operation.error["message"]
    services.retry(operation=operation, by=ada)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    first, second = studio.idempotency_keys["/project"]
    assert first != second


def test_a_cancelled_tree_stops_at_once_and_tears_down(ada, studio):
    operation = start(ada, seconds=600)
    thread = threading.Thread(target=work_on, args=(operation,))
    thread.start()
    wait_until(lambda: studio.asked)
    services.cancel(operation=operation, by=ada)
    thread.join(60)
    assert not thread.is_alive()
    operation.refresh_from_db()
    assert operation.status == Status.CANCELLED
    assert studio.asked[-1] == "DELETE /project/demo"
    assert steps_of(operation) == {"project": "passed", "rest": "cancelled", "gone": "passed"}
    told = [event.payload.get("message", "") for event in operation.events.all()]
    assert any(line.startswith("passed  gone") for line in told)
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def steps_of(operation: Operation) -> dict[str, str]:
    """What is noted of them, by name."""
    run = operation.phases.get().checkpoint["run"]
    return {step["name"]: step["status"] for step in (*run["steps"], *run["teardown"])}


def work_on(operation: Operation) -> None:
    """As a worker, in a thread with a database connection of its own."""
    try:
        runner.run(operation.pk)
    finally:
        connection.close()


def ending_while(operation: Operation, condition) -> None:
    """A worker runs it, and is asked to end once the condition holds."""
    thread = threading.Thread(target=work_on, args=(operation,))
    thread.start()
    wait_until(condition)
    shutdown.begin()
    try:
        thread.join(60)
        assert not thread.is_alive()
    finally:
        shutdown.forget()
    operation.refresh_from_db()


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_teardown_is_handed_back_by_an_ending_worker_and_loses_no_step(ada, studio, cancelled):
    text = (
        TREE + "  - {name: pause, action: sleep, seconds: 600}\n  - {name: last, action: sleep, seconds: 0}\n"
    )
    operation = start(ada, seconds=600 if cancelled else 0, text=text)
    if cancelled:
        cancel = threading.Thread(target=cancel_once, args=(operation, ada, lambda: studio.asked))
        cancel.start()
    ending_while(operation, lambda: steps_of_run(operation).get("pause") == "running")
    if cancelled:
        cancel.join()
    assert (operation.status, operation.attempt) == (Status.PENDING, 0)
    assert steps_of(operation)["gone"] == "passed"

    operation.input["source"] = operation.input["source"].replace("600", "0")
    operation.save(update_fields=["input"])
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == (Status.CANCELLED if cancelled else Status.SUCCEEDED)
    assert {name: steps_of(operation)[name] for name in ("gone", "pause", "last")} == {
        "gone": "passed", "pause": "passed", "last": "passed",
    }  # fmt: skip
    assert studio.asked == ["POST /project", "DELETE /project/demo"]


def cancel_once(operation: Operation, by, condition) -> None:
    try:
        wait_until(condition)
        services.cancel(operation=operation, by=by)
    finally:
        connection.close()


def steps_of_run(operation: Operation) -> dict[str, str]:
    return steps_of(operation) if operation.phases.get().checkpoint else {}


def test_a_tree_that_waits_for_another_worker_is_torn_down_although_it_is_cancelled_then(ada, studio):
    operation = start(ada, seconds=600)
    ending_while(operation, lambda: steps_of_run(operation).get("rest") == "running")
    assert services.cancel(operation=operation, by=ada).status == Status.PENDING

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.CANCELLED
    assert studio.asked == ["POST /project", "DELETE /project/demo"]


def test_a_tree_whose_last_worker_is_lost_is_torn_down_all_the_same(ada, studio, settings):
    operation = start(ada, seconds=600)
    ending_while(operation, lambda: steps_of_run(operation).get("rest") == "running")
    lost(operation, times=settings.OPERATION_MAX_ATTEMPTS)

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "worker_lost")
    assert studio.asked == ["POST /project", "DELETE /project/demo"]
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def killed(operation: Operation, studio, settings) -> None:
    """A worker ran it, and is dead; what it made is noted."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "ORCHARD_URL": studio.url,
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.worker", str(operation.pk)], cwd=CODE, env=environment
    )
    phases = OperationPhase.objects.filter(operation=operation)
    wait_until(lambda: "passed" in str(phases.values_list("checkpoint", flat=True)))
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def test_a_cancelled_tree_whose_worker_was_killed_is_torn_down_by_another(ada, studio, settings):
    operation = start(ada, seconds=600)
    killed(operation, studio, settings)
    services.cancel(operation=operation, by=ada)
    assert sweeper.sweep().requeued == 1
    operation.refresh_from_db()
    assert services.cancel(operation=operation, by=ada).status == Status.PENDING, "that was asked already"

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.CANCELLED, "cancelled")
    assert studio.asked == ["POST /project", "DELETE /project/demo"]
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def test_a_tree_whose_worker_was_killed_goes_on_where_it_was(ada, studio, settings):
    operation = start(ada, seconds=2)
    killed(operation, studio, settings)
    left_behind = ApiKey.objects.get()

    assert sweeper.sweep().requeued == 1
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert studio.asked == ["POST /project", "DELETE /project/demo"]
    left_behind.refresh_from_db()
    assert left_behind.revoked_at is not None
    assert [event.seq for event in operation.events.all()] == list(range(1, operation.last_seq + 1))


def test_who_takes_a_run_over_ends_the_key_of_who_had_it(ada):
    with key_for_run(ada, "run") as first:
        assert find_api_key(first)
        with key_for_run(ada, "run") as second:
            assert find_api_key(first) is None
            assert find_api_key(second)
    assert find_api_key(second) is None


def test_a_tree_given_up_by_the_sweeper_leaves_no_key(ada, studio):
    operation = start(ada)
    ApiKey.objects.create(user=ada, name=f"Run of a tree, {operation.pk}", prefix="x", digest="x", scopes=[])
    past = timezone.now() - timedelta(minutes=1)
    Operation.objects.filter(pk=operation.pk).update(status=Status.RUNNING, lease_until=past, attempt=9)
    assert sweeper.sweep().failed == 1
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def test_what_a_command_says_can_be_kept_whatever_it_is(ada):
    text = "name: small\nvars: {name: x}\nsteps:\n  a: {action: exec, command: [printf, 'a\\0b'], outputs: [{said: .output}]}\n"
    operation = start(ada, text=text)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED, operation.error
    assert operation.result["run"]["steps"][0]["outputs"] == {"said": "a\ufffdb"}


def test_an_operation_of_somebody_elses_project_is_not_there_for_a_tree(
    ada, cleo, project, live_server, settings
):
    settings.ORCHARD_URL = live_server.url
    foreign = services.start_teardown(project=project, by=ada)
    text = "name: small\nvars: {name: x}\nsteps:\n  a: {action: wait_operation, operation_id: ID}\n  b: {action: api, method: POST, endpoint: /operations/ID/cancel}\n"
    operation = start(cleo, text=text.replace("ID", str(foreign.pk)))
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "tree_failed")
    for asked in (f"a: GET /operations/{foreign.pk}", f"b: POST /operations/{foreign.pk}/cancel"):
        assert (
            f"{asked} answered 404: There is no such operation that you can see."
            in operation.error["message"]
        )
    foreign.refresh_from_db()
    assert (foreign.status, foreign.cancel_requested_at) == (Status.PENDING, None)


def test_commands_of_a_tree_run_in_the_sandbox(ada, settings):
    text = "name: small\nvars: {name: x}\nsteps:\n  a: {action: exec, command: [ls, %s], exit_code: 2}\n  b: {action: exec, command: [echo, hello]}\n"
    operation = start(ada, text=text % settings.ORCHARD_HOME)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED, operation.error


def test_a_tree_whose_person_left_does_nothing(ada, studio):
    operation = start(ada)
    ada.is_active = False
    ada.save()
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.error["code"] == "person_gone"
    assert studio.asked == []


# Over HTTP


def test_a_tree_is_started_by_its_name_with_its_variables(api, ada):
    body = {"type": "tree", "treeName": "aeries", "vars": {"project_name": "mine"}}
    answer = api(ada).post("/api/operations", body)
    assert answer.status_code == 202
    data = answer.json()["data"]
    assert (data["type"], data["status"], data["projectId"]) == ("tree", "pending", None)
    operation = Operation.objects.get(pk=data["id"])
    assert operation.input["vars"] == {"project_name": "mine"}
    assert operation.input["source"] == library.read("aeries").source


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"treeName": "no-such-tree"}, 404),
        ({"treeName": "../../settings"}, 404),
        ({"treeName": "aeries", "vars": {"nome": "x"}}, 422),
        ({"treeName": "aeries", "vars": {"project_name": ["x"]}}, 422),
        ({"treeName": "aeries", "vars": {"project_name": "x" * 3000}}, 422),
        ({"treeName": "aeries", "projectId": "x"}, 422),
        ({}, 422),
        ({"type": "teardown", "projectId": "x", "treeName": "aeries"}, 422),
        ({"type": "teardown"}, 422),
    ],
)
def test_bad_input_starts_nothing(api, ada, body, status):
    assert api(ada).post("/api/operations", {"type": "tree", **body}).status_code == status
    assert not Operation.objects.exists()


def test_the_same_key_starts_one_tree(api, ada):
    client = api(ada)
    body = {"type": "tree", "treeName": "aeries"}
    answers = [client.post("/api/operations", body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


def test_a_key_needs_both_scopes_to_start_a_tree(api, ada):
    for scopes in (["projects:read"], ["projects:execute"]):
        answer = api(ada, scopes).post("/api/operations", {"type": "tree", "treeName": "aeries"})
        assert answer.status_code == 403
    assert not Operation.objects.exists()


def test_nobody_else_sees_or_moves_somebodys_tree(api, ada, ben, cleo):
    operation = services.start_tree(name="aeries", variables={}, by=ada)
    for person in (ben, cleo):
        client = api(person)
        assert client.get(f"/api/operations/{operation.pk}").status_code == 404
        assert client.get(f"/api/operations/{operation.pk}/events").status_code == 404
        assert client.post(f"/api/operations/{operation.pk}/cancel").status_code == 404
        assert client.get("/api/operations").json()["data"] == []
    assert api(ada).post(f"/api/operations/{operation.pk}/cancel").status_code == 202


def test_the_pages_show_a_tree_to_whom_it_belongs(client, ada, cleo):
    operation = services.start_tree(name="aeries", variables={}, by=ada)
    pages = [reverse("operations"), reverse("operation", args=[operation.pk])]
    client.force_login(ada)
    for page in pages:
        assert "Running the tree aeries" in client.get(page).content.decode()
    client.force_login(cleo)
    assert "aeries" not in client.get(pages[0]).content.decode()
    assert client.get(pages[1]).status_code == 404


def test_trees_do_not_wait_for_each_other_nor_for_builds(ada, project):
    Operation.objects.create(project=project, project_slug=project.slug, type="build", status=Status.RUNNING)
    first, second = (services.start_tree(name="aeries", variables={}, by=ada) for _ in range(2))
    assert set(unblocked()) == {first, second}
