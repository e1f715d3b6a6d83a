"""Workers that are gone with their machine, asleep, asked to end, or of another opinion about the time."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos import audit, processes
from tests.chaos.drill import Drill
from tests.chaos.gates import Gates
from tests.chaos.scenes import QUEUES, TYPICAL_SECONDS, WORKERS, Type, begin, phases_of, prepared
from tests.chaos.struck import Hired, StruckStudio
from tests.chaos.waiting import wait_for
from tests.machine import apt_install

STOPPED_SECONDS = 45
# In a process namespace of its own, as on another machine: its processes are nobody's here.
ELSEWHERE = ("unshare", "--pid", "--mount-proc", "--fork", "--kill-child=SIGKILL")
MOVED_CLOCK = Path(__file__).with_name("moved_clock.c")
SCENES = [
    (Type.SPAWN, "repository"),
    (Type.SPAWN, "skeleton"),
    (Type.BUILD, "spec"),
    (Type.BUILD, "implement"),
    (Type.BUILD, "test"),
    (Type.BUILD, "deploy"),
    (Type.TEARDOWN, "dismantle"),
    (Type.TREE, "tree"),
]


@pytest.fixture(scope="module")
def clock_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`moved_clock.c`, by the machine's compiler; installed where we may."""
    if shutil.which("cc") is None:
        apt_install("gcc")
        apt_install("libc6-dev")
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler: apt-get install gcc libc6-dev")
    library = tmp_path_factory.mktemp("clock") / "moved_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, MOVED_CLOCK, "-ldl"], check=True)
    return library


def test_machine_lost(drill: Drill, studio: StruckStudio, gates: Gates) -> None:
    """A worker elsewhere, whose processes nobody here can see, is gone with all it had: only its lease
    tells, after its 30 s."""
    scenes = [
        (Type.SPAWN, drill.random.choice(phases_of(Type.SPAWN))),
        (Type.BUILD, drill.random.choice(phases_of(Type.BUILD))),
        (Type.TEARDOWN, drill.random.choice(phases_of(Type.TEARDOWN))),
    ]
    projects = prepared(studio, *(workflow for workflow, _ in scenes))
    with ExitStack() as stack, studio.without_programs(*WORKERS) as bring_back:
        far = stack.enter_context(studio.hire(queues=QUEUES, at_a_time=6, wrapper=ELSEWHERE))
        closed = [
            stack.enter_context(
                gates.closed(workflow=workflow, project=project, phase=phase, edge="complete")
            )
            for (workflow, phase), project in zip(scenes, projects, strict=True)
        ]
        tree = begin(studio, Type.TREE, "")  # whose end would be long in coming: struck anywhere
        running = [
            begin(studio, workflow, project) for (workflow, _), project in zip(scenes, projects, strict=True)
        ]
        running.append(tree)
        followers = [studio.follow(operation) for operation in running]
        for gate in closed:
            gate.await_somebody()
        wait_for(lambda: studio.operation(tree).current_phase, "the tree to run")
        bring_back()
        fences = [
            drill.strike(operation, phase, signal.SIGKILL, note="only the lease tells")
            for operation, phase in zip(running, [phase for _, phase in scenes] + ["tree"], strict=True)
        ]
        processes.strike(signal.SIGKILL, far.pid)
        for gate in closed:
            gate.open()
        drill.recoveries(running, fences)
        for operation, follower in zip(running, followers, strict=True):
            drill.verdict(operation, follower)


def test_stopped_for_longer_than_a_lease(drill: Drill, studio: StruckStudio, gates: Gates) -> None:
    """Eight operations on one worker, which falls asleep and wakes up when all is done: nothing that it,
    or what it had started, does then changes anything. The last one sleeps within a transaction."""
    scenes = [*SCENES, (Type.BUILD, "deploy")]
    projects = prepared(studio, *(workflow for workflow, _ in scenes))
    with ExitStack() as stack, studio.without_programs(*WORKERS) as bring_back:
        zombie = stack.enter_context(studio.hire(queues=QUEUES, at_a_time=len(scenes) + 2))
        asleep = []
        for number, ((workflow, phase), project) in enumerate(zip(scenes, projects, strict=True), start=1):
            in_transaction = number == len(scenes)
            edge = "complete" if in_transaction else "in_progress"
            with gates.closed(workflow=workflow, project=project, phase=phase, edge=edge) as gate:
                operation = begin(studio, workflow, project)
                follower = studio.follow(operation)
                gate.await_somebody()
                worker = studio.worker_of(operation)
                offset = 0.0 if in_transaction else drill.random.uniform(0, TYPICAL_SECONDS[phase])
                if in_transaction:
                    processes.strike(signal.SIGSTOP, worker)
                gate.open()
                time.sleep(offset)
            note = "in a transaction" if in_transaction else f"after {offset:.2f} s"
            fence = drill.strike(operation, phase, signal.SIGSTOP, worker, note=note)
            asleep.append((operation, fence, follower))
        processes.strike(signal.SIGSTOP, zombie.pid)
        stopped_at = time.monotonic()
        bring_back()
        drill.recoveries([operation for operation, _, _ in asleep], [fence for _, fence, _ in asleep])
        for operation, _, _ in asleep:
            studio.await_terminal(operation)
        time.sleep(max(0.0, stopped_at + STOPPED_SECONDS - time.monotonic()))
        before = audit.world(studio, [operation for operation, _, _ in asleep])
        processes.strike(signal.SIGCONT, *zombie.family)
        await_idle(zombie, len(asleep))
        after = audit.world(studio, [operation for operation, _, _ in asleep])
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert not changed, f"the zombie changed {sorted(changed)}"
        for operation, _, follower in asleep:
            drill.verdict(operation, follower, hired=(zombie.pid,))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT], ids=["TERM", "QUIT"])
