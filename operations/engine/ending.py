"""How operations end, wherever the end comes from: the runner, the heartbeat, the sweeper, a person."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q

from operations import counters, states
from operations.engine import dispatch, events
from operations.engine.workflow import is_known, workflow_for
from operations.models import Operation, OperationPhase
from studio.core import clock
from studio.models import Project

logger = logging.getLogger(__name__)


def succeed(operation_id: uuid.UUID, result: dict[str, Any], *, guard: Q) -> bool:
    """False, with nothing written, when `guard` does not hold any more; so do all of these."""
    operation = Operation.objects.get(pk=operation_id)
    payload = events.CompletePayload(
        type="complete", status="success", message=workflow_for(operation.type).done
    )
    if url := result.get("url"):
        payload["url"] = url
    return _end(
        operation, Operation.Status.SUCCEEDED, [events.Event(payload)], guard=guard, result=result, error=None
    )


def fail(
    operation_id: uuid.UUID,
    *,
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
    guard: Q,
    lost: bool = False,
) -> bool:
    """`message` is for a maker; `details` is JSON with what shows the cause. `lost`: its worker was gone
    by then."""
    operation = Operation.objects.get(pk=operation_id)
    phase = operation.current_phase
    if operation.decided_at is not None:
        message = f"The new version is live, but what comes after that did not finish. {message}"
    error = {
        "code": code,
        "message": events.clean(message),
        "phase": phase,
        **events.clean_json(details or {}),
    }
    payload = events.ErrorPayload(type="error", status="failed", code=code, message=error["message"])
    told = [events.Event(payload)]
    if phase:
        payload["phase"] = phase
        told.insert(0, events.phase_event(phase, "failed", error["message"]))
    return _end(operation, Operation.Status.FAILED, told, guard=guard, lost=lost, error=error)


def cancel(operation_id: uuid.UUID, *, guard: Q, lost: bool = False) -> bool:
    """What was given up, and has cleared up now, fails with the reason for that (`engine.giving_up`)."""
    operation = Operation.objects.get(pk=operation_id)
    if operation.error is not None:
        told = operation.error
        return fail(operation_id, code=told["code"], message=told["message"], guard=guard, lost=lost)
    payload = events.ErrorPayload(type="error", status="cancelled", code="cancelled", message="Cancelled.")
    error = {"code": "cancelled", "message": "Cancelled.", "phase": operation.current_phase}
    return _end(
        operation, Operation.Status.CANCELLED, [events.Event(payload)], guard=guard, lost=lost, error=error
    )


def _end(
    operation: Operation,
    status: Operation.Status,
    told: list[events.Event],
    *,
    guard: Q,
    lost: bool = False,
    **changes: Any,
) -> bool:
    now = clock.now()
    with transaction.atomic():
        # In the order in which all lock (project, operation, plan), or two could wait for each other.
        Project.objects.select_for_update(of=("self",)).filter(operations=operation.pk).first()
        if not events.write(
            operation.pk,
            told,
            guard=guard & states.may_become(status),
            status=status,
            completed_at=now,
            lease_until=None,
            available_at=None,
            worker="",
            **changes,
        ):
            return False
        counters.count_end(operation, status, lost=lost)
        OperationPhase.objects.filter(operation=operation, status=OperationPhase.Status.RUNNING).update(
            status=OperationPhase.Status.FAILED, error=changes["error"], completed_at=now
        )
        operation.refresh_from_db()
        _follow(operation)
        dispatch.next_in_line(operation.project_id)
    return True


def _follow(operation: Operation) -> None:
    """What the end means for others. Where that breaks, a success ends as a failure instead; a failure
    ends all the same, or nothing could ever end it."""
    on_end = workflow_for(operation.type).on_end if is_known(operation.type) else None
    if on_end is None:
        return
    try:
        with transaction.atomic():
            on_end(operation)
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        if operation.status == Operation.Status.SUCCEEDED:
            raise
        logger.exception("The end of operation %s (%s) could not be told on", operation.pk, operation)
