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

# The promise: a lease of 30 s, a sweep each 5 s, and the time to take the work up.
RECOVERY_SECONDS = 40
LEFTOVER_SECONDS = 30


class Drill:
    """`random` is seeded by the run's seed and the drill's name."""

    def __init__(self, name: str, studio: StruckStudio, rows: list[Row], seed: int) -> None:
        self.studio = studio
        self.random = random.Random(f"{seed}/{name}")
        self._name = name
        self._rows = rows
        self._mine: list[tuple[str, Row]] = []  # with the operation

    def strike(self, operation: str, phase: str, number: signal.Signals, *pids: int, note: str = "") -> int:
        """The fence of the claim that it hit. Waits until killed ones are gone."""
        row = self.studio.operation(operation)
        self._mine.append((operation, Row(self._name, row.type, phase, note=note)))
        processes.strike(number, *pids)
        if number == signal.SIGKILL:
            wait_for(lambda: processes.is_gone(*pids), "the killed to be gone")
        return row.fence

    @contextmanager
    def recovery(self, operation: str, fence: int, within: float = RECOVERY_SECONDS) -> Iterator[None]:
        """Begins when the block does; waits at its end until somebody claimed it again, or it has ended."""
        row, struck = self._mine[-1][1], time.monotonic()
        yield
        wait_for(
            lambda: self.studio.look(lambda: self._is_taken_over(operation, fence)),
            f"somebody to take over {row.workflow}/{row.phase}",
            within + 60,
        )
        row.recovered_seconds = time.monotonic() - struck
        assert row.recovered_seconds <= within, f"{row.workflow}/{row.phase}: {row.recovered_seconds:.1f} s"

    def recoveries(self, operations: list[str], fences: list[int], within: float = RECOVERY_SECONDS) -> None:
        """The same for several that were struck just now, in the order of their strikes."""
        struck, late = time.monotonic(), []
        rows = [row for _, row in self._mine[-len(operations) :]]
        waiting = list(zip(operations, fences, rows, strict=True))
        while waiting and time.monotonic() < struck + within + 60:
            for one in list(waiting):
                operation, fence, row = one
                if self.studio.look(lambda: self._is_taken_over(operation, fence)):  # noqa: B023 (asked at once)
                    row.recovered_seconds = time.monotonic() - struck
                    waiting.remove(one)
            time.sleep(0.05)
        late = [row for row in rows if (row.recovered_seconds or within + 60) > within]
        assert not late, f"taken over too late: {late}"

    def comment(self, note: str) -> None:
        """On the last strike."""
        row = self._mine[-1][1]
        row.note = f"{row.note}, {note}" if row.note else note

    def note(self, operation: str, phase: str, note: str) -> None:
        """A row for one that was not struck itself."""
        workflow = self.studio.operation(operation).type
        self._mine.append((operation, Row(self._name, workflow, phase, note=note)))

    def verdict(
        self,
        operation: str,
        *followers: Follower,
        hired: tuple[int, ...] = (),
        seconds: float = 180,
    ) -> None:
        """It ended well, everything happened once, everybody heard of it, nothing is left."""
        ended = self.studio.await_terminal(operation, seconds)
        for follower in followers:
            follower.await_end(60)
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
        self._rows.extend(row for _, row in self._mine)

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
