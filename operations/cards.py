"""An operation as people see it: title, steps, what it said last, what went wrong and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone

from operations.engine.workflow import Workflow, known_types, workflow_for
from operations.models import Operation, OperationEvent, OperationPhase
from operations.services import queue_positions

StepState = Literal["pending", "queued", "active", "done", "failed", "stopped"]

LINES_SHOWN = 200
LIVE_UNFINISHED = "Live, unfinished"
_STATES: dict[str, StepState] = {
    "running": "active",
    "complete": "done",
    "failed": "failed",
    "pending": "pending",
}
# What to do about a failure, by its code.
_ADVICE = {
    "tests_failed": "Read below what the tests say. Change the plan and build again, or retry as it is.",
    "app_failed": "The log shows the app's last words. Change the plan and build again, or retry as it is.",
    "generation_failed": "Change the plan where it asks for this, and build again.",
    "merge_conflict": "Bring the files together in the repository, then retry.",
    "blueprint_deleted": "Its plan is gone. Start a new one in the project.",
    "project_failed": "Retry the set-up of the project first.",
    "tree_failed": "The step that failed says why. A retry goes on from there.",
    "person_gone": "Start the tree again as somebody else.",
    "worker_lost": "Workers end when a machine stops or runs out of memory. A retry goes on from this phase.",
    "no_progress": "It was silent for too long and was stopped. A retry goes on from this phase.",
    "cancelled": "Somebody stopped it. What finished is kept: a retry goes on from there.",
    "internal": "This is a fault of the Studio; its log has the details. Retry it once.",
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
_KINDS = {
    "spawn": "Set-up",
    "build": "Build",
    "publish": "Publication",
    "rollback": "Rollback",
    "add_service": "Service added",
    "remove_service": "Service removed",
    "tree": "Tree",
    "teardown": "Deletion",
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
    attempt: int = 0


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
    """`failed_step` is the phase a retry begins with, `repeatable` those it may begin with. `position` is
    the place in the queue, 1 is next. `by` is who asked for it, "" when she is gone. `live`: what
    it brings is there, although it failed afterwards. `code` is an error's, `advice` what to do about it."""

    id: UUID
    type: str
    kind: str
    title: str
    by: str
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
    repeatable: tuple[Step, ...]
    live: bool
    error: str
    code: str
    advice: str
    last_event: int

    @property
    def active(self) -> bool:
        return self.status in Operation.ACTIVE

    @property
    def progress(self) -> str:
        """For those who cannot see the rail: "2 of 5 phases done, implement runs"."""
        done = sum(step.state == "done" for step in self.steps)
        words = {"active": "runs", "failed": "failed", "stopped": "stopped"}
        special = [f", {step.slug} {words[step.state]}" for step in self.steps if step.state in words]
        return f"{done} of {len(self.steps)} phases done{''.join(special)}"


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
    workflow = _workflow(operation)
    error = operation.error or {}
    code = str(error.get("code", ""))
    again = failed or unfinished
    return OperationCard(
        id=operation.pk,
        type=operation.type,
        kind=kind(operation.type),
        title=title(operation),
        by=person(operation),
        project_slug=operation.project_slug,
        status=operation.status,
        tone=_TONES[operation.status],
        word=_word(operation, active, failed, position),
        version=asked(operation, "version"),
        steps=steps,
        created_at=operation.created_at,
        started_at=operation.started_at,
        completed_at=operation.completed_at,
        took=_took(operation.started_at, operation.completed_at),
        position=position,
        stopping=operation.is_active and operation.cancel_requested_at is not None,
        cancellable=operation.is_active and workflow is not None and workflow.cancellable,
        retryable=workflow is not None
        and operation.status in ("failed", "cancelled")
        and (operation.project_id is not None or operation.type == "tree"),
        failed_step=again,
        repeatable=steps[: steps.index(again) + 1] if again else steps,
        live=operation.failed_live,
        error=str(error.get("message", "")),
        code=code,
        advice=_ADVICE.get(code, ""),
        last_event=operation.last_seq,
    )


def asked(operation: Operation, key: str) -> Any:
    """One value of the input, of a row that `listing.brief` has read without it too."""
    brief = f"input_{key}"
    return operation.__dict__[brief] if brief in operation.__dict__ else operation.input.get(key)


