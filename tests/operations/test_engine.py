"""The engine, on workflows small enough to count what it did to them."""

import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from operations import services
from operations.cards import card
from operations.engine import lease, requeue, runner, sweeper
from operations.engine.workflow import LeaseLost
from operations.models import Operation, OperationPhase
from studio.core.errors import Conflict
from studio.runtime import shutdown
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)

Status = Operation.Status


def lines(path):
    return path.read_text().split()


def told(operation):
    return [event.payload for event in operation.events.all()]


def assert_gapless(operation):
    operation.refresh_from_db()
    assert [event.seq for event in operation.events.all()] == list(range(1, operation.last_seq + 1))


def test_phases_run_in_order_and_tell_of_each_transition(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))

    assert runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert operation.result == {"sum": 8, "url": "http://example.localhost"}
    assert lines(effects) == ["first", "second"]
    assert told(operation) == [
        {"type": "phase", "phase": "first", "status": "in_progress", "message": "First"},
        {"type": "log", "phase": "first", "message": "one"},
        {"type": "phase", "phase": "first", "status": "complete", "message": "First"},
        {"type": "phase", "phase": "second", "status": "in_progress", "message": "Second"},
        {"type": "log", "phase": "second", "message": "two"},
        {"type": "phase", "phase": "second", "status": "complete", "message": "Second"},
        {"type": "complete", "status": "success", "message": "Done", "url": "http://example.localhost"},
    ]
    assert_gapless(operation)
    assert tiny.ended.count((str(operation.pk), "succeeded")) == 1


def test_a_message_delivered_again_does_nothing(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))

    assert runner.run(operation.pk)
    assert not runner.run(operation.pk)

    assert lines(effects) == ["first", "second"]
    assert_gapless(operation)


def test_of_two_workers_that_claim_at_once_one_works(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    barrier = threading.Barrier(4)
    results = []

    def work():
        from django.db import connection

        barrier.wait()
        results.append(runner.run(operation.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False, False, False, True]
    assert lines(effects) == ["first", "second"]


def test_a_phase_that_fails_ends_the_operation_with_its_code_and_details(project, effects, tmp_path):
    operation = tiny.start("test_broken", project, effects=str(effects), mended=str(tmp_path / "mended"))

    runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.status == Status.FAILED
    assert operation.error == {
        "code": "tests_failed", "message": "2 of 5 tests failed.", "phase": "broken", "tests": ["test_one"],
    }  # fmt: skip
    assert told(operation)[-2:] == [
        {"type": "phase", "phase": "broken", "status": "failed", "message": "2 of 5 tests failed."},
        {
            "type": "error",
            "status": "failed",
            "code": "tests_failed",
            "message": "2 of 5 tests failed.",
            "phase": "broken",
        },
    ]
    assert operation.phases.get(slug="broken").status == OperationPhase.Status.FAILED


def test_a_bug_ends_as_internal_and_shows_no_secret(project, caplog):
    operation = tiny.start("test_buggy", project)

    runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.error["code"] == "internal"
    assert "secret" not in str(operation.error) + str(told(operation))
    assert "ZeroDivisionError" in caplog.text


def test_a_failure_that_may_heal_waits_in_line_and_is_tried_again(project, effects):
    operation = tiny.start("test_flaky", project, effects=str(effects), failures=2)

    for _ in range(2):
        runner.run(operation.pk)
        operation.refresh_from_db()
        assert operation.status == Status.PENDING
        assert operation.available_at > timezone.now()
        assert not runner.run(operation.pk), "not before its time"
        Operation.objects.filter(pk=operation.pk).update(available_at=timezone.now())
    runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert lines(effects) == ["flaky"] * 3


def test_it_is_not_tried_for_ever(project, effects):
    operation = tiny.start("test_flaky", project, effects=str(effects), failures=9)

    for _ in range(3):
        Operation.objects.filter(pk=operation.pk).update(available_at=None)
        runner.run(operation.pk)

    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "network")


def test_a_full_disk_is_named_and_not_taken_for_a_defect(project):
    operation = tiny.start("test_overfull", project)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "disk_full")
    assert "Make room" in operation.error["message"]


