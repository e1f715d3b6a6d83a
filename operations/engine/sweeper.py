"""Finding what got lost: work whose worker died, and work whose message died.

Runs every few seconds, from beat and from every worker; any number of sweepers may run at once, each
step is a conditional UPDATE.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Coalesce

from operations.engine import dispatch, ending
from operations.engine.giving_up import give_up, has_to_clear_up
from operations.engine.requeue import put_back
from operations.engine.workers import is_gone
from operations.engine.workflow import known_types, workflow_for
from operations.models import Operation
from studio.core import clock

logger = logging.getLogger(__name__)

# A message is picked up within milliseconds of a free worker; older ones are worth a look.
STALE_SECONDS = 10
# How long work of a type that this release does not know waits for a worker of another release.
UNKNOWN_SECONDS = 900
EXPIRED = Q(lease_until=None) | Q(lease_until__lt=clock.now())


@dataclass(frozen=True)
class Swept:
    """What one sweep did. `failed` are those given up, some of which clear up first."""

    requeued: int = 0
    failed: int = 0
    dispatched: int = 0


def sweep() -> Swept:
    requeued = failed = 0
    for operation in _without_documents(_running()):
        if not (_has_expired(operation) or is_gone(operation.worker)):
            continue
        may_go_on = operation.attempt + 1 < settings.OPERATION_MAX_ATTEMPTS
        stopping = operation.cancel_requested_at is not None
        try:
            if may_go_on and (not stopping or has_to_clear_up(operation)):
                requeued += _requeue(operation)
            elif stopping:
                ending.cancel(operation.pk, guard=_still_lost(operation), lost=True)
            else:
                failed += _give_up(operation)
        except Exception:  # one that cannot be swept must not keep the others lost
            logger.exception("Operation %s (%s) could not be swept", operation.pk, operation)
    return Swept(requeued, failed + _fail_unknown(), _dispatch_forgotten())


def _running() -> QuerySet[Operation]:
    expired = ExpressionWrapper(EXPIRED, output_field=BooleanField())
    # In no order: one by time would read all there ever was.
    return Operation.objects.filter(status=Operation.Status.RUNNING).annotate(expired=expired).order_by()


def _has_expired(operation: Operation) -> bool:
    """By the clock of the database, when it was looked at."""
    return cast(bool, operation.expired)  # type: ignore[attr-defined]  # annotated


def _give_up(operation: Operation) -> bool:
    return give_up(
        operation.pk,
        code="worker_lost",
        message=f"The worker was lost {operation.attempt + 1} times while doing this. Retry it.",
        guard=_still_lost(operation),
        outcome="lost",
    )


def _requeue(operation: Operation) -> bool:
    logger.warning("Operation %s lost its worker %s", operation.pk, operation.worker)
    return put_back(
        operation.pk,
        why="The worker was lost; another one continues.",
        guard=_still_lost(operation),
        outcome="lost",
    )


def _fail_unknown() -> int:
    """What no release that runs here knows how to do: a worker of a newer one would have taken it."""
    failed = 0
    waiting = Operation.objects.filter(status=Operation.Status.PENDING).exclude(type__in=known_types())
    told_at = Coalesce("dispatched_at", "created_at")
    old = waiting.annotate(told_at=told_at).filter(told_at__lt=clock.later(-UNKNOWN_SECONDS))
    for operation in _without_documents(old):
        logger.error("Operation %s is of the unknown type %r", operation.pk, operation.type)
        failed += ending.fail(
            operation.pk,
            code="unknown_type",
            message="This release of the Studio does not know how to do this, and no other worker does.",
            guard=Q(status=Operation.Status.PENDING),
        )
    return failed


def _without_documents(rows: QuerySet[Operation]) -> QuerySet[Operation]:
    """Whole plans lie in these columns, and a long line is looked through every few seconds."""
    return rows.defer("input", "result", "error")


def _still_lost(operation: Operation) -> Q:
    """As it was looked at: a heartbeat or a claim since then means that somebody lives."""
    return Q(status=Operation.Status.RUNNING, fence=operation.fence, lease_until=operation.lease_until)


def _dispatch_forgotten() -> int:
    """Send again what has been due for a while, unless the broker still holds as many messages: then
    the workers are busy, and more messages would not help."""
    forgotten = Q(dispatched_at=None) | Q(dispatched_at__lt=clock.later(-STALE_SECONDS))
    due = dispatch.unblocked().filter(forgotten, type__in=known_types())
    by_queue: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in due.only("type").order_by("created_at", "pk"):
        by_queue[workflow_for(operation.type).queue].append(operation)
    sent = 0
    for queue, operations in by_queue.items():
        waiting = dispatch.waiting_messages(queue)
        if waiting is None or waiting >= len(operations):
            continue
        for operation in operations:
            dispatch.dispatch(operation)
        sent += len(operations)
    return sent
