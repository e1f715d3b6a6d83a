"""An operation as people see it: title, steps, what it said last, what went wrong and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.utils import timezone

from operations.engine.workflow import workflow_for
from operations.models import Operation, OperationEvent, OperationPhase
from operations.services import queue_positions

StepState = Literal["pending", "queued", "active", "done", "failed"]

LINES_SHOWN = 200
_STATES: dict[str, StepState] = {
    "running": "active",
    "complete": "done",
    "failed": "failed",
    "pending": "pending",
}
_ICONS = {
    "spec": "seed", "design": "sprout", "implement": "leaf", "test": "blossom", "deploy": "fruit",
    "repository": "branch", "environments": "globe", "skeleton": "leaf", "verify": "eye",
}  # fmt: skip
# While it runs, and once it has ended.
_TITLES = {
    "spawn": ("Setting up {project}", "Set-up of {project}"),
    "build": ("Building {feature}", "Build of {feature}"),
    "publish": ("Publishing {project}", "Publication of {project}"),
    "rollback": ("Rolling back {project}", "Rollback of {project}"),
    "tree": ("Running the tree {project}", "Run of the tree {project}"),
    "teardown": ("Deleting {project}", "Deletion of {project}"),
}
_TONES = {
    "pending": "bark",
    "running": "apricot",
    "succeeded": "leaf",
    "failed": "cherry",
    "cancelled": "bark",
}


@dataclass(frozen=True)
class Step:
    """One phase. `took` is None before it started; a running one counts from `started_at`."""

    slug: str
    label: str
    icon: str
    state: StepState
    started_at: datetime | None
    took: timedelta | None
    message: str


@dataclass(frozen=True)
class LogLine:
    """`tone` is "", "ok", "err" or "dim"; `at` is the time since the operation started."""

    seq: int
    at: timedelta
    text: str
    tone: str
    phase: str


@dataclass(frozen=True)
class OperationCard:
    """`failed_step` is the phase a retry begins with. `position` is the place in the queue, 1 is next."""

    id: UUID
    type: str
    title: str
    project_slug: str
    status: str
    tone: str
    word: str
    version: int | None
    steps: tuple[Step, ...]
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    took: timedelta | None
    position: int | None
    stopping: bool
    cancellable: bool
    retryable: bool
    failed_step: Step | None
    error: str
    last_event: int

    @property
    def active(self) -> bool:
        return self.status in Operation.ACTIVE


def card(operation: Operation) -> OperationCard:
    return cards([operation])[0]


def cards(operations: Sequence[Operation]) -> list[OperationCard]:
    """One query for all phases, one for the places of those that wait."""
    phases: defaultdict[UUID, list[OperationPhase]] = defaultdict(list)
    for phase in OperationPhase.objects.filter(operation__in=operations).defer("checkpoint"):
        phases[phase.operation_id].append(phase)
    positions = queue_positions(operations)
    return [_card(operation, phases[operation.pk], positions.get(operation.pk)) for operation in operations]


def _card(operation: Operation, phases: Iterable[OperationPhase], position: int | None) -> OperationCard:
    steps = tuple(_step(operation, phase) for phase in phases)
    active = next((step for step in steps if step.state == "active"), None)
    failed = next((step for step in steps if step.state == "failed"), None)
    unfinished = next((step for step in steps if step.state != "done"), None)
    return OperationCard(
        id=operation.pk,
        type=operation.type,
        title=title(operation),
        project_slug=operation.project_slug,
        status=operation.status,
        tone=_TONES[operation.status],
        word=_word(operation, active, failed, position),
        version=operation.input.get("version"),
        steps=steps,
        created_at=operation.created_at,
        started_at=operation.started_at,
        completed_at=operation.completed_at,
        took=_took(operation.started_at, operation.completed_at),
        position=position,
        stopping=operation.is_active and operation.cancel_requested_at is not None,
        cancellable=operation.is_active and workflow_for(operation.type).cancellable,
        retryable=operation.status in ("failed", "cancelled")
        and (operation.project_id is not None or operation.type == "tree"),
        failed_step=failed or unfinished,
        error=str((operation.error or {}).get("message", "")),
        last_event=operation.last_seq,
    )


def title(operation: Operation) -> str:
    """For instance "Building Weather over Aeries", and "Build of Weather over Aeries" afterwards."""
    name = operation.project.name if operation.project else operation.project_slug
    name = name or operation.input.get("tree", "")
    feature = operation.blueprint.feature_name if operation.blueprint else name
    kind = operation.get_type_display() + " of {project}"
    under_way, ended = _TITLES.get(operation.type, (kind, kind))
    return (under_way if operation.is_active else ended).format(project=name, feature=feature)


def _word(operation: Operation, active: Step | None, failed: Step | None, position: int | None) -> str:
    if operation.status == "running":
        return active.label if active else "Starting"
    if operation.status == "pending":
        return f"No. {position} in the queue"
    if operation.status == "failed" and failed:
        return f"Failed at {failed.slug}"
    return operation.get_status_display()


def _step(operation: Operation, phase: OperationPhase) -> Step:
    state = _STATES[phase.status]
    if state == "pending" and operation.status == "pending":
        state = "queued"
    return Step(
        slug=phase.slug,
        label=_label(operation.type, phase.slug),
        icon="x" if state == "failed" else _ICONS.get(phase.slug, "leaf"),
        state=state,
        started_at=phase.started_at,
        took=_took(phase.started_at, phase.completed_at) if state != "pending" else None,
        message=phase.message,
    )


def _label(operation_type: str, slug: str) -> str:
    """A phase that an older version of the workflow had keeps its slug as its label."""
    for phase in workflow_for(operation_type).phases:
        if phase.slug == slug:
            return phase.label
    return slug


def _took(start: datetime | None, end: datetime | None) -> timedelta | None:
    return (end or timezone.now()) - start if start else None


def lines(operation: Operation, *, limit: int = LINES_SHOWN) -> tuple[LogLine, ...]:
    """The last `limit` events as log lines, oldest first."""
    newest = operation.events.exclude(event_type="ledger").order_by("-seq")[:limit]
    start = operation.started_at or operation.created_at
    found = [_line(event, start) for event in reversed(newest)]
    # A failed phase and the failed operation say the same thing twice.
    return tuple(line for line, before in zip(found, [None, *found], strict=False) if _is_news(line, before))


def _is_news(line: LogLine, before: LogLine | None) -> bool:
    return bool(line.text) and (before is None or line.text != before.text)


def _line(event: OperationEvent, start: datetime) -> LogLine:
    payload = event.payload
    text, tone = str(payload.get("message", "")), ""
    if event.event_type == "phase":
        status = payload.get("status", "")
        tone = {"complete": "ok", "failed": "err"}.get(status, "dim")
        text = {"complete": f"{text}: done", "in_progress": f"{text} …"}.get(status, text)
    elif event.event_type == "file":
        text = f"{payload.get('path', '')}  +{payload.get('added', 0)} −{payload.get('removed', 0)}"
    elif event.event_type in ("complete", "error"):
        tone = "ok" if event.event_type == "complete" else "err"
    at = max(timedelta(), event.created_at - start)
    return LogLine(seq=event.seq, at=at, text=text, tone=tone, phase=str(payload.get("phase", "")))