def test_a_zombie_whose_lease_was_taken_can_write_nothing(project):
    operation = tiny.start("test_two", project)
    zombie = lease.take(operation.pk, worker="zombie")
    Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep().requeued == 1
    owner = lease.take(operation.pk, worker="owner")
    before = Operation.objects.values().get(pk=operation.pk)

    with pytest.raises(LeaseLost):
        zombie.write(tiny_event("from the grave"), result={"stolen": True})
    assert not zombie.renew()

    assert Operation.objects.values().get(pk=operation.pk) == before
    owner.write(tiny_event("alive"))
    assert "from the grave" not in str(told(operation))
    assert_gapless(operation)


def tiny_event(message):
    from operations.engine.events import log_event

    return log_event(message)


def test_a_lost_worker_costs_only_the_phase_it_was_in(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    lease.take(operation.pk, worker="gone")
    Operation.objects.filter(pk=operation.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1), current_phase="second"
    )
    operation.phases.filter(slug="first").update(status="complete", checkpoint={"seed": 1})
    operation.phases.filter(slug="second").update(status="running", attempt=1)

    assert sweeper.sweep().requeued == 1
    runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.result["sum"] == 2
    assert lines(effects) == ["second"]
    assert_gapless(operation)


def test_an_operation_that_keeps_losing_its_worker_fails_with_that_label(project, settings):
    operation = tiny.start("test_two", project)
    for _ in range(settings.OPERATION_MAX_ATTEMPTS):
        assert lease.take(operation.pk, worker="gone") is not None
        Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeper.sweep()

    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "worker_lost")
    assert told(operation)[-1]["code"] == "worker_lost"


def test_a_finished_phase_forgets_the_workers_lost_before(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    Operation.objects.filter(pk=operation.pk).update(attempt=2)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.attempt == 0


def test_a_living_worker_is_left_alone(project):
    operation = tiny.start("test_two", project)
    lease.take(operation.pk, worker="alive")

    assert sweeper.sweep() == sweeper.Swept()
    operation.refresh_from_db()
    assert operation.status == Status.RUNNING


def test_a_second_operation_of_a_project_waits_for_the_first(project, other_project, effects, tmp_path):
    gate = tmp_path / "gate"
    one = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    two = tiny.start("test_two", project, effects=str(effects))
    elsewhere = tiny.start("test_two", other_project, effects=str(effects))
    worker = running(one)

    assert not runner.run(two.pk)
    assert runner.run(elsewhere.pk), "another project does not wait"

    gate.touch()
    worker.join()
    assert runner.run(two.pk)


def test_the_line_is_kept_in_order(project, effects):
    one = tiny.start("test_two", project, effects=str(effects))
    two = tiny.start("test_two", project, effects=str(effects))

    assert not runner.run(two.pk)
    assert runner.run(one.pk)
    assert runner.run(two.pk)


def test_the_database_lets_no_two_operations_of_a_project_run(project):
    from django.db import IntegrityError

    one, two = tiny.start("test_two", project), tiny.start("test_two", project)
    Operation.objects.filter(pk=one.pk).update(status=Status.RUNNING)
    with pytest.raises(IntegrityError):
        Operation.objects.filter(pk=two.pk).update(status=Status.RUNNING)


def test_a_cancel_is_noticed_in_the_middle_of_a_phase(project, effects, tmp_path):
    operation = tiny.start("test_two", project, effects=str(effects), until=str(tmp_path / "never"))
    worker = running(operation)

    Operation.objects.filter(pk=operation.pk).update(cancel_requested_at=timezone.now())
    worker.join(60)

    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.CANCELLED, "cancelled")
    assert told(operation)[-1] == {
        "type": "error", "status": "cancelled", "code": "cancelled", "message": "Cancelled.",
    }  # fmt: skip