def kind(operation_type: str) -> str:
    """The type as a word for people."""
    return _KINDS.get(operation_type, operation_type.replace("_", " ").capitalize())


def person(operation: Operation) -> str:
    by = operation.requested_by
    return (by.get_full_name() or by.get_username()) if by else ""


def title(operation: Operation) -> str:
    """For instance "Building Weather over Aeries", and "Build of Weather over Aeries" afterwards."""
    name = operation.project.name if operation.project else operation.project_slug
    name = name or asked(operation, "tree") or ""
    feature = operation.blueprint.feature_name if operation.blueprint else name
    fallback = kind(operation.type) + " of {project}"
    under_way, ended = _TITLES.get(operation.type, (fallback, fallback))
    return (under_way if operation.is_active else ended).format(project=name, feature=feature)


def _word(operation: Operation, active: Step | None, failed: Step | None, position: int | None) -> str:
    if operation.status == "running":
        return active.label if active else "Starting"
    if operation.status == "pending":
        return f"No. {position} in the queue"
    if operation.failed_live:
        return LIVE_UNFINISHED
    if operation.status == "failed" and failed and failed.slug != operation.type:
        return f"Failed at {failed.slug}"
    return operation.get_status_display()


def _step(operation: Operation, phase: OperationPhase) -> Step:
    state = _STATES[phase.status]
    if state == "pending" and operation.status == "pending":
        state = "queued"
    if state == "failed" and operation.status == "cancelled":
        state = "stopped"
    return Step(
        slug=phase.slug,
        label=_label(operation, phase.slug),
        icon={"failed": "x", "stopped": "stop"}.get(state, _ICONS.get(phase.slug, "leaf")),
        state=state,
        started_at=phase.started_at,
        took=_took(phase.started_at, phase.completed_at) if state != "pending" else None,
        message=phase.message,
        attempt=phase.attempt,
    )


def _label(operation: Operation, slug: str) -> str:
    """A phase that an older version of the workflow had keeps its slug as its label."""
    workflow = _workflow(operation)
    for phase in workflow.phases if workflow else ():
        if phase.slug == slug:
            return phase.label
    return slug


def _workflow(operation: Operation) -> Workflow | None:
    """None for a type that this version does not know (any more): such a row can still be looked at."""
    return workflow_for(operation.type) if operation.type in known_types() else None


def _took(start: datetime | None, end: datetime | None) -> timedelta | None:
    return (end or timezone.now()) - start if start else None


def lines(operation: Operation, *, limit: int = LINES_SHOWN) -> tuple[LogLine, ...]:
    """The last `limit` events as log lines, oldest first."""
    newest = operation.events.exclude(event_type="ledger").order_by("-seq")[:limit]
    return without_echo(line(event, operation) for event in reversed(newest))


def without_echo(found: Iterable[LogLine]) -> tuple[LogLine, ...]:
    """A failed phase and the failed operation say the same thing twice."""
    told: list[LogLine] = []
    before = ""
    for one in found:
        if one.text and one.text != before:
            told.append(one)
        before = one.text
    return tuple(told)


def line(event: OperationEvent, operation: Operation) -> LogLine:
    """Any event as one line of text."""
    payload = event.payload
    text, tone = str(payload.get("message", "")), ""
    if event.event_type == "phase":
        status = payload.get("status", "")
        tone = {"complete": "ok", "failed": "err"}.get(status, "dim")
        text = {"complete": f"{text}: done", "in_progress": f"{text} …"}.get(status, text)
    elif event.event_type == "file":
        text = f"{payload.get('path', '')}  +{payload.get('added', 0)} −{payload.get('removed', 0)}"
    elif event.event_type == "ledger":
        text = f"{payload.get('item', '')} {payload.get('title', '')}: {payload.get('status', '')}"
        tone = "ok" if payload.get("status") == "met" else "err"
    elif event.event_type in ("complete", "error"):
        tone = "ok" if event.event_type == "complete" else "err"
    at = max(timedelta(), event.created_at - (operation.started_at or operation.created_at))
    return LogLine(seq=event.seq, at=at, text=text, tone=tone, phase=str(payload.get("phase", "")))
