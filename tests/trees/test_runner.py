# ruff: noqa: E501 (a tree in a line reads better than one in ten)
from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest

from operations.trees import runner
from operations.trees.record import RunRecord

BEGIN = "name: tree\nvars: {name: demo}\nsteps:\n"
PROJECT = """\
  project:
    action: api
    method: POST
    endpoint: /project
    body: {name: "{{ .vars.name }}"}
    outputs: [{name: .data.name}]
"""
TEARDOWN = """\
teardown:
  - action: api
    method: DELETE
    endpoint: "/project/{{ .outputs.project.name }}"
"""
REFERENCE = Path(__file__).with_name("design-from-reference.yaml").read_text()


def status_of(run: RunRecord) -> dict[str, str]:
    return {step.name: step.status for step in (*run.steps, *run.teardown)}


def error_of(run: RunRecord, name: str) -> str:
    return next(step.error for step in (*run.steps, *run.teardown) if step.name == name)


def test_the_reference_tree_runs_unchanged_in_its_order(run, studio):
    done = run(REFERENCE, project_name="pricing")
    assert done.status == "passed"
    assert done.outputs["provide-reference"] == {"has_design_system": True}
    chat = "POST /projects/pricing/blueprints/plan/chat"
    build = "POST /projects/pricing/blueprints/plan/build"
    begun = ["POST /project", "POST /projects/pricing/blueprints"]
    assert studio.asked == [*begun, *[chat] * 3, build, "GET /operations/build", "DELETE /project/pricing"]
    assert set(studio.keys) == {"ork_key"}


def test_branches_run_side_by_side(run, studio):
    studio.meet = dict.fromkeys((f"/{name}/chat" for name in "abc"), threading.Barrier(3))
    step = "  {0}: {{action: api, method: POST, endpoint: /{0}/chat, body: {{}}}}\n"
    text = BEGIN + "".join(step.format(name) for name in "abc")
    assert run(text + "  d: {action: sleep, seconds: 0, depends_on: [a, b, c]}").status == "passed"


def test_a_failure_skips_what_needs_it_lets_other_branches_finish_and_tears_down(run, studio):
    text = (
        BEGIN
        + PROJECT
        + (
            "  broken: {action: api, endpoint: /nowhere, depends_on: [project]}\n"
            "  after: {action: sleep, seconds: 0, depends_on: [broken]}\n"
            "  long-after: {action: sleep, seconds: 0, depends_on: [after]}\n"
            "  beside: {action: sleep, seconds: 0.3, depends_on: [project]}\n"
        )
    )
    done = run(text + TEARDOWN)
    assert done.status == "failed"
    expected = {"project": "passed", "broken": "failed", "after": "skipped", "long-after": "skipped"}
    assert status_of(done) == {**expected, "beside": "passed", "teardown-1": "passed"}
    assert "404: There is nothing here." in error_of(done, "broken")
    assert error_of(done, "long-after") == "needs broken"
    assert studio.asked[-1] == "DELETE /project/demo"


def test_nothing_is_torn_down_that_was_never_made(run, studio):
    done = run(BEGIN + PROJECT + TEARDOWN, name="")
    assert status_of(done) == {"project": "failed", "teardown-1": "skipped"}
    assert "A project needs a name." in error_of(done, "project")
    assert studio.asked == ["POST /project"]


def test_a_broken_teardown_step_keeps_no_other_from_running_and_fails_the_run(run, studio):
    text = BEGIN + PROJECT + "teardown:\n  - {action: api, endpoint: /nowhere}\n"
    done = run(text + TEARDOWN.removeprefix("teardown:\n"))
    assert done.status == "failed"
    assert status_of(done) == {"project": "passed", "teardown-1": "failed", "teardown-2": "passed"}


def test_a_step_is_tried_again_with_growing_delays_and_the_same_key(run, studio):
    studio.failures = {"/project": 2}
    retried = PROJECT + "    retries: 2\n    retry_delay_seconds: 0.1\n"
    started = time.monotonic()
    done = run(BEGIN + retried)
    assert done.status == "passed"
    assert done.steps[0].attempt == 3
    assert time.monotonic() - started >= 0.3
    assert studio.idempotency_keys["/project"] == ["tree/run1/project"] * 3


def test_retries_are_bounded(run, studio):
    studio.failures = {"/project": 9}
    done = run(BEGIN + PROJECT + "    retries: 1\n    retry_delay_seconds: 0.01\n")
    assert error_of(done, "project") == "POST /project answered 500: Come back later."
    assert len(studio.asked) == 2


