"""Workers of their own process, killed and stopped where it hurts."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from operations.engine import runner, sweeper
from operations.models import Operation
from tests.operations import tiny
from tests.operations.test_engine import assert_gapless, lines, told, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(settings):
    """Starts a worker process on an operation; whatever is left is killed at the end."""
    started = []

    def start(operation, **environment):
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "OPERATION_LEASE_SECONDS": "2",
            "OPERATION_HEARTBEAT_SECONDS": "1",
            **environment,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.operations.worker", str(operation.pk)], env=environment
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def database_url():
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def in_second_phase(operation):
    """And so far in it that its effect has happened."""
    return "second" in lines(Path(operation.input["effects"]))


def test_a_worker_killed_in_a_phase_costs_only_that_phase(project, effects, tmp_path, worker):
    gate = tmp_path / "gate"
    operation = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    process = worker(operation)
    wait_until(lambda: in_second_phase(operation), 60)

    process.send_signal(signal.SIGKILL)
    process.wait()
    gate.touch()
    sweeper.sweep()
    assert runner.run(operation.pk)

    operation.refresh_from_db()
    assert operation.status == Operation.Status.SUCCEEDED
    assert lines(effects) == ["first", "second", "second"], "the finished phase is not run again"
    assert_gapless(operation)


def test_on_the_same_machine_a_killed_worker_is_missed_before_its_lease_ends(
    project, effects, tmp_path, worker
):
    operation = tiny.start("test_two", project, effects=str(effects), until=str(tmp_path / "never"))
    process = worker(operation, OPERATION_LEASE_SECONDS="60")
    wait_until(lambda: in_second_phase(operation), 60)
    assert sweeper.sweep() == sweeper.Swept()

    process.kill()
    process.wait()
    assert sweeper.sweep().requeued == 1


def test_a_worker_stopped_past_its_lease_wakes_up_and_changes_nothing(project, effects, tmp_path, worker):
    gate = tmp_path / "gate"
    operation = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    process = worker(operation)
    wait_until(lambda: in_second_phase(operation), 60)

    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: sweeper.sweep().requeued == 1, 60)
    gate.touch()
    assert runner.run(operation.pk)
    operation.refresh_from_db()
    before = told(operation)
    process.send_signal(signal.SIGCONT)
    process.wait(60)

    assert told(operation) == before
    assert [payload for payload in before if payload["type"] == "complete"] == [before[-1]]
    operation.refresh_from_db()
    assert (operation.status, operation.fence) == (Operation.Status.SUCCEEDED, 2)
    assert_gapless(operation)


def test_a_worker_that_hangs_in_a_call_is_given_up(project, effects, tmp_path, worker):
    operation = tiny.start(
        "test_silent", project, effects=str(effects), until=str(tmp_path / "never"), attentive=False
    )
    process = worker(operation)
    wait_until(lambda: Operation.objects.get(pk=operation.pk).status == Operation.Status.FAILED, 60)
    assert Operation.objects.get(pk=operation.pk).error["code"] == "no_progress"
    process.kill()


def test_a_clock_that_jumps_past_the_lease_loses_no_event(project, effects, tmp_path, worker):
    gate = tmp_path / "gate"
    operation = tiny.start("test_two", project, effects=str(effects), until=str(gate))
    process = worker(operation)
    wait_until(lambda: in_second_phase(operation), 60)

    Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(hours=1))
    sweeper.sweep()
    gate.touch()
    runner.run(operation.pk)
    process.wait(60)

    operation.refresh_from_db()
    assert operation.status == Operation.Status.SUCCEEDED
    assert_gapless(operation)