def test_what_breaks_because_it_was_stopped_is_cancelled(project):
    operation = tiny.start("test_stopped", project)
    worker = running(operation)

    Operation.objects.filter(pk=operation.pk).update(cancel_requested_at=timezone.now())
    worker.join(30)

    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.CANCELLED, "cancelled")


def test_a_cancelled_operation_does_not_wait_for_another_try(project):
    operation = tiny.start("test_meanwhile", project, meanwhile="cancel")
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.CANCELLED


def test_a_worker_that_lost_its_claim_puts_nothing_back_into_the_line(project):
    operation = tiny.start("test_meanwhile", project, meanwhile="claim")
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.RUNNING


def test_evidence_is_stored_without_what_databases_refuse(project):
    operation = tiny.start("test_noisy", project)
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.error["tests"] == [{"id": "one", "lines": ["before\N{REPLACEMENT CHARACTER}after"]}]


def test_an_end_that_cannot_be_told_on_is_a_failure_and_an_end(project, effects, caplog):
    operation = tiny.start("test_deaf", project, effects=str(effects))
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "internal")
    assert "nobody is to be told" in caplog.text


def test_one_operation_that_cannot_be_swept_does_not_keep_others_lost(project, other_project, caplog):
    lost, stubborn = tiny.start("test_two", other_project), tiny.start("test_unwritable", project)
    for operation in (stubborn, lost):
        lease.take(operation.pk, worker="gone")
    long_ago = timezone.now() - timedelta(minutes=1)
    Operation.objects.update(lease_until=long_ago)
    Operation.objects.filter(pk=stubborn.pk).update(attempt=9)

    assert sweeper.sweep().requeued == 1
    assert "could not be swept" in caplog.text


def test_a_silent_phase_is_failed_while_it_still_blocks(project, effects, tmp_path):
    gate = tmp_path / "gate"
    operation = tiny.start("test_silent", project, effects=str(effects), until=str(gate), attentive=False)
    worker = running(operation)

    wait_until(lambda: Operation.objects.get(pk=operation.pk).status == Status.FAILED)
    operation.refresh_from_db()
    assert operation.error["code"] == "no_progress"

    gate.touch()
    worker.join(30)
    assert told(operation)[-1]["type"] == "error", "what it says afterwards is not heard"
    assert_gapless(operation)


def test_a_heartbeat_keeps_the_lease_of_long_work(project, effects, tmp_path, settings):
    settings.OPERATION_HEARTBEAT_SECONDS, settings.OPERATION_LEASE_SECONDS = 0.1, 3
    gate = tmp_path / "gate"
    operation = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    worker = running(operation)
    operation.refresh_from_db()
    first = operation.lease_until

    wait_until(lambda: Operation.objects.get(pk=operation.pk).lease_until > first + timedelta(seconds=3))
    assert sweeper.sweep().requeued == 0, "the first lease would be over by now"
    gate.touch()
    worker.join(30)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED


def test_a_pending_operation_whose_message_died_is_dispatched_again(project):
    operation = tiny.start("test_two", project)
    long_ago = timezone.now() - timedelta(minutes=1)
    Operation.objects.filter(pk=operation.pk).update(dispatched_at=long_ago)

    assert sweeper.sweep().dispatched == 1
    assert sweeper.sweep().dispatched == 0, "once is enough for now"


def test_an_unknown_operation_is_nobodys_work():
    assert not runner.run(uuid.uuid4())


def test_a_database_that_fails_under_a_phase_costs_that_phase(project, effects):
    operation = tiny.start("test_unstored", project, effects=str(effects), failures=1)

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.attempt, operation.worker) == (Status.PENDING, 1, "")
    assert runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert_gapless(operation)


