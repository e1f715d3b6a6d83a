"""Workers killed in each phase of each workflow: between effect and checkpoint, and anywhere in it."""

from __future__ import annotations

import signal
import time

import httpx
import pytest

from operations.models import Operation
from operations.workshop.visits import visitor
from tests.chaos import processes
from tests.chaos.drill import Drill
from tests.chaos.gates import Gates
from tests.chaos.scenes import PROJECT_WORKFLOWS, QUEUES, TYPICAL_SECONDS, Type, begin, closed_gates, prepared
from tests.chaos.struck import ALIAS, StruckStudio
from tests.chaos.waiting import wait_for


@pytest.mark.parametrize("workflow", [*PROJECT_WORKFLOWS, Type.TREE])
def test_child_killed_before_the_checkpoint(
    drill: Drill, studio: StruckStudio, gates: Gates, workflow: str
) -> None:
    """The effect stands, the row that says so does not."""
    [project] = prepared(studio, workflow)
    with closed_gates(gates, workflow, project, "complete") as closed:
        operation = begin(studio, workflow, project)
        follower = studio.follow(operation)
        for phase, gate in closed.items():
            gate.await_somebody()
            fence = drill.strike(operation, phase, signal.SIGKILL, studio.worker_of(operation))
            with drill.recovery(operation, fence):
                gate.open()
    drill.verdict(operation, follower)


@pytest.mark.parametrize("workflow", PROJECT_WORKFLOWS)
def test_worker_killed_within_the_phase(
    drill: Drill, studio: StruckStudio, gates: Gates, workflow: str
) -> None:
    """The whole worker, pool and all, at a random moment. Another one takes over, or the one that the
    supervisor starts anew."""
    [project] = prepared(studio, workflow)
    with (
        studio.hire(queues=QUEUES) as second,
        closed_gates(gates, workflow, project, "in_progress") as closed,
    ):
        operation = begin(studio, workflow, project)
        follower = studio.follow(operation)
        for phase, gate in closed.items():
            gate.await_somebody()
            worker = processes.living()[studio.worker_of(operation)].parent
            offset = drill.random.uniform(0, TYPICAL_SECONDS[phase])
            gate.open()
            time.sleep(offset)
            if not studio.operation(operation).is_active:
                break  # the last phase was faster than the strike
            pool = [process.pid for process in processes.children(worker)]
            note = f"after {offset:.2f} s"
            fence = drill.strike(operation, phase, signal.SIGKILL, worker, *pool, note=note)
            with drill.recovery(operation, fence):
                pass
        drill.verdict(operation, follower, hired=(second.pid,))


@pytest.mark.parametrize("phase", ["implement", "test", "deploy"])
def test_sandboxed_grandchild_killed(drill: Drill, studio: StruckStudio, gates: Gates, phase: str) -> None:
    """What runs in the sandbox is killed, its worker is not: the operation ends, labelled, and a retry
    brings it through."""
    [project] = prepared(studio, Type.BUILD)
    with gates.closed(workflow=Type.BUILD, project=project, phase=phase, edge="in_progress") as gate:
        operation = begin(studio, Type.BUILD, project)
        gate.await_somebody()
        gate.open()
        worker = studio.worker_of(operation)
        inner = wait_for(lambda: _sandboxed(worker), "something in the sandbox")
    fence = drill.strike(operation, phase, signal.SIGKILL, inner, note="sandboxed program")
    ended = studio.await_terminal(operation)
    assert ended.fence == fence, "nobody had to take over"
    if ended.status != Operation.Status.SUCCEEDED:
        assert ended.status == Operation.Status.FAILED and ended.error and ended.error["code"], ended.error
        drill.comment(f"failed: {ended.error['code']}, retried")
        studio.api("POST", f"/operations/{operation}/retry")
    drill.verdict(operation)


def test_deploy_killed_before_its_decision_and_cancelled(
    drill: Drill, studio: StruckStudio, gates: Gates
) -> None:
    """Visitors are with the new release already, and nobody has decided that they are. The cancel comes while
    nobody works on it: they are back with the old one at its end, and a retry brings it through."""
    [project] = prepared(studio, Type.BUILD)
    with gates.closed(workflow=Type.BUILD, project=project, phase="deploy", edge="live") as gate:
        operation = begin(studio, Type.BUILD, project)
        follower = studio.follow(operation)
        gate.await_somebody()
        drill.strike(operation, "deploy", signal.SIGKILL, studio.worker_of(operation), note="and cancelled")
        studio.api("POST", f"/operations/{operation}/cancel")
        gate.open()
    assert studio.await_terminal(operation).status == Operation.Status.CANCELLED
    follower.await_end(180)
    follower.leave()
    running = [path.stem for path in (studio.home / "run" / "apps.d").glob(f"{project}-staging-*.conf")]
    assert running == [f"{project}-staging-1"]
    with visitor(studio.url.replace("://", f"://staging.{project}.")) as visits:
        assert visits.get("/healthz").status_code == httpx.codes.OK
    studio.api("POST", f"/operations/{operation}/retry")
    drill.verdict(operation)


@pytest.mark.parametrize("step", ["wait-infra", "wait-build"])
def test_tree_worker_killed_within_a_step(drill: Drill, studio: StruckStudio, step: str) -> None:
    """A tree goes on at the step that was cut off; what it had started is not started again."""
    operation = begin(studio, Type.TREE, "")
    follower = studio.follow(operation)
    phase = studio.operation(operation).phases.using(ALIAS)
    wait_for(lambda: phase.get().message.startswith(f"{step}"), f"the step {step}")
    worker = processes.living()[studio.worker_of(operation)].parent
    pool = [process.pid for process in processes.children(worker)]
    fence = drill.strike(operation, "tree", signal.SIGKILL, worker, *pool, note=f"in {step}")
    with drill.recovery(operation, fence):
        pass
    drill.verdict(operation, follower)


def _sandboxed(worker: int) -> int:
    """The innermost process that a worker runs in a sandbox; 0 while there is none."""
    below = processes.below(worker)
    inside = [process for process in below if "bwrap" not in process.command and "git" not in process.command]
    confined = [process for process in inside if any(other.pid == process.parent for other in below)]
    return confined[-1].pid if confined else 0
