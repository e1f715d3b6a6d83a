"""Claims: one winner, nobody waits for a row that somebody else is taking, and one clock for all."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from operations.engine import lease, runner, sweeper
from operations.models import Operation
from studio.core import clock
from tests.operations import tiny
from tests.operations.test_engine import assert_gapless, told

pytestmark = pytest.mark.django_db(transaction=True)

Status = Operation.Status
PATIENCE_SECONDS = 60

needs_skip_locked = pytest.mark.skipif(
    not connection.features.has_select_for_update_skip_locked,
    reason="this database locks no rows",
)


def at_once(jobs):
    """Run all of them at the same moment, each on a connection of its own; what each returned or raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def work(number, job):
        try:
            barrier.wait()
            results[number] = job()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "they wait for each other"
    return results


def test_many_claim_many_and_each_is_claimed_once(project, other_project):
    """Eight workers with the same messages: what can run is claimed by exactly one of them."""
    operations = [tiny.start("test_two", place) for place in (project, other_project) for _ in range(3)]
    operations += [tiny.start("test_two", None) for _ in range(6)]

    def claim_all(name):
        return [lease.take(operation.pk, worker=name) for operation in operations]

    claims = at_once([lambda name=name: claim_all(f"w{name}") for name in range(8)])

    for error in claims:
        assert not isinstance(error, Exception), error
    won = [claim for each in claims for claim in each if claim is not None]
    running = Operation.objects.filter(status=Status.RUNNING)
    assert sorted(claim.operation_id for claim in won) == sorted(running.values_list("pk", flat=True))
    assert len(won) == 8, "the first of each project, and those of no project"
    assert set(running.values_list("fence", flat=True)) == {1}


@needs_skip_locked
def test_a_row_that_somebody_holds_is_skipped_and_not_waited_for(project):
    operation = tiny.start("test_two", project)
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Operation.objects.select_for_update().get(pk=operation.pk)
            held.set()
            done.wait(PATIENCE_SECONDS)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(PATIENCE_SECONDS)
        assert lease.take(operation.pk, worker="second") is None
        assert not done.is_set() and holder.is_alive(), "the answer came while the row was held"
    finally:
        done.set()
        holder.join()
    assert lease.take(operation.pk, worker="second") is not None


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_host_whose_clock_is_wrong_neither_takes_nor_loses_work(project, other_project, monkeypatch, hours):
    """Whatever this process believes the time to be, leases are kept by the database's clock."""
    alive, lost = tiny.start("test_two", project), tiny.start("test_two", other_project)
    for operation in (alive, lost):
        assert lease.take(operation.pk, worker="elsewhere")
    Operation.objects.filter(pk=lost.pk).update(lease_until=clock.later(-1))
    wrong = time.time() + hours * 3600
    monkeypatch.setattr("time.time", lambda: wrong)
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock_of(wrong))

    assert sweeper.sweep().requeued == 1
    assert lease.take(lost.pk, worker="here") is not None
    assert sweeper.sweep().requeued == 0

    alive.refresh_from_db()
    assert (alive.status, alive.worker) == (Status.RUNNING, "elsewhere")


def clock_of(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def test_what_waits_for_its_next_try_waits_by_the_clock_of_the_database(project, effects):
    operation = tiny.start("test_flaky", project, effects=str(effects), failures=1)
    runner.run(operation.pk)
    waits = Operation.objects.annotate(seconds=F("available_at") - clock.now()).get(pk=operation.pk)
    assert timedelta(0) < waits.seconds <= timedelta(seconds=2)


def test_what_this_release_does_not_know_is_left_to_others_and_fails_in_the_end(project, caplog):
    operation = Operation.objects.create(type="from_tomorrow", project=project, project_slug=project.slug)

    assert not runner.run(operation.pk)
    assert "unknown type 'from_tomorrow'" in caplog.text
    assert sweeper.sweep() == sweeper.Swept()
    operation.refresh_from_db()
    assert operation.status == Status.PENDING

    Operation.objects.filter(pk=operation.pk).update(created_at=clock.later(-sweeper.UNKNOWN_SECONDS - 1))
    assert sweeper.sweep().failed == 1
    operation.refresh_from_db()
    assert (operation.status, operation.error["code"]) == (Status.FAILED, "unknown_type")
    assert told(operation)[-1]["code"] == "unknown_type"
    assert_gapless(operation)


def test_one_of_an_unknown_type_that_lost_its_worker_waits_for_one_that_knows_it(project):
    operation = Operation.objects.create(type="from_tomorrow", project=project, project_slug=project.slug)
    Operation.objects.filter(pk=operation.pk).update(
        status=Status.RUNNING, fence=1, lease_until=clock.later(-1), created_at=clock.later(-9_000)
    )
    assert sweeper.sweep() == sweeper.Swept(requeued=1)
    operation.refresh_from_db()
    assert operation.status == Status.PENDING