def test_an_output_that_is_not_in_the_answer_fails_the_step(run):
    done = run(
        BEGIN
        + "  a: {action: api, method: POST, endpoint: /project, body: {name: x}, outputs: [{id: .data.key}]}\n"
    )
    assert error_of(done, "a") == "output: `.data.key` finds nothing in the answer"


def test_a_step_that_takes_too_long_fails(run, studio):
    studio.slow = {"/project": 3}
    done = run(
        BEGIN + PROJECT + "    timeout_seconds: 0.2\n  b: {action: sleep, seconds: 9, timeout_seconds: 0.2}\n"
    )
    assert "no answer" in error_of(done, "project")
    assert error_of(done, "b") == "it took longer than its timeout_seconds"


def test_a_server_that_is_away_is_told_of(run, studio):
    studio.url = "http://127.0.0.1:9"
    assert "no answer" in error_of(run(BEGIN + PROJECT), "project")


def test_a_studio_that_restarts_is_asked_again_with_the_same_key(run, studio):
    studio.away = {"/project": 2}
    notes: list[str] = []
    done = run(BEGIN + PROJECT, restart_seconds=60, listener=lambda run, step: notes.append(step.note))
    assert (done.status, done.steps[0].attempt) == ("passed", 1)
    assert studio.idempotency_keys["/project"] == ["tree/run1/project"] * 3
    assert "the Studio is away (answered 503); asking again" in notes


def test_a_studio_that_refuses_connections_for_a_moment_is_asked_again(run, studio):
    port = int(studio.url.rpartition(":")[2])
    notes: list[str] = []

    def back(run, step):
        notes.append(step.note)
        if "away" in step.note:
            studio.come_back(port)

    studio.go_away()
    assert run(BEGIN + PROJECT, restart_seconds=60, listener=back).status == "passed"
    assert any("refused" in note for note in notes)


def test_it_is_not_asked_for_ever(run, studio):
    studio.away = {"/project": 1000}
    done = run(BEGIN + PROJECT, restart_seconds=0.2)
    assert error_of(done, "project").startswith("POST /project answered 503")


def test_what_was_deleted_before_the_answer_got_lost_counts_as_deleted(run, studio):
    studio.away = {"/project/demo": 1}
    assert run(BEGIN + PROJECT + TEARDOWN, restart_seconds=60).status == "passed"
    assert studio.asked[1:] == ["DELETE /project/demo"] * 2


def test_what_was_never_there_does_not(run, studio):
    studio.gone = {"/project/demo"}
    done = run(BEGIN + PROJECT + TEARDOWN)
    assert error_of(done, "teardown-1") == "DELETE /project/demo answered 404: There is nothing here."


# Waiting

WAIT = (
    BEGIN
    + "  wait: {action: wait_operation, operation_id: build, max_attempts: 2, outputs: [{url: .data.result.url}]}\n"
)


def running(event: int) -> dict[str, object]:
    phases = [{"slug": "test", "label": "Running the tests", "message": ""}]
    return {
        "status": "running",
        "type": "build",
        "currentPhase": "test",
        "phases": phases,
        "lastEvent": event,
    }


def test_an_operation_that_gets_on_is_waited_for_however_long_it_takes(run, studio):
    waiting = {"status": "pending", "queuePosition": 2, "type": "build", "phases": []}
    ended = {"status": "succeeded", "result": {"url": "http://app"}}
    studio.operation = [waiting, *[running(number) for number in range(30)], ended]
    notes: list[str] = []
    done = run(WAIT, listener=lambda run, step: notes.append(step.note))
    assert done.outputs == {"wait": {"url": "http://app"}}
    assert [note for note in dict.fromkeys(notes) if note] == ["no. 2 in the queue", "Running the tests"]


def test_an_operation_without_news_is_given_up(run, studio):
    studio.operation = [running(1)] * 50
    assert error_of(run(WAIT), "wait") == "no news in 2 polls; last: Running the tests"


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_operation_that_did_not_succeed_fails_the_step_at_once(run, studio, status):
    error = {"code": "tests_failed", "message": "2 of 5 tests failed."}
    studio.operation = [{"status": status, "type": "build", "error": error}] * 9
    done = run(WAIT.replace("max_attempts: 2", "retries: 3"))
    assert error_of(done, "wait") == f"the build {status}: 2 of 5 tests failed. (tests_failed)"
    assert len(studio.asked) == 1


