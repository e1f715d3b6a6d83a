"""Running a tree: what can start starts, at most `PARALLEL` at once; teardown follows whatever happened.

Steps work in threads and touch neither the record nor the listener: they report through a queue to the
one thread that runs the graph. After every change the listener has the whole record, so that a run that
is cut off anywhere can go on from what was noted last.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import timezone

from operations.trees.actions import RESTART_SECONDS, Attempt, Execute, StepFailed, StepStopped, perform
from operations.trees.client import StudioClient
from operations.trees.expressions import ExpressionError, Scope, fill, fill_jq, find, plain
from operations.trees.reading import ancestors
from operations.trees.record import RunRecord, StepRecord, StepStatus
from operations.trees.schema import AnyStep, Tree

PARALLEL = 4
POLL_SECONDS = 1.0
TICK_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 60.0
# A request under way is worth waiting for: what it makes can then be torn down.
GRACE_SECONDS = 10.0
# The same when somebody else goes on: a worker that is ending has five seconds.
LEAVING_SECONDS = 2.5
TEARDOWN_SECONDS = 120.0
# Of one output: the whole record is written after every change.
OUTPUT_CHARACTERS = 100_000

# "cancel": stop, tear down, end. "abandon": somebody else goes on with this run, so touch nothing more.
Stop = Literal["cancel", "abandon"] | None
Listener = Callable[[RunRecord, StepRecord], None]


@dataclass(frozen=True)
class _News:
    """From a step's thread. `status` None: it is still at work."""

    step: str
    status: StepStatus | None = None
    outputs: Mapping[str, Any] | None = None
    error: str = ""
    note: str = ""
    attempt: int = 0


