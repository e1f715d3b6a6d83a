"""Ending what the engine sees no use in going on with, once it has cleared up.

A phase with `clears_up` that has saved something has left something in the world: an app half deployed, the
projects of a tree. Whoever ends its operation from outside, for a person who cancels it or because its
workers keep dying, leaves it in the line with `cancel_requested_at`, and the worker that takes it up runs
that phase alone, which hears `Cancelled`. Why it then ends as a failure stands in `error` meanwhile. Clearing
up has tries of its own, and ends the operation when these are used up too.
"""

from __future__ import annotations

import uuid
from typing import Literal

from django.db.models import Q

from operations.engine import ending
from operations.engine.requeue import put_back
from operations.engine.workflow import is_known, workflow_for
from operations.models import Operation, OperationPhase
from studio.core import clock


def has_to_clear_up(operation: Operation) -> bool:
    """Whether it would leave something behind if it ended now. What is decided is to stand."""
    if operation.decided_at is not None or not is_known(operation.type):
        return False
    slugs = [phase.slug for phase in workflow_for(operation.type).phases if phase.clears_up]
    begun = OperationPhase.objects.filter(operation=operation, slug__in=slugs).exclude(checkpoint={})
    return bool(slugs) and begun.exclude(status=OperationPhase.Status.COMPLETE).exists()


def give_up(
    operation_id: uuid.UUID,
    *,
    code: str,
    message: str,
    guard: Q,
    outcome: Literal["failed", "lost"] = "failed",
) -> bool:
    """End it as a failure, after it has cleared up. "lost": its worker was gone. False, with nothing
    written, when `guard` does not hold any more."""
    operation = Operation.objects.get(pk=operation_id)
    lost = outcome == "lost"
    if operation.cancel_requested_at is not None:  # it was clearing up
        return ending.cancel(operation_id, guard=guard, lost=lost)
    if not has_to_clear_up(operation):
        return ending.fail(operation_id, code=code, message=message, guard=guard, lost=lost)
    return put_back(
        operation_id,
        why=f"{message} First it clears up.",
        guard=guard,
        outcome=outcome,
        attempt=0,
        cancel_requested_at=clock.now(),
        error={"code": code, "message": message, "phase": operation.current_phase},
    )
