"""Putting running work back into the line, so that any worker goes on at the phase that was cut off."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.db import transaction
from django.db.models import F, Q

from operations import counters, states
from operations.engine import dispatch, events
from operations.engine.lease import Claim
from operations.engine.workflow import is_known
from operations.models import Operation, OperationPhase
from studio.core import clock


def hand_back(claim: Claim) -> bool:
    """This worker is ending, which is nobody's fault. False when the claim was lost already."""
    return put_back(
        claim.operation_id,
        why="The worker is ending; another one continues.",
        guard=claim.guard,
        outcome="handed_back",
    )


def put_back(
    operation_id: uuid.UUID,
    *,
    why: str,
    guard: Q,
    outcome: Literal["failed", "lost", "handed_back"],
    **changes: Any,
) -> bool:
    """False, with nothing written, when `guard` does not hold any more. "lost" ones are counted, and
    limited by OPERATION_MAX_ATTEMPTS: the work itself may have been what killed its worker."""
    # PostgreSQL adds no truth to a number.
    changes = {"attempt": F("attempt") + int(outcome == "lost")} | changes
    with transaction.atomic():
        operation = Operation.objects.only("type", "current_phase", "project").get(pk=operation_id)
        if not events.write(
            operation_id,
            [events.log_event(why, operation.current_phase)],
            guard=guard & states.may_become(Operation.Status.PENDING),
            status=Operation.Status.PENDING,
            lease_until=None,
            dispatched_at=clock.now(),
            worker="",
            **changes,
        ):
            return False
        counters.count_runs(operation, outcome)
        OperationPhase.objects.filter(operation=operation_id, status=OperationPhase.Status.RUNNING).update(
            status=OperationPhase.Status.PENDING
        )
        if operation.project_id is not None:
            dispatch.next_in_line(operation.project_id)  # an older one may have been retried meanwhile
        elif is_known(operation.type):
            dispatch.dispatch(operation)
    return True