def test_asked_to_end(drill: Drill, studio: StruckStudio, gates: Gates, number: signal.Signals) -> None:
    """A worker that is told to go hands its work back at once, and that is nobody's fault."""
    [project] = prepared(studio, Type.BUILD)
    hired = []
    with ExitStack() as stack:
        closed = {
            phase: stack.enter_context(
                gates.closed(workflow=Type.BUILD, project=project, phase=phase, edge="in_progress")
            )
            for phase in ("implement", "test", "deploy")
        }
        operation = begin(studio, Type.BUILD, project)
        follower = studio.follow(operation)
        for phase, gate in closed.items():
            hired.append(stack.enter_context(studio.hire()).pid)  # who will go on
            gate.await_somebody()
            worker = processes.living()[studio.worker_of(operation)].parent
            offset = drill.random.uniform(0, TYPICAL_SECONDS[phase] / 2)
            gate.open()
            time.sleep(offset)
            fence = drill.strike(operation, phase, number, worker, note=f"after {offset:.2f} s")
            with drill.recovery(operation, fence, lease=0, take_up=15):
                pass
            assert studio.operation(operation).attempt == 0, "handed back is not lost"
            wait_for(lambda worker=worker: processes.is_gone(worker), "the worker to end", 120)
        drill.verdict(operation, follower, hired=tuple(hired))


@pytest.mark.parametrize("shift", [3600, -3600], ids=["+1h", "-1h"])
def test_clock_moved_past_the_lease(
    drill: Drill, studio: StruckStudio, gates: Gates, clock_library: Path, shift: int
) -> None:
    """A worker whose clock is an hour off neither takes what belongs to others nor loses what is its own,
    and is missed in time when it dies."""
    wrong = (*ELSEWHERE, "env", f"LD_PRELOAD={clock_library}", f"CLOCK_SHIFT_SECONDS={shift}")
    ours, theirs, lost = prepared(studio, *[Type.BUILD] * 3)
    with studio.hire(queues="nobody", wrapper=wrong) as sweeping:  # like every worker
        assert_clock(sweeping, shift)
        steady = begin(studio, Type.BUILD, ours)
        studio.await_end(steady)
    with (
        studio.without_programs("builds") as bring_back,
        studio.hire(at_a_time=1, wrapper=wrong) as odd,
        gates.closed(workflow=Type.BUILD, project=lost, phase="test", edge="complete") as gate,
    ):
        assert_clock(odd, shift)
        theirs_running = begin(studio, Type.BUILD, theirs)
        studio.await_end(theirs_running)
        operation = begin(studio, Type.BUILD, lost)
        follower = studio.follow(operation)
        gate.await_somebody()
        bring_back()
        fence = drill.strike(operation, "test", signal.SIGKILL, note=f"clock {shift:+d} s, then killed")
        processes.strike(signal.SIGKILL, odd.pid)
        with drill.recovery(operation, fence):
            gate.open()
        drill.verdict(operation, follower)
    for undisturbed in (steady, theirs_running):
        row = studio.operation(undisturbed)
        assert row.fence == 1, f"clock {shift:+d} s: claimed {row.fence} times"
        drill.note(undisturbed, "all", f"clock {shift:+d} s: nobody took it over")
        drill.verdict(undisturbed)


def await_idle(worker: Hired, tasks: int) -> None:
    """Until it has come to the end of everything it had begun, whatever that end was."""
    ended = re.compile(r"run_operation\[[^]]+\] (succeeded|raised)|WorkerLostError")

    def has_ended() -> bool:
        started = [process for process in processes.below(worker.pid) if "celery" not in process.command]
        return len(ended.findall(worker.log.read_text())) >= tasks and not started

    wait_for(has_ended, "the zombie to come to rest", 300)


def assert_clock(worker: Hired, shift_seconds: int) -> None:
    """Its log says what time it has."""
    ready = re.search(r"^(\S+ \S+),\d+ .* ready\.$", worker.log.read_text(), re.MULTILINE)
    assert ready, worker.log.read_text()
    ahead = time.mktime(time.strptime(ready[1], "%Y-%m-%d %H:%M:%S")) - time.time()
    assert abs(ahead - shift_seconds) < 600, f"its clock is {ahead:.0f} s ahead"
