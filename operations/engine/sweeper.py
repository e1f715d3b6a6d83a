"""Finding what got lost: work whose worker died, and work whose message died.

Runs every few seconds from beat; any number of sweepers may run at once, each step is a conditional
UPDATE.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from operations.engine import dispatch, ending, events
from operations.engine.workers import is_gone
from operations.engine.workflow import known_types, workflow_for
from operations.models import Operation, OperationPhase

logger = logging.getLogger(__name__)

# A message is picked up within milliseconds of a free worker; older ones are worth a look.
STALE_SECONDS = 10


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    requeued: int = 0
    failed: int = 0
    dispatched: int = 0


def sweep() -> Swept:
    requeued = failed = 0
    running = _without_documents(
        Operation.objects.filter(status=Operation.Status.RUNNING, type__in=known_types())
    )
    for operation in running:
        if not _is_lost(operation):
            continue
        try:
            if operation.cancel_requested_at is not None:
                ending.cancel(operation.pk, guard=_still_lost(operation))
            elif operation.attempt + 1 < settings.OPERATION_MAX_ATTEMPTS:
                requeued += _requeue(operation)
            else:
                failed += _fail(operation)
        except Exception:  # one that cannot be swept must not keep the others lost
            logger.exception("Operation %s (%s) could not be swept", operation.pk, operation)
    return Swept(requeued, failed, _dispatch_forgotten())


def _fail(operation: Operation) -> bool:
    return ending.fail(
        operation.pk,
        code="worker_lost",
        message=f"The worker was lost {operation.attempt + 1} times while doing this. Retry it.",
        guard=_still_lost(operation),
    )


def _requeue(operation: Operation) -> bool:
    logger.warning("Operation %s lost its worker %s", operation.pk, operation.worker)
    with transaction.atomic():
        if not events.write(
            operation.pk,
            [events.log_event("The worker was lost; another one continues.", operation.current_phase)],
            guard=_still_lost(operation),
            status=Operation.Status.PENDING,
            attempt=F("attempt") + 1,
            lease_until=None,
            worker="",
        ):
            return False
        OperationPhase.objects.filter(operation=operation, status=OperationPhase.Status.RUNNING).update(
            status=OperationPhase.Status.PENDING
        )
        dispatch.dispatch(operation)
    return True


def _without_documents(rows: QuerySet[Operation]) -> QuerySet[Operation]:
    """Whole plans lie in these columns, and a long line is looked through every few seconds."""
    return rows.defer("input", "result", "error")


def _is_lost(operation: Operation) -> bool:
    expired = operation.lease_until is None or operation.lease_until < timezone.now()
    return expired or is_gone(operation.worker)


def _still_lost(operation: Operation) -> Q:
    """As it was looked at: a heartbeat or a claim since then means that somebody lives."""
    return Q(status=Operation.Status.RUNNING, fence=operation.fence, lease_until=operation.lease_until)


def _dispatch_forgotten() -> int:
    """Send again what has been due for a while, unless the broker still holds as many messages: then
    the workers are busy, and more messages would not help."""
    long_ago = timezone.now() - timedelta(seconds=STALE_SECONDS)
    due = _without_documents(
        dispatch.unblocked().filter(
            Q(dispatched_at=None) | Q(dispatched_at__lt=long_ago), type__in=known_types()
        )
    )
    by_queue: dict[str, list[Operation]] = {}
    for operation in due:
        by_queue.setdefault(workflow_for(operation.type).queue, []).append(operation)
    sent = 0
    for queue, forgotten in by_queue.items():
        waiting = dispatch.waiting_messages(queue)
        if waiting is None or waiting >= len(forgotten):
            continue
        for operation in forgotten:
            dispatch.dispatch(operation)
        sent += len(forgotten)
    return sent
