"""One drill: strikes at known places, and the verdict on what they left."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from operations.models import Operation
from tests.chaos import audit, processes
from tests.chaos.follower import Follower
from tests.chaos.struck import StruckStudio
from tests.chaos.table import Row
from tests.chaos.waiting import wait_for

# The promise is 40 s: a lease, and then a sweep each 5 s and the time to take the work up. Leases are as
# long on a slow machine; what comes after them, and the start of a new worker, is not.
LEASE_SECONDS = 30
TAKE_UP_SECONDS = 10
# After these nobody comes any more.
LOST_SECONDS = 240
LEFTOVER_SECONDS = 60


class Drill:
    """`random` is seeded by the run's seed and the drill's name."""

    def __init__(self, name: str, studio: StruckStudio, rows: list[Row], seed: int) -> None:
        self.studio = studio
        self.random = random.Random(f"{seed}/{name}")
        self._name = name
        self._rows = rows
        self._mine: list[tuple[str, Row]] = []  # with the operation
        self._recovered: list[tuple[Row, float, float]] = []  # with lease and time to take up

    def strike(self, operation: str, phase: str, number: signal.Signals, *pids: int, note: str = "") -> int:
        """The fence of the claim that it hit. Waits until killed ones are gone."""
        row = self.studio.operation(operation)
        self._mine.append(
            (operation, Row(self._name, row.type, phase, note=note, slowness=self.studio.slowness))
        )
        processes.strike(number, *pids)
        if number == signal.SIGKILL:
            wait_for(lambda: processes.is_gone(*pids), "the killed to be gone")
        return row.fence

    @contextmanager
    def recovery(
        self, operation: str, fence: int, *, lease: float = LEASE_SECONDS, take_up: float = TAKE_UP_SECONDS
    ) -> Iterator[None]:
        """Begins when the block does; waits at its end until somebody claimed it again, or it has ended."""
        row, struck = self._mine[-1][1], time.monotonic()
        yield
        wait_for(
            lambda: self.studio.look(lambda: self._is_taken_over(operation, fence)),
            f"somebody to take over {row.workflow}/{row.phase}",
            LOST_SECONDS,
        )
        row.recovered_seconds = time.monotonic() - struck
        self._recovered.append((row, lease, take_up))

    def recoveries(self, operations: list[str], fences: list[int]) -> None:
        """The same for several that were struck just now, in the order of their strikes."""
        struck = time.monotonic()
        rows = [row for _, row in self._mine[-len(operations) :]]
        waiting = list(zip(operations, fences, rows, strict=True))
        while waiting and time.monotonic() < struck + LOST_SECONDS:
            for one in list(waiting):
                operation, fence, row = one
                if self.studio.look(lambda: self._is_taken_over(operation, fence)):  # noqa: B023 (asked at once)
                    row.recovered_seconds = time.monotonic() - struck
                    waiting.remove(one)
            time.sleep(0.05)
        assert not waiting, f"taken over by nobody: {[row for *_, row in waiting]}"
        self._recovered.extend((row, LEASE_SECONDS, TAKE_UP_SECONDS) for row in rows)

    def comment(self, note: str) -> None:
        """On the last strike."""
        row = self._mine[-1][1]
        row.note = f"{row.note}, {note}" if row.note else note

    def note(self, operation: str, phase: str, note: str) -> None:
        """A row for one that was not struck itself."""
        workflow = self.studio.operation(operation).type
        self._mine.append(
            (operation, Row(self._name, workflow, phase, note=note, slowness=self.studio.slowness))
        )

    def verdict(
        self,
        operation: str,
        *followers: Follower,
        hired: tuple[int, ...] = (),
        seconds: float = 400,
    ) -> None:
        """It ended well, everything happened once, everybody heard of it, nothing is left."""
        ended = self.studio.await_terminal(operation, seconds)
        for follower in followers:
            follower.await_end(180)
            follower.leave()
        told = [*audit.events(ended, followers), *audit.phases(ended)]
        done = [] if ended.status == Operation.Status.SUCCEEDED else [f"{ended.status}: {ended.error}"]
        done = done or [*audit.effects(self.studio, ended)]
        left = self._leftovers(hired)
        for struck, row in self._mine:
            if struck == operation:
                row.events, row.effects, row.leftovers = (_word(found) for found in (told, done, left))
        complaints = [*told, *done, *left]
        assert not complaints, "\n".join([f"{ended}:", *complaints])

    def finish(self) -> None:
        """The promise on time is judged now that the machine has only us to carry: whoever is late by the
        pace measured before is allowed what the machine needs for an undisturbed spawn at the moment."""
        self._rows.extend(row for _, row in self._mine)
        if self._late(self.studio.slowness):
            before = self.studio.slowness
            self.studio.spawn_undisturbed()
            self.studio.slowness = max(before, self.studio.slowness)
            for row, *_ in self._recovered:
                row.slowness = self.studio.slowness
        late = self._late(self.studio.slowness)
        assert not late, f"taken over too late: {late}"

    def _late(self, slowness: float) -> list[Row]:
        return [
            row
            for row, lease, take_up in self._recovered
            if row.recovered_seconds and row.recovered_seconds > lease + take_up * slowness
        ]

    def _leftovers(self, hired: tuple[int, ...]) -> list[str]:
        """What is there for a moment only is none."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while (left := list(audit.leftovers(self.studio, hired=hired))) and time.monotonic() < deadline:
            time.sleep(0.5)
        return left

    def _is_taken_over(self, operation: str, fence: int) -> bool:
        row = self.studio.operation(operation)
        return row.fence > fence or not row.is_active


def _word(complaints: list[str]) -> str:
    return "ok" if not complaints else f"{len(complaints)} wrong"