def test_one_that_fails_each_time_ends_it_with_that_label(project, effects, settings):
    operation = tiny.start("test_unstored", project, effects=str(effects), failures=9)
    for _ in range(settings.OPERATION_MAX_ATTEMPTS):
        assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "database_failed")


def test_a_worker_that_is_ending_hands_back_and_begins_nothing(project, effects, tmp_path):
    gate = tmp_path / "gate"
    operation = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    handed_back(operation, running(operation))
    assert (operation.status, operation.attempt, operation.lease_until) == (Status.PENDING, 0, None)
    assert operation.phases.get(slug="second").status == OperationPhase.Status.PENDING

    gate.touch()
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED
    assert_gapless(operation)


def test_a_cancel_before_the_point_of_no_return_undoes_what_was_to_stand(project, effects, tmp_path):
    gate = tmp_path / "gate"
    operation = tiny.start(
        "test_decided", project, effects=str(effects), until=str(gate), then=str(tmp_path / "then")
    )
    worker = running(operation, phase="decided")
    services.cancel(operation=operation, by=None)
    gate.touch()
    worker.join(30)

    operation.refresh_from_db()
    assert (operation.status, operation.decided_at) == (Status.CANCELLED, None)
    assert operation.phases.get().checkpoint == {}


def test_after_it_a_cancel_is_refused_and_the_operation_finishes(project, effects, tmp_path):
    gate, then = tmp_path / "gate", tmp_path / "then"
    operation = tiny.start("test_decided", project, effects=str(effects), until=str(gate), then=str(then))
    worker = running(operation, phase="decided")
    gate.touch()
    wait_until(lambda: Operation.objects.get(pk=operation.pk).decided_at is not None, 30)

    with pytest.raises(Conflict) as caught:
        services.cancel(operation=operation, by=None)
    assert caught.value.code == "too_late"
    then.touch()
    worker.join(30)
    operation.refresh_from_db()
    assert (operation.status, operation.result) == (Status.SUCCEEDED, {"live": True})


def test_nor_is_it_cancelled_while_it_waits_for_another_worker(project, effects, tmp_path):
    gate, then = tmp_path / "gate", tmp_path / "then"
    operation = tiny.start("test_decided", project, effects=str(effects), until=str(gate), then=str(then))
    worker = running(operation, phase="decided")
    gate.touch()
    wait_until(lambda: Operation.objects.get(pk=operation.pk).decided_at is not None, 30)
    assert handed_back(operation, worker).status == Status.PENDING

    with pytest.raises(Conflict) as caught:
        services.cancel(operation=operation, by=None)
    assert caught.value.code == "too_late"
    then.touch()
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.result) == (Status.SUCCEEDED, {"live": True})


def test_work_of_another_release_keeps_what_is_before_it_from_no_end(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    behind = tiny.start("test_two", project, effects=str(effects))
    Operation.objects.filter(pk=behind.pk).update(type="from_tomorrow")

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.SUCCEEDED


def test_what_is_put_back_behind_an_older_one_tells_of_that(project, effects):
    """It failed before, and was retried while the younger one ran."""
    older = tiny.start("test_two", project, effects=str(effects))
    younger = tiny.start("test_two", project, effects=str(effects))
    Operation.objects.filter(pk=older.pk).update(status=Status.FAILED)
    claim = lease.take(younger.pk, worker="ending")
    assert claim is not None
    services.retry(operation=older, by=None)
    assert Operation.objects.get(pk=older.pk).dispatched_at is None

    assert requeue.hand_back(claim)
    assert Operation.objects.get(pk=older.pk).dispatched_at is not None


def handed_back(operation, worker):
    """Its worker was asked to end, and is gone."""
    shutdown.begin()
    try:
        worker.join(30)
        assert not worker.is_alive()
    finally:
        shutdown.forget()
    operation.refresh_from_db()
    return operation


def lost(operation, *, times):
    """As many workers were lost in turn, the last of them just now."""
    for _ in range(times):
        assert lease.take(operation.pk, worker="gone") is not None
        Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeper.sweep()
    operation.refresh_from_db()
    return operation


def test_what_has_something_to_clear_up_does_so_although_it_was_cancelled_while_it_waited(
    project, effects, tmp_path
):
    operation = tiny.start("test_clearing", project, effects=str(effects), until=str(tmp_path / "never"))
    handed_back(operation, running(operation, "clearing", done="made"))
    services.cancel(operation=operation, by=None)
    operation.refresh_from_db()
    assert (operation.status, operation.completed_at) == (Status.PENDING, None)

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.CANCELLED, "cancelled")
    assert lines(effects) == ["made", "clearing"]
    assert operation.phases.get().checkpoint == {"made": True, "cleared": True}
    assert_gapless(operation)