def test_a_server_that_restarts_meanwhile_is_waited_for(run, studio):
    studio.failures = {"/operations/build": 3}
    done = run(WAIT.replace("max_attempts: 2", "max_attempts: 9").replace(".data.result.url", ".data.status"))
    assert done.status == "passed"


def test_the_infrastructure_stands_when_the_project_is_live_and_both_hosts_answer(run, studio):
    dead = {"staging": studio.url, "production": "http://127.0.0.1:9"}
    studio.project = [{"status": "spawning", "urls": {}}, {"status": "live", "urls": dead}]
    text = BEGIN + "  wait: {action: wait_infra, project: demo, outputs: [{url: .data.urls.production}]}\n"
    assert run(text).outputs == {"wait": {"url": studio.url}}
    assert len(studio.asked) == 3


def test_a_project_that_did_not_come_to_life_fails_at_once(run, studio):
    studio.project = [{"status": "failed", "slug": "demo"}] * 5
    assert "did not come to life" in error_of(
        run(BEGIN + "  wait: {action: wait_infra, project: demo}\n"), "wait"
    )


# Assertions and commands


def test_conditions_on_a_value(run):
    text = (
        BEGIN
        + PROJECT
        + "  check: {action: assert, depends_on: [project], value: '{{ .outputs.project.name }}', that: ['. == %s']}\n"
    )
    assert run(text % '"demo"').status == "passed"
    assert error_of(run(text % '"other"'), "check") == '`. == "other"` does not hold of demo'


APP = (
    BEGIN
    + """\
  check:
    action: assert
    url: "{{ .vars.name }}"
    outputs: [{token: .token}]
    requests:
      - {method: POST, path: /sign-in, form: {username: "{{ .run.id }}"}, that: ['.signed == "username=run1"']}
      - {path: /private, status: STATUS, that: ['.token == "secret"'], contains: [secret]}
"""
)


def test_a_visitor_keeps_cookies_and_sends_the_csrf_token_back(run, studio):
    assert run(APP.replace("STATUS", "200"), name=studio.url).outputs == {"check": {"token": "secret"}}


def test_an_answer_that_is_not_as_expected_is_shown(run, studio):
    told = error_of(run(APP.replace("STATUS", "201"), name=studio.url), "check")
    assert told == 'GET /private answered 200 instead of 201: {"token": "secret"}'


def test_a_request_may_take_more_than_one_answer(run, studio):
    assert run(APP.replace("STATUS", "[302, 200]"), name=studio.url).status == "passed"
    told = error_of(run(APP.replace("STATUS", "[302, 201]"), name=studio.url), "check")
    assert told == 'GET /private answered 200 instead of 302 or 201: {"token": "secret"}'


def test_assertions_may_take_a_while_to_come_true(run, studio):
    text = (
        BEGIN
        + "  a: {action: assert, url: '%s', within_seconds: %s, requests: [{path: /x, that: ['.count > %d']}]}\n"
    )
    assert run(text % (studio.url, 60, 2)).status == "passed"
    started = time.monotonic()
    assert "does not hold" in error_of(run(text % (studio.url, 0.3, 3)), "a")
    assert time.monotonic() - started >= 0.3


def test_an_assertion_may_say_what_it_means(run, studio):
    check = "  a: {action: assert, value: '{{ .vars.name }}', that: ['. == 1'], message: '{{ .vars.name }} is not one.'}\n"
    assert error_of(run(BEGIN + check), "a") == "demo is not one.\n`. == 1` does not hold of demo"


@pytest.mark.parametrize(
    ("pieces", "told"), [(1, "the answer did not end within"), (1 << 20, "the answer is longer than 8 MiB")]
)
def test_an_app_that_never_stops_answering_is_not_listened_to(run, studio, pieces, told):
    studio.pieces = pieces
    patience = "timeout_seconds: 0.5, " if pieces == 1 else ""
    text = BEGIN + f"  a: {{action: assert, {patience}url: '{studio.url}', requests: [{{path: /endless}}]}}\n"
    assert told in error_of(run(text), "a")


def test_an_output_too_large_to_keep_fails_the_step(run):
    text = (
        BEGIN + "  a: {action: exec, command: [sh, -c, 'yes | head -c 300000'], outputs: [{said: .output}]}\n"
    )
    assert "output: said has" in error_of(run(text), "a")


