"""Events: rows with a gapless sequence per operation, written with the change they tell of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from django.db import transaction
from django.db.models import F, Q

from operations.models import Operation, OperationEvent
from studio.core import hub

# Larger messages carry the number alone; readers fetch the rows.
MESSAGE_BYTES = 32_000
# What changes the picture as a whole; log lines and files are for those who follow the operation.
TOLD_TO_THE_PROJECT = frozenset({"phase", "complete", "error"})


class PhasePayload(TypedDict):
    type: Literal["phase"]
    phase: str
    status: Literal["in_progress", "complete", "failed"]
    message: str


class CompletePayload(TypedDict):
    type: Literal["complete"]
    status: Literal["success"]
    message: str
    url: NotRequired[str]


class ErrorPayload(TypedDict):
    type: Literal["error"]
    status: Literal["failed", "cancelled"]
    code: str
    message: str
    phase: NotRequired[str]


@dataclass(frozen=True)
class Event:
    """`payload["type"]` is the event's type; the rest depends on it (API.md)."""

    payload: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.payload["type"])


def phase_event(phase: str, status: Literal["in_progress", "complete", "failed"], message: str) -> Event:
    return Event(PhasePayload(type="phase", phase=phase, status=status, message=message))


def log_event(message: str, phase: str = "") -> Event:
    return Event({"type": "log", "phase": phase, "message": clean(message)})


def clean(text: str, limit: int = 2_000) -> str:
    """Text fit for a JSON column: PostgreSQL refuses NUL, and nobody reads endless lines."""
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= limit else text[:limit] + " …"


def clean_json(value: Any) -> Any:
    """A JSON value with every text in it clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(inner) for inner in value]
    return value


def write(
    operation_id: uuid.UUID, events: Sequence[Event] = (), *, guard: Q | None = None, **changes: Any
) -> bool:
    """Change the operation's row and tell of it, in one transaction; announced on commit.

    False, with nothing written, when the row does not satisfy `guard` any more. Rows that belong to
    the same change go into the same `transaction.atomic` around this call: what fails here fails there.
    """
    with transaction.atomic(savepoint=False):
        rows = Operation.objects.filter(guard or Q(), pk=operation_id)
        if not rows.update(last_seq=F("last_seq") + len(events), **changes):
            return False
        if not events:
            return True
        last, project_id, slug, status = Operation.objects.values_list(
            "last_seq", "project_id", "project_slug", "status"
        ).get(pk=operation_id)
        _append(operation_id, last - len(events) + 1, events)
        moved = changes.keys() - {"lease_until"} or any(event.type in TOLD_TO_THE_PROJECT for event in events)
        if project_id is not None:
            topic = "operation" if moved else "progress"
            hub.announce(project_id, topic, operation=str(operation_id), status=status, slug=slug)
    return True


def begin(operation: Operation, *events: Event) -> None:
    """Save a new operation together with its first events. Inside a transaction: both come to be, or none."""
    operation.last_seq = len(events)
    operation.save(force_insert=True)
    _append(operation.pk, 1, events)
    if operation.project_id is not None:
        hub.announce(
            operation.project_id,
            "operation",
            operation=str(operation.pk),
            status=operation.status,
            slug=operation.project_slug,
        )


def _append(operation_id: uuid.UUID, first: int, events: Sequence[Event]) -> None:
    OperationEvent.objects.bulk_create(
        OperationEvent(operation_id=operation_id, seq=seq, event_type=event.type, payload=dict(event.payload))
        for seq, event in enumerate(events, start=first)
    )
    _announce(operation_id, first, events)


def _announce(operation_id: uuid.UUID, first: int, events: Sequence[Event]) -> None:
    message: hub.Message = {"seq": first + len(events) - 1}
    frames = [{"seq": seq, "payload": dict(event.payload)} for seq, event in enumerate(events, start=first)]
    if len(json.dumps(frames)) <= MESSAGE_BYTES:
        message["events"] = frames
    transaction.on_commit(lambda: hub.publish(f"operation:{operation_id}", message), robust=True)
