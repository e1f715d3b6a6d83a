"""Workers that are asked to end hand their work back; those that go deaf end themselves."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from operations.engine import dispatch
from operations.models import Operation
from studio.runtime.processes import ProcessIdentity
from studio.runtime.watchdog import EXIT_CODE
from tests.operations import tiny
from tests.operations.faulty_network import FaultyNetwork
from tests.operations.pool import PATIENCE_SECONDS, Pool, wait_until
from tests.operations.test_engine import assert_gapless, lines, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

Status = Operation.Status


@pytest.fixture
def pool(tmp_path):
    pool = Pool(tmp_path)
    yield pool
    pool.end()


@pytest.fixture
def network():
    network = FaultyNetwork()
    yield network
    network.close()


def send(operation):
    dispatch.dispatch(operation)
    return operation


def fresh(operation):
    return Operation.objects.get(pk=operation.pk)


def works_on(operation):
    return lambda: "second" in lines(Path(operation.input["effects"]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_a_worker_that_is_asked_to_end_hands_its_work_back(project, effects, tmp_path, pool, number):
    gate = tmp_path / "gate"
    operation = send(tiny.start("test_two", project, effects=str(effects), until=str(gate)))
    ending = pool.start()
    wait_until(works_on(operation))
    going_on = pool.start(name="other@%h")

    ending.send_signal(number)
    wait_until(lambda: fresh(operation).fence == 2, why=pool.said())
    assert ending.wait(60) == 0
    gate.touch()
    wait_until(lambda: fresh(operation).status == Status.SUCCEEDED, why=pool.said())

    operation.refresh_from_db()
    assert operation.attempt == 0, "nobody was lost"
    assert going_on.poll() is None
    assert lines(effects) == ["first", "second", "second"]
    assert "The worker is ending; another one continues." in [
        event.get("message") for event in told(operation)
    ]
    assert_gapless(operation)


def test_one_that_blocks_is_handed_back_with_its_process(project, effects, tmp_path, pool):
    gate = tmp_path / "gate"
    operation = send(tiny.start("test_two", project, effects=str(effects), until=str(gate), attentive=False))
    ending = pool.start()
    wait_until(works_on(operation))
    pool.start(name="other@%h")

    ending.send_signal(signal.SIGTERM)
    wait_until(lambda: fresh(operation).fence == 2, why=pool.said())
    ending.wait(60)
    gate.touch()
    wait_until(lambda: fresh(operation).status == Status.SUCCEEDED, why=pool.said())
    assert fresh(operation).attempt == 0


def test_what_runs_in_the_sandbox_ends_with_its_worker(project, effects, tmp_path, pool):
    pid_file = tmp_path / "pid"
    script = f"trap '' TERM QUIT INT; echo $$ > {pid_file}; while :; do sleep 0.2; done"
    operation = send(tiny.start("test_shell", project, script=script, shared=str(tmp_path)))
    ending = pool.start()
    wait_until(lambda: pid_file.exists() and pid_file.read_text().strip(), why=pool.said())
    child = next(
        found
        for found in map(ProcessIdentity.of, descendants(ending.pid))
        if found and sleeps(found.pid, script)
    )

    ending.send_signal(signal.SIGTERM)
    ending.wait(60)
    wait_until(lambda: not child.is_alive())
    assert fresh(operation).status == Status.PENDING


def descendants(pid):
    below = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid):
            below += [int(entry.name), *descendants(int(entry.name))]
    return below


def sleeps(pid, script):
    try:
        return script.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_every_worker_looks_for_lost_work(project, effects, pool):
    """No beat, and no message: a worker alone finds what nobody told it of."""
    operation = tiny.start("test_two", project, effects=str(effects))
    pool.start()
    wait_until(lambda: fresh(operation).status == Status.SUCCEEDED, why=pool.said())


def test_a_cancel_ends_what_ignores_it(project, effects, tmp_path, pool):
    """A phase that asks for nothing, in a call that does not return."""
    operation = send(
        tiny.start("test_two", project, effects=str(effects), until=str(tmp_path / "never"), attentive=False)
    )
    worker = pool.start()
    wait_until(works_on(operation))
    children = [found for found in map(ProcessIdentity.of, descendants(worker.pid)) if found]
    assert children

    from operations import services

    services.cancel(operation=operation, by=None)
    wait_until(lambda: fresh(operation).status == Status.CANCELLED, why=pool.said())
    wait_until(lambda: not all(child.is_alive() for child in children))
    again = send(tiny.start("test_two", project, effects=str(effects)))
    wait_until(lambda: fresh(again).status == Status.SUCCEEDED, why=pool.said())


def test_a_worker_that_has_gone_deaf_ends_and_fails(project, other_project, effects, pool, network):
    """Its connection is there and carries nothing; it goes on signing, on another one."""
    deaf = pool.start(REDIS_URL=network.url, ORCHARD_WORKER_DEAF_SECONDS="10")
    heard = send(tiny.start("test_two", project, effects=str(effects)))
    wait_until(lambda: fresh(heard).status == Status.SUCCEEDED, why=pool.said())

    assert network.silence()
    unheard = send(tiny.start("test_two", other_project, effects=str(effects)))

    assert deaf.wait(PATIENCE_SECONDS) == EXIT_CODE, pool.said()
    assert "gone deaf" in pool.said()
    pool.start(name="next@%h")
    wait_until(lambda: fresh(unheard).status == Status.SUCCEEDED, why=pool.said())


def test_one_that_is_busy_is_not_taken_for_deaf(project, other_project, effects, tmp_path, pool):
    gate = tmp_path / "gate"
    long = send(tiny.start("test_two", project, effects=str(effects), until=str(gate)))
    worker = pool.start(ORCHARD_WORKER_DEAF_SECONDS="6")
    wait_until(works_on(long))
    waiting = send(tiny.start("test_two", other_project, effects=str(effects)))
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(12)
    gate.touch()
    wait_until(lambda: fresh(waiting).status == Status.SUCCEEDED, why=pool.said())
    assert worker.poll() is None


def test_workers_of_two_hosts_need_database_redis_and_home_alone(
    project, other_project, effects, tmp_path, pool
):
    """Each project's work goes on on the other host when one of them is gone at once, with all it ran."""
    gate = tmp_path / "gate"
    one, two = (
        send(tiny.start("test_two", place, effects=str(effects), until=str(gate)))
        for place in (project, other_project)
    )
    short = {"OPERATION_LEASE_SECONDS": "6", "OPERATION_HEARTBEAT_SECONDS": "1"}
    hosts = {name: pool.start(name=f"builds@{name}", **short) for name in ("alpha", "beta")}
    wait_until(lambda: lines(effects).count("second") == 2, why=pool.said())
    assert len({fresh(one).worker, fresh(two).worker}) == 2

    os.killpg(hosts["alpha"].pid, signal.SIGKILL)
    gate.touch()
    for operation in (one, two):
        wait_until(lambda operation=operation: fresh(operation).status == Status.SUCCEEDED, why=pool.said())
        assert_gapless(operation)
    assert hosts["beta"].poll() is None