def test_outputs_and_errors_hold_nothing_that_cannot_be_stored(run):
    said = "  a: {action: exec, command: [printf, 'a\\0b'], outputs: [{said: .output}]}\n"
    failed = "  b: {action: exec, command: [sh, -c, \"printf 'c\\\\0d'; exit 1\"]}\n"
    done = run(BEGIN + said + failed)
    assert done.outputs == {"a": {"said": "a\ufffdb"}}
    assert error_of(done, "b").endswith("c\ufffdd")
    assert RunRecord.model_validate_json(done.model_dump_json()) == done


def test_an_expression_without_end_fails_its_step_and_the_rest_is_torn_down(run, studio):
    check = "  a: {action: assert, depends_on: [project], value: 1, that: ['def f: f; f']}\n"
    done = run(BEGIN + PROJECT + check + TEARDOWN)
    assert status_of(done)["a"] == "failed"
    assert "`def f: f; f`" in error_of(done, "a")
    assert studio.asked[-1] == "DELETE /project/demo"


def test_a_project_that_is_going_away_is_not_waited_for(run, studio):
    studio.project = [{"status": "deleting", "slug": "demo"}] * 5
    told = error_of(run(BEGIN + "  wait: {action: wait_infra, project: demo}\n"), "wait")
    assert told == "the project demo is being deleted"


def test_a_command_gets_its_arguments_unread_by_any_shell(run):
    text = BEGIN + "  a: {action: exec, command: [echo, '{{ .vars.name }}'], outputs: [{said: .output}]}\n"
    assert run(text, name="$(id); x").outputs == {"a": {"said": "$(id); x\n"}}


def test_a_command_sees_no_secret_of_the_environment(run, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    done = run(
        BEGIN
        + "  a: {action: exec, command: [env], environment: {GREETING: hello}, outputs: [{said: .output}]}\n"
    )
    assert "GREETING=hello" in done.outputs["a"]["said"]
    assert "canary" not in done.outputs["a"]["said"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("[sh, -c, 'echo why; exit 3']", "exit code 3 instead of 0\nwhy"),
        ("[no-such-program]", "cannot be started"),
    ],
)
def test_a_command_that_fails_says_why(run, command, told):
    assert told in error_of(run(BEGIN + f"  a: {{action: exec, command: {command}}}\n"), "a")


def test_a_command_is_killed_with_all_it_started_when_its_time_is_over(run, tmp_path):
    marker = tmp_path / "late"
    text = (
        BEGIN
        + f"  a: {{action: exec, timeout_seconds: 0.3, command: [sh, -c, '(sleep 60; touch {marker}) & wait']}}\n"
    )
    assert "took longer than" in error_of(run(text), "a")
    deadline = time.monotonic() + 30
    while subprocess.run(["pgrep", "-f", str(marker)], capture_output=True, check=False).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Stopping and resuming


def test_a_run_that_is_stopped_tears_down_at_once(run, studio):
    begun: list[str] = []
    text = (
        BEGIN
        + PROJECT
        + "  long: {action: sleep, seconds: 600, depends_on: [project]}\n  after: {action: sleep, seconds: 1, depends_on: [long]}\n"
    )
    done = run(
        text + TEARDOWN,
        listener=lambda run, step: begun.append(step.name),
        stop=lambda: "cancel" if "long" in begun else None,
    )
    assert done.status == "cancelled"
    assert status_of(done) == {
        "project": "passed",
        "long": "cancelled",
        "after": "cancelled",
        "teardown-1": "passed",
    }
    assert studio.asked[-1] == "DELETE /project/demo"


def test_what_a_request_under_way_makes_is_torn_down_too(run, studio):
    studio.slow = {"/project": 0.6}
    done = run(BEGIN + PROJECT + TEARDOWN, stop=lambda: "cancel" if studio.asked else None)
    assert status_of(done) == {"project": "passed", "teardown-1": "passed"}
    assert done.status == "cancelled"


def test_a_run_that_somebody_else_continues_is_left_alone(run, studio):
    text = BEGIN + PROJECT + "  long: {action: sleep, seconds: 60, depends_on: [project]}\n"
    done = run(text + TEARDOWN, stop=lambda: "abandon" if len(studio.asked) else None)
    assert done.ended_at is None
    assert studio.asked == ["POST /project"]