class TreeRunner:
    """One run of one tree. `stop` is asked several times a second; `listener` is told of each change."""

    def __init__(
        self,
        tree: Tree,
        record: RunRecord,
        *,
        studio: StudioClient,
        execute: Execute,
        listener: Listener,
        stop: Callable[[], Stop] = lambda: None,
        poll_seconds: float = POLL_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
        leaving_seconds: float = LEAVING_SECONDS,
        restart_seconds: float = RESTART_SECONDS,
    ) -> None:
        self._tree = tree
        self._record = record
        self._studio = studio
        self._execute = execute
        self._listener = listener
        self._stop = stop
        self._poll_seconds = poll_seconds
        self._grace_seconds = grace_seconds
        self._leaving_seconds = leaving_seconds
        self._restart_seconds = restart_seconds
        self._news: queue.Queue[_News] = queue.Queue()
        self._halt = threading.Event()

    def run(self) -> RunRecord:
        """To the end: what has passed is kept, everything else is done. The record says how it went,
        and has no end when the run was abandoned."""
        try:
            stopped = None if self._record.tearing_down else self._run_steps()
        finally:
            self._halt.set()
        if stopped != "abandon" and self._tear_down() != "abandon":
            self._end(cancelled=stopped is not None)
        return self._record

    # The graph

    def _run_steps(self) -> Stop:
        records = {record.name: record for record in self._record.steps}
        working: set[str] = set()
        for record in records.values():
            if record.status != "passed":  # a resumed run begins again where it was cut off
                record.status, record.error, record.note = "pending", "", ""
        while True:
            if stopped := self._stop():
                self._wind_up(records, working, stopped)
                return stopped
            for name, step in self._tree.steps.items():
                self._skip_if_hopeless(name, records)
                ready = all(records[needed].status == "passed" for needed in step.depends_on)
                if ready and records[name].status == "pending" and len(working) < PARALLEL:
                    working.add(name)
                    self._begin(records[name], step, self._halt.is_set)
            if not working:
                return None
            self._take(records, working, TICK_SECONDS)

    def _skip_if_hopeless(self, name: str, records: Mapping[str, StepRecord]) -> None:
        if records[name].status != "pending" or all(row.status != "failed" for row in records.values()):
            return
        needed = ancestors(self._tree.steps, name)
        failed = [other for other in needed if records[other].status == "failed"]
        if failed:
            self._finish(records[name], _News(name, "skipped", error=f"needs {', '.join(sorted(failed))}"))

    def _wind_up(self, records: Mapping[str, StepRecord], working: set[str], stopped: Stop) -> None:
        self._halt.set()
        until = time.monotonic() + (self._grace_seconds if stopped == "cancel" else 0)
        while working and (left := until - time.monotonic()) > 0:
            self._take(records, working, left)
        if stopped == "cancel":
            for record in records.values():
                if record.status in ("pending", "running"):
                    self._finish(record, _News(record.name, "cancelled"))

    def _take(self, records: Mapping[str, StepRecord], working: set[str], seconds: float) -> None:
        try:
            news = self._news.get(timeout=seconds)
        except queue.Empty:
            return
        record = records.get(news.step)
        if record is None:  # a step that was left behind when the run was stopped
            return
        if news.status is None:
            record.note, record.attempt = plain(news.note), news.attempt
            self._listener(self._record, record)
        else:
            working.discard(news.step)
            self._finish(record, news)

    # Teardown

    def _tear_down(self) -> Stop:
        """In order, each whatever became of the one before, and whoever asked the run to stop; only not
        when somebody else does so."""
        self._record.tearing_down = True
        for record in self._record.teardown:
            if record.status != "pending" and record.status != "running":
                continue
            step = self._tree.teardown[record.name]
            scope = self._scope()
            if missing := _unresolved(step, scope):
                self._finish(record, _News(record.name, "skipped", error=f"nothing to do: {missing}"))
                continue
            bounded = step.model_copy(update={"timeout_seconds": step.timeout_seconds or TEARDOWN_SECONDS})
            abandoned = threading.Event()
            self._begin(record, bounded, abandoned.is_set)
            working = {record.name}
            while working:
                self._take({record.name: record}, working, TICK_SECONDS)
                if self._stop() == "abandon":  # asking also assures who watches that this run lives
                    abandoned.set()
                    self._leave_behind(record, working)
                    return "abandon"
        return None

    def _leave_behind(self, record: StepRecord, working: set[str]) -> None:
        """A request of the step may be on its way, and is not to be repeated by who goes on."""
        until = time.monotonic() + self._leaving_seconds
        while working and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                news = self._news.get(timeout=left)
                if news.step == record.name and news.status is not None:
                    working.clear()
                    if news.status != "cancelled":
                        self._finish(record, news)

    def _end(self, *, cancelled: bool) -> None:
        steps = [*self._record.steps, *self._record.teardown]
        cancelled = cancelled or any(step.status == "cancelled" for step in steps)
        unwell = any(step.status in ("failed", "pending", "running") for step in steps)
        self._record.status = "cancelled" if cancelled else "failed" if unwell else "passed"
        self._record.ended_at = timezone.now()
        self._listener(self._record, steps[-1])

    # One step, in this thread

    def _begin(self, record: StepRecord, step: AnyStep, stopped: Callable[[], bool]) -> None:
        """The step in a thread of its own, for which the process does not wait when it ends."""
        repeated = record.attempt > 0  # by a process that was cut off
        record.status, record.attempt = "running", 1
        record.started_at, record.ended_at = timezone.now(), None
        self._listener(self._record, record)
        arguments = (record.name, step, self._scope(), stopped, repeated)
        threading.Thread(target=self._work, args=arguments, name=f"tree-{record.name}", daemon=True).start()

    def _finish(self, record: StepRecord, news: _News) -> None:
        assert news.status is not None
        record.status, record.error = news.status, plain(news.error)
        record.outputs = plain(dict(news.outputs or {}))
        record.ended_at = timezone.now()
        self._listener(self._record, record)

    def _scope(self) -> Scope:
        scope = Scope(run_id=self._record.id)
        scope.vars = {name: fill(value, scope) for name, value in self._record.vars.items()}
        scope.outputs = self._record.outputs
        return scope

    # One step, in a thread of its own

    def _work(
        self, name: str, step: AnyStep, scope: Scope, stopped: Callable[[], bool], repeated: bool
    ) -> None:
        try:
            outputs = self._try(name, step, scope, stopped, repeated)
            self._news.put(_News(name, "passed", outputs))
        except StepStopped:
            self._news.put(_News(name, "cancelled"))
        except Exception as error:  # noqa: BLE001 (whatever it was, the graph must hear that the step is over)
            self._news.put(_News(name, "failed", error=str(error) or type(error).__name__))

    def _try(
        self, name: str, step: AnyStep, scope: Scope, stopped: Callable[[], bool], repeated: bool
    ) -> Mapping[str, Any]:
        delay = step.retry_delay_seconds
        for number in range(1, step.retries + 2):
            try:
                answer = perform(step, self._attempt(name, step, scope, stopped, number, repeated))
                return _outputs(step, answer, scope)
            except StepFailed as error:
                if error.final or number > step.retries:
                    raise
                said = str(error).splitlines()[0]
                self._news.put(_News(name, note=f"{said}; again in {delay:g} s", attempt=number + 1))
                self._pause(delay, stopped)
                delay = min(2 * delay, LONGEST_DELAY_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(
        self,
        name: str,
        step: AnyStep,
        scope: Scope,
        stopped: Callable[[], bool],
        number: int,
        repeated: bool,
    ) -> Attempt:
        return Attempt(
            scope=scope,
            studio=self._studio,
            execute=self._execute,
            note=lambda text: self._news.put(_News(name, note=text, attempt=number)),
            stopped=stopped,
            pause=lambda seconds: self._pause(seconds, stopped),
            key=f"tree/{self._record.id}/{name}",
            deadline=time.monotonic() + step.timeout_seconds if step.timeout_seconds else None,
            poll_seconds=self._poll_seconds,
            restart_seconds=self._restart_seconds,
            repeated=repeated or number > 1,
        )

    def _pause(self, seconds: float, stopped: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if stopped():
                raise StepStopped
            time.sleep(min(left, TICK_SECONDS))


def _outputs(step: AnyStep, answer: Any, scope: Scope) -> dict[str, Any]:
    """Raises StepFailed for one that is not there, or is too large to be kept with the run: what comes
    after would only fail less clearly."""
    found: dict[str, Any] = {}
    for name, expression in step.outputs.items():
        try:
            found[name] = find(fill_jq(expression, scope), answer)
        except ExpressionError as error:
            raise StepFailed(f"output: {error}") from error
        size = len(json.dumps(found[name]))
        if size > OUTPUT_CHARACTERS:
            raise StepFailed(f"output: {name} has {size} characters; {OUTPUT_CHARACTERS} are kept at most")
    return found


def _unresolved(step: AnyStep, scope: Scope) -> str:
    """Why the step cannot be done: it names what never came to be. "" when it can."""
    try:
        fill(step.model_dump(exclude={"outputs"}), scope)
    except ExpressionError as error:
        return str(error)
    return ""