def test_what_has_nothing_to_clear_up_yet_ends_at_once(project, effects):
    operation = tiny.start("test_clearing", project, effects=str(effects))
    assert services.cancel(operation=operation, by=None).status == Status.CANCELLED
    assert [event["type"] for event in told(operation)] == ["error"]


def test_one_that_keeps_losing_its_worker_clears_up_before_it_fails(project, effects, tmp_path, settings):
    operation = tiny.start("test_clearing", project, effects=str(effects), until=str(tmp_path / "never"))
    handed_back(operation, running(operation, "clearing", done="made"))
    lost(operation, times=settings.OPERATION_MAX_ATTEMPTS)
    assert operation.status == Status.PENDING

    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "worker_lost")
    assert told(operation)[-1]["code"] == "worker_lost"
    assert lines(effects) == ["made", "clearing"]
    assert_gapless(operation)
    services.retry(operation=operation, by=None)
    assert (operation.error, operation.cancel_requested_at) == (None, None)


def test_clearing_up_that_keeps_losing_its_worker_too_ends(project, effects, tmp_path, settings):
    operation = tiny.start("test_clearing", project, effects=str(effects), until=str(tmp_path / "never"))
    handed_back(operation, running(operation, "clearing", done="made"))
    lost(operation, times=2 * settings.OPERATION_MAX_ATTEMPTS)
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "worker_lost")


def test_clearing_up_is_handed_back_by_a_worker_that_is_ending(project, effects, tmp_path):
    never, cleared = tmp_path / "never", tmp_path / "cleared"
    operation = tiny.start(
        "test_clearing", project, effects=str(effects), until=str(never), cleared=str(cleared)
    )
    worker = running(operation, "clearing", done="made")
    services.cancel(operation=operation, by=None)
    wait_until(lambda: "clearing" in lines(effects))
    assert handed_back(operation, worker).status == Status.PENDING

    cleared.touch()
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Status.CANCELLED
    assert operation.phases.get().checkpoint["cleared"]


def test_what_is_given_up_after_the_point_of_no_return_says_that_it_is_live(
    project, effects, tmp_path, settings
):
    gate, then = tmp_path / "gate", tmp_path / "then"
    operation = tiny.start("test_decided", project, effects=str(effects), until=str(gate), then=str(then))
    gate.touch()
    worker = running(operation, phase="decided")
    wait_until(lambda: Operation.objects.get(pk=operation.pk).decided_at is not None, 30)
    handed_back(operation, worker)
    lost(operation, times=settings.OPERATION_MAX_ATTEMPTS)

    assert (operation.status, operation.error["code"]) == (Status.FAILED, "worker_lost")
    assert operation.error["message"].startswith("The new version is live, but")
    assert (card(operation).word, card(operation).live) == ("Live, unfinished", True)


def running(operation, phase="second", *, done=""):
    """A worker thread, once it has reached the phase that waits, and has `done` something there."""
    from django.db import connection

    def work():
        runner.run(operation.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: operation.phases.filter(slug=phase, status="running").exists(), 30)
    effects = Path(operation.input.get("effects", ""))
    wait_until(lambda: not done or done in lines(effects))
    return thread


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