def test_a_teardown_that_somebody_else_continues_is_left_alone(run, studio):
    text = (
        BEGIN
        + PROJECT
        + "teardown:\n  - {action: sleep, seconds: 60}\n"
        + TEARDOWN.removeprefix("teardown:\n")
    )
    tearing_down: list[bool] = []
    done = run(
        text,
        listener=lambda run, step: tearing_down.append(run.tearing_down),
        stop=lambda: "abandon" if any(tearing_down) else None,
    )
    assert done.ended_at is None
    assert studio.asked == ["POST /project"]


def test_a_teardown_that_is_left_to_another_waits_for_its_request_under_way(run, studio):
    """Or the other one would ask for the same again."""
    studio.held = {"/project/demo": threading.Event()}
    stop: list[str] = []

    def hold(run, step):
        if step.name == "teardown-1" and not stop:
            stop.append("abandon")
            threading.Timer(0.3, studio.held["/project/demo"].set).start()

    text = BEGIN + PROJECT + TEARDOWN
    left = run(text, listener=hold, stop=lambda: stop[0] if stop else None)
    assert (left.ended_at, left.teardown[0].status) == (None, "passed")
    assert run(text, record=left).status == "passed"
    assert studio.asked == ["POST /project", "DELETE /project/demo"]


def test_a_teardown_step_that_was_left_behind_is_done_by_who_goes_on(run, studio):
    rest = "teardown:\n  - {name: rest, action: sleep, seconds: SECONDS}\n"
    text = BEGIN + PROJECT + rest + TEARDOWN.removeprefix("teardown:\n")
    stop: list[str] = []
    left = run(
        text.replace("SECONDS", "600"),
        listener=lambda run, step: step.name == "rest" and stop.append("abandon"),
        stop=lambda: "abandon" if stop else None,
    )
    assert left.teardown[0].status == "running"
    done = run(text.replace("SECONDS", "0.1"), record=left)
    assert status_of(done) == {"project": "passed", "rest": "passed", "teardown-2": "passed"}


def test_a_step_that_was_left_behind_does_not_disturb_the_teardown(run, studio):
    studio.held = {"/late/chat": threading.Event()}
    late = "  late: {action: api, method: POST, endpoint: /late/chat, body: {}, depends_on: [project]}\n"
    rest = "teardown:\n  - {name: rest, action: sleep, seconds: 2}\n"
    done = run(
        BEGIN + PROJECT + late + rest + TEARDOWN.removeprefix("teardown:\n"),
        grace_seconds=0.1,
        listener=lambda run, step: step.name == "rest" and studio.held["/late/chat"].set(),
        stop=lambda: "cancel" if len(studio.asked) > 1 else None,
    )
    expected = {"project": "passed", "late": "cancelled", "rest": "passed", "teardown-2": "passed"}
    assert (done.status, status_of(done)) == ("cancelled", expected)


def test_no_more_steps_are_at_work_than_may_be(run):
    step = "  {0}: {{action: sleep, seconds: 0.2}}\n"
    most = 0

    def count(record, step):
        nonlocal most
        most = max(most, sum(row.status == "running" for row in record.steps))

    assert run(BEGIN + "".join(map(step.format, "abcdefgh")), listener=count).status == "passed"
    assert most == runner.PARALLEL


def test_a_run_goes_on_from_what_was_noted(run, studio):
    text = (
        BEGIN
        + PROJECT
        + '  build: {action: api, method: POST, endpoint: "/projects/{{ .outputs.project.name }}/blueprints", depends_on: [project]}\n'
        + TEARDOWN
    )
    noted: list[str] = []
    run(text, listener=lambda run, step: noted.append(run.model_dump_json()))
    cut_off = next(
        record
        for record in map(RunRecord.model_validate_json, noted)
        if status_of(record)["build"] == "running"
    )
    studio.asked.clear()
    studio.gone.clear()
    done = run(text, record=cut_off)
    assert done.status == "passed"
    assert studio.asked == ["POST /projects/demo/blueprints", "DELETE /project/demo"]
    assert studio.idempotency_keys["/projects/demo/blueprints"] == ["tree/run1/build"] * 2


def test_a_run_that_was_cut_off_in_its_teardown_starts_no_step_again(run, studio):
    text = BEGIN + PROJECT + TEARDOWN
    noted: list[str] = []
    run(text, listener=lambda run, step: noted.append(run.model_dump_json()))
    records = [RunRecord.model_validate_json(text) for text in noted]
    cut_off = next(record for record in records if status_of(record)["teardown-1"] == "running")
    studio.asked.clear()
    assert run(text, record=cut_off).status == "passed"
    assert studio.asked == ["DELETE /project/demo"]
