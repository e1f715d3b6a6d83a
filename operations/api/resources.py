"""Projects, operations, events and the ledger as the API shows them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from blueprints.models import ReferenceComparison
from blueprints.references import comparing
from environments import services as environments
from environments.models import Environment
from operations import codes, services
from operations.cards import person
from operations.engine.workflow import workflow_for
from operations.models import LedgerEntry, Operation, OperationEvent, OperationPhase
from studio.api import Wire
from studio.models import Project


class EnvironmentResource(Wire):
    name: str
    hostname: str
    url: str
    commit: str | None


class ProjectResource(Wire):
    """`operation_id` is the newest operation; `urls` is by environment."""

    id: uuid.UUID
    name: str
    slug: str
    template: str
    status: str
    urls: dict[str, str]
    environments: list[EnvironmentResource]
    operation_id: uuid.UUID | None
    created_at: datetime


class PhaseResource(Wire):
    slug: str
    label: str
    status: str
    message: str
    attempt: int
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None


class ListedOperation(Wire):
    """`operation_id` repeats `id`: answers that start work name it so. `progress` is from 0 to 1.
    `queue_position` is 1 for the next to start, null for one that does not wait. `requested_by` is a
    name, null for a person who has left."""

    id: uuid.UUID
    operation_id: uuid.UUID
    type: str
    project_id: uuid.UUID | None
    project_slug: str
    blueprint_id: uuid.UUID | None
    status: str
    current_phase: str
    phases: list[PhaseResource]
    progress: float
    requested_by: str | None
    error: JsonValue = Field(description=f"`code`, `message`, `phase` and evidence. {codes.as_text()}")
    queue_position: int | None
    cancel_requested: bool
    last_event: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class BuildComparison(Wire):
    """`reference` is its id in the plan ("REF-1"), whose resource has the parts of the `score`."""

    reference: str
    status: Literal["pending", "done", "failed"]
    score: int | None
    message: str


class OperationResource(ListedOperation):
    """The whole of it: with `result`, what its last phase came to, and `comparisons`, how much what a build
    made looks like the plan's references; these come after its end."""

    result: JsonValue
    comparisons: list[BuildComparison]


class EventResource(Wire):
    seq: int
    type: str
    data: dict[str, JsonValue]
    created_at: datetime


class LedgerResource(Wire):
    """Whether one item of the plan stands in the built app, and what shows it."""

    item_id: str
    title: str
    status: str
    location: str
    test: str
    probe: str
    reason: str
    blueprint_id: uuid.UUID
    checked_at: datetime


def projects(rows: Sequence[Project]) -> list[ProjectResource]:
    """Resources of many projects in a fixed number of queries."""
    places: dict[uuid.UUID, list[Environment]] = {project.pk: [] for project in rows}
    for place in Environment.objects.filter(project__in=places).select_related("project", "current_release"):
        places[place.project_id].append(place)
    newest = services.newest_operations(rows)
    return [
        ProjectResource(
            id=project.pk,
            name=project.name,
            slug=project.slug,
            template=project.template,
            status=project.status,
            urls={place.name: environments.live_url(place) for place in places[project.pk]},
            environments=[
                EnvironmentResource(
                    name=place.name,
                    hostname=place.hostname,
                    url=environments.live_url(place),
                    commit=place.current_release.commit if place.current_release else None,
                )
                for place in places[project.pk]
            ],
            operation_id=newest.get(project.pk),
            created_at=project.created_at,
        )
        for project in rows
    ]


def operation(row: Operation) -> OperationResource:
    phases = list(row.phases.defer("checkpoint"))
    return OperationResource(
        **_fields(row, phases, services.queue_position(row)),
        result=row.result,
        comparisons=[_comparison(one) for one in comparing.of_build(row.pk)],
    )


def _comparison(row: ReferenceComparison) -> BuildComparison:
    return BuildComparison.model_validate(
        {
            "reference": row.reference.item_id,
            "status": "pending" if row.status in row.UNFINISHED else row.status,
            "score": row.score,
            "message": (row.error or {}).get("message", ""),
        }
    )


def listed(rows: Sequence[Operation]) -> list[ListedOperation]:
    """Rows of `listing.page`, in one query for all phases and one for the places in the queue."""
    phases: dict[uuid.UUID, list[OperationPhase]] = {row.pk: [] for row in rows}
    for phase in OperationPhase.objects.filter(operation__in=rows).defer("checkpoint"):
        phases[phase.operation_id].append(phase)
    positions = services.queue_positions(rows)
    return [ListedOperation(**_fields(row, phases[row.pk], positions.get(row.pk))) for row in rows]


def _fields(
    operation: Operation, phases: Sequence[OperationPhase], queue_position: int | None
) -> dict[str, Any]:
    complete = sum(phase.status == OperationPhase.Status.COMPLETE for phase in phases)
    return {
        "id": operation.pk,
        "operation_id": operation.pk,
        "type": operation.type,
        "project_id": operation.project_id,
        "project_slug": operation.project_slug,
        "blueprint_id": operation.blueprint_id,
        "status": operation.status,
        "current_phase": operation.current_phase,
        "phases": [_phase(operation, phase) for phase in phases],
        "progress": round(complete / len(phases), 3) if phases else 0.0,
        "requested_by": person(operation) or None,
        "error": operation.error,
        "queue_position": queue_position,
        "cancel_requested": operation.cancel_requested_at is not None,
        "last_event": operation.last_seq,
        "created_at": operation.created_at,
        "started_at": operation.started_at,
        "completed_at": operation.completed_at,
    }


def _phase(operation: Operation, phase: OperationPhase) -> PhaseResource:
    taken = (phase.completed_at - phase.started_at) if phase.completed_at and phase.started_at else None
    return PhaseResource(
        slug=phase.slug,
        label=_label(operation.type, phase.slug),
        status=phase.status,
        message=phase.message,
        attempt=phase.attempt,
        started_at=phase.started_at,
        completed_at=phase.completed_at,
        seconds=round(taken.total_seconds(), 3) if taken else None,
    )


def _label(operation_type: str, slug: str) -> str:
    """A phase's words; its slug where a later version of the workflow dropped it."""
    try:
        return workflow_for(operation_type).phase(slug).label
    except KeyError:
        return slug


def ledger_entry(entry: LedgerEntry) -> LedgerResource:
    return LedgerResource(
        item_id=entry.item_id,
        title=entry.title,
        status=entry.status,
        location=entry.location,
        test=entry.test,
        probe=entry.probe,
        reason=entry.reason,
        blueprint_id=entry.blueprint_id,
        checked_at=entry.checked_at,
    )


def event(row: OperationEvent) -> EventResource:
    return EventResource(seq=row.seq, type=row.event_type, data=row.payload, created_at=row.created_at)
