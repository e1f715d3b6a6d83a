"""What a running phase holds in its hands: the `PhaseContext` of the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from operations.engine import events
from operations.engine.heartbeat import Heartbeat
from operations.engine.lease import Claim
from operations.engine.workflow import Cancelled
from operations.models import Operation, OperationPhase
from studio.core import clock
from studio.core.ports import load
from studio.core.sandbox.port import Sandbox, SandboxCancelled, SandboxResult, SandboxSpec

# Lines of one command that are stored; the rest is in the result's `output`.
LINES_SHOWN = 1_000
FLUSH_SECONDS = 0.3
FLUSH_LINES = 50


class RunningPhase:
    """Implements `operations.engine.workflow.PhaseContext`."""

    def __init__(
        self, operation: Operation, phase: OperationPhase, claim: Claim, heartbeat: Heartbeat
    ) -> None:
        self._operation = operation
        self._phase = phase
        self._claim = claim
        self._heartbeat = heartbeat

    @property
    def operation(self) -> Operation:
        return self._operation

    @property
    def attempt(self) -> int:
        return self._phase.attempt

    @property
    def key(self) -> str:
        return f"{self._operation.pk}/{self._phase.slug}"

    def checkpoint_of(self, phase: str) -> Mapping[str, Any]:
        rows = OperationPhase.objects.filter(operation=self._operation, slug=phase)
        return rows.values_list("checkpoint", flat=True).first() or {}

    def save(self, **values: Any) -> None:
        self._alive()
        self._phase.checkpoint = {**self._phase.checkpoint, **values}
        rows = OperationPhase.objects.filter(pk=self._phase.pk)
        self._claim.write(also=lambda: rows.update(checkpoint=self._phase.checkpoint))

    def keep(self, *lines: str, **values: Any) -> None:
        self._heartbeat.touch()
        self._phase.checkpoint = {**self._phase.checkpoint, **values}
        rows = OperationPhase.objects.filter(pk=self._phase.pk)
        told = [events.log_event(line, self._phase.slug) for line in lines]
        self._claim.write(*told, also=lambda: rows.update(checkpoint=self._phase.checkpoint))

    def decide(self, **values: Any) -> None:
        self._alive()
        self._phase.checkpoint = {**self._phase.checkpoint, **values}
        rows = OperationPhase.objects.filter(pk=self._phase.pk)
        decided = self._claim.write(
            also=lambda: rows.update(checkpoint=self._phase.checkpoint),
            unless_cancelled=True,
            decided_at=clock.now(),
        )
        if not decided:
            self._heartbeat.hear_of_cancel()
            raise Cancelled

    def log(self, line: str) -> None:
        self._log([line])

    def emit(
        self, event_type: str, *payloads: Mapping[str, Any], also: Callable[[], object] | None = None
    ) -> None:
        self._alive()
        told = [
            events.Event({"type": event_type, "phase": self._phase.slug, **payload}) for payload in payloads
        ]
        if told or also is not None:
            self._claim.write(*told, also=also)

    def progress(self, message: str = "") -> None:
        self._alive()
        if message and message != self._phase.message:
            self._phase.message = message[:200]
            rows = OperationPhase.objects.filter(pk=self._phase.pk)
            self._claim.write(
                events.phase_event(self._phase.slug, "in_progress", message),
                also=lambda: rows.update(message=self._phase.message),
            )

    def should_stop(self) -> bool:
        return self._heartbeat.should_stop()

    def cancelled(self) -> bool:
        try:
            self._heartbeat.check()
        except Cancelled:
            return True
        return False

    def run(self, spec: SandboxSpec, *, timeout_seconds: float) -> SandboxResult:
        self._alive()
        lines = Lines(self)
        sandbox: Sandbox = load("ORCHARD_SANDBOX")
        try:
            result = sandbox.run(
                spec, timeout_seconds=timeout_seconds, on_line=lines.add, cancelled=lines.flush_or_stop
            )
        except SandboxCancelled:
            self._heartbeat.check()
            raise
        lines.flush()
        return result

    def _alive(self) -> None:
        self._heartbeat.check()
        self._heartbeat.touch()

    def _log(self, lines: list[str]) -> None:
        self._alive()
        self._claim.write(*(events.log_event(line, self._phase.slug) for line in lines))


class Lines:
    """Lines of a command on their way to the log: several per transaction, and not without end."""

    def __init__(self, phase: RunningPhase) -> None:
        self._phase = phase
        self._waiting: list[str] = []
        self._seen = 0
        self._flushed_at = time.monotonic()

    def add(self, line: str) -> None:
        self._seen += 1
        if self._seen < LINES_SHOWN:
            self._waiting.append(line)
        elif self._seen == LINES_SHOWN:
            self._waiting.append("… further lines are not shown")
        else:
            self._phase._heartbeat.touch()
        if len(self._waiting) >= FLUSH_LINES:
            self.flush()

    def flush_or_stop(self) -> bool:
        """Asked by the sandbox at least twice a second: whether to kill what runs."""
        if self._phase.should_stop():
            return True
        if time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            self.flush()
        return False

    def flush(self) -> None:
        self._flushed_at = time.monotonic()
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._phase._log(waiting)
