"""The Studio as `make run` starts it, on SQLite and its own Redis: strikes at random moments, and all of
it at once."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos import processes
from tests.chaos.drill import Drill
from tests.chaos.scenes import PROJECT_WORKFLOWS, TYPICAL_SECONDS, Type, begin, phases_of, prepared
from tests.chaos.struck import StruckStudio, running
from tests.chaos.waiting import wait_for


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[StruckStudio]:
    yield from running(StruckStudio(tmp_path_factory.mktemp("embedded") / "home"), django_db_blocker)


@pytest.mark.parametrize("whom", ["child", "worker"])
@pytest.mark.parametrize("workflow", [*PROJECT_WORKFLOWS, Type.TREE])
def test_killed_anywhere(drill: Drill, studio: StruckStudio, workflow: str, whom: str) -> None:
    """In each phase after a part of its usual time, as far as one can strike that fast."""
    operation = begin(studio, workflow, *prepared(studio, workflow))
    follower = studio.follow(operation)
    hit = set()
    for phase in phases_of(workflow):
        row = wait_for(lambda phase=phase: _in_phase_or_past(studio, operation, phase), f"the phase {phase}")
        time.sleep(drill.random.uniform(0, TYPICAL_SECONDS[phase]))
        row = studio.operation(operation)
        if not row.is_active:
            break
        if row.current_phase in hit:  # faster than we: more strikes at one phase would be its end
            continue
        hit.add(row.current_phase)
        child = studio.worker_of(operation)
        struck = [child]
        if whom == "worker" and (found := processes.living().get(child)):
            struck = [found.parent, *(process.pid for process in processes.children(found.parent))]
        fence = drill.strike(operation, row.current_phase, signal.SIGKILL, *struck, note=whom)
        with drill.recovery(operation, fence):
            pass
    drill.verdict(operation, follower)


def test_redis_killed(drill: Drill, studio: StruckStudio) -> None:
    """The supervisor starts it again, empty."""
    operation = begin(studio, Type.BUILD, *prepared(studio, Type.BUILD))
    follower = studio.follow(operation)
    wait_for(lambda: studio.operation(operation).current_phase == "test", "the tests to run")
    server = studio.program("redis")
    fence = drill.strike(operation, "test", signal.SIGKILL, server, note="Redis")
    wait_for(lambda: studio.program("redis") != server, "Redis to be started again")
    assert studio.await_end(operation).fence == fence
    drill.verdict(operation, follower)


def test_power_cut(drill: Drill, studio: StruckStudio) -> None:
    """Every process of the Studio at once, in the middle of a spawn and a build; then `make run`."""
    [project] = prepared(studio, Type.BUILD)
    operations = [begin(studio, Type.BUILD, project), begin(studio, Type.SPAWN, studio.name())]
    for operation in operations:
        wait_for(lambda operation=operation: studio.operation(operation).current_phase, "it to run")
    time.sleep(drill.random.uniform(0, 3))
    assert studio.process is not None
    everything = [studio.process.pid, *(process.pid for process in processes.below(studio.process.pid))]
    fences = [
        drill.strike(operation, studio.operation(operation).current_phase, signal.SIGKILL)
        for operation in operations
    ]
    processes.strike(signal.SIGSTOP, *everything)  # at one moment, as far as that goes
    processes.strike(signal.SIGKILL, *everything)
    studio.process.wait()
    studio.start()
    drill.recoveries(operations, fences)
    studio.await_whole()
    for operation in operations:
        drill.verdict(operation)


def _in_phase_or_past(studio: StruckStudio, operation: str, phase: str) -> bool:
    row = studio.operation(operation)
    slugs = phases_of(row.type)
    here = slugs.index(row.current_phase) if row.current_phase else -1
    return not row.is_active or here >= slugs.index(phase)
