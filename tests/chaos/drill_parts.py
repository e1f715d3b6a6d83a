"""The parts around the workers, killed: beat, Redis, PostgreSQL, the web process."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack

import pytest

from tests.chaos.drill import Drill
from tests.chaos.gates import Gates
from tests.chaos.scenes import TYPICAL_SECONDS, Type, begin, phases_of, prepared
from tests.chaos.struck import StruckStudio
from tests.chaos.waiting import wait_for
from tests.servers import Postgres, Redis

WATCHERS = 20


def test_beat_killed(drill: Drill, studio: StruckStudio, gates: Gates) -> None:
    """Beat is gone for good, and then a worker dies: the others look for lost work too."""
    [project] = prepared(studio, Type.BUILD)
    with (
        studio.without_programs("beat"),
        gates.closed(workflow=Type.BUILD, project=project, phase="test", edge="complete") as gate,
    ):
        operation = begin(studio, Type.BUILD, project)
        follower = studio.follow(operation)
        gate.await_somebody()
        fence = drill.strike(
            operation, "test", signal.SIGKILL, studio.worker_of(operation), note="without beat"
        )
        with drill.recovery(operation, fence):
            gate.open()
        studio.await_end(operation)
    beat = studio.program("beat")
    drill.strike(operation, "-", signal.SIGKILL, beat, note="beat itself")
    wait_for(lambda: studio.program("beat") != beat, "the supervisor to start beat again")
    drill.verdict(operation, follower)


def test_redis_killed_while_work_waits(drill: Drill, studio: StruckStudio, redis: Redis) -> None:
    """The message is gone with it; the row is not."""
    [project] = prepared(studio, Type.BUILD)
    with studio.without_programs("builds") as bring_back:
        operation = begin(studio, Type.BUILD, project)
        follower = studio.follow(operation)
        wait_for(lambda: follower.last > 0, "the first event")
        fence = drill.strike(operation, "pending", signal.SIGKILL, note="Redis empty")
        redis.kill()
        redis.start()
        bring_back()
        with drill.recovery(operation, fence):
            pass
    drill.verdict(operation, follower)


@pytest.mark.parametrize("seconds_away", [0, 5])
def test_redis_killed_while_work_runs(
    drill: Drill, studio: StruckStudio, gates: Gates, redis: Redis, seconds_away: int
) -> None:
    """Work goes on, and so do the streams that tell of it."""
    [project] = prepared(studio, Type.BUILD)
    phase = drill.random.choice(["implement", "test", "deploy"])
    with gates.closed(workflow=Type.BUILD, project=project, phase=phase, edge="in_progress") as gate:
        operation = begin(studio, Type.BUILD, project)
        followers = [studio.follow(operation) for _ in range(WATCHERS)]
        gate.await_somebody()
        gate.open()
    offset = drill.random.uniform(0, TYPICAL_SECONDS[phase])
    time.sleep(offset)
    redis.kill()
    fence = drill.strike(
        operation, phase, signal.SIGKILL, note=f"{WATCHERS} streams, Redis away {seconds_away} s"
    )
    time.sleep(seconds_away)
    redis.start()
    ended = studio.await_end(operation)
    assert ended.fence == fence, "nobody had to take over"
    drill.verdict(operation, *followers)


@pytest.mark.parametrize("phase", ["pending", *phases_of(Type.BUILD)])
def test_postgres_killed(drill: Drill, studio: StruckStudio, postgres: Postgres, phase: str) -> None:
    """As in a crash, and up again after its recovery."""
    [project] = prepared(studio, Type.BUILD)
    operation = begin(studio, Type.BUILD, project)
    follower = studio.follow(operation)
    if phase != "pending":
        wait_for(lambda: studio.operation(operation).current_phase == phase, f"the phase {phase}")
        time.sleep(drill.random.uniform(0, TYPICAL_SECONDS[phase]))
    row = studio.operation(operation)
    fence = drill.strike(operation, row.current_phase or "pending", signal.SIGKILL)
    with drill.recovery(operation, fence if row.is_active else -1):
        postgres.kill()
        postgres.start()
    drill.verdict(operation, follower)


def test_web_killed_under_streams(drill: Drill, studio: StruckStudio, gates: Gates) -> None:
    """Three times, under twenty clients of one build, which goes on without it: what happens meanwhile they
    hear when it is back."""
    [project] = prepared(studio, Type.BUILD)
    with ExitStack() as stack:
        closed = {
            phase: stack.enter_context(
                gates.closed(workflow=Type.BUILD, project=project, phase=phase, edge="in_progress")
            )
            for phase in ("implement", "test", "deploy")
        }
        operation = begin(studio, Type.BUILD, project)
        followers = [studio.follow(operation) for _ in range(WATCHERS)]
        for phase, gate in closed.items():
            gate.await_somebody()
            so_far = studio.operation(operation).last_seq
            wait_for(
                lambda so_far=so_far: all(follower.last >= so_far for follower in followers),
                f"all clients to hear of {so_far} events",
            )
            web = studio.program("web")
            note = f"{WATCHERS} streams, at event {so_far}"
            drill.strike(operation, phase, signal.SIGKILL, web, note=note)
            gate.open()
            wait_for(lambda web=web: studio.program("web") != web, "web to be started again")
    drill.verdict(operation, *followers)
    assert all(follower.connections > len(closed) for follower in followers)


def test_client_reconnects_twenty_times(drill: Drill, studio: StruckStudio) -> None:
    """Through the front door, each time a few events further."""
    operation = begin(studio, Type.TREE, "")
    followers = [studio.follow(operation, drop_after=1) for _ in range(WATCHERS)]
    studio.await_end(operation)
    drill.note(operation, "tree", "a new connection after each event")
    drill.verdict(operation, *followers)
    fewest = min(follower.connections for follower in followers)
    drill.comment(f"{WATCHERS} clients, at least {fewest} connections")
    assert fewest >= 20
