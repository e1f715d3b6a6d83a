"""Running one operation: claim it, run the phases that are not finished, end it.

Called with nothing but an id, by any worker, any number of times: only the one whose claim succeeds
does anything. What a crash leaves behind is picked up by the sweeper and continues at the phase that
was cut off.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.db.models import Q
from django.db.models.expressions import Combinable

from operations import counters
from operations.engine import dispatch, ending, events, lease
from operations.engine.context import RunningPhase
from operations.engine.giving_up import give_up
from operations.engine.heartbeat import Heartbeat
from operations.engine.lease import Claim
from operations.engine.requeue import hand_back, put_back
from operations.engine.workers import this_worker
from operations.engine.workflow import (
    Cancelled,
    HandedBack,
    LeaseLost,
    Phase,
    Workflow,
    is_known,
    workflow_for,
)
from operations.models import Operation, OperationPhase
from studio.core import clock
from studio.core.disk import disk_full
from studio.core.errors import OrchardError, OutsideFailure

logger = logging.getLogger(__name__)

BACK_OFF_SECONDS = (2, 8, 30)
DATABASE_POLL_SECONDS = 1.0
# PostgreSQL ends a session that slept inside a transaction with an internal error.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)


class WaitForRetry(Exception):
    """A phase failed in a way that may heal; the operation is back in the line for a while."""


def run(operation_id: uuid.UUID, *, on_stuck: Callable[[], None] | None = None) -> bool:
    """Work on the operation as far as it goes. False when it was not ours to run.

    `on_stuck`: see `Heartbeat`. A database that stays away for longer than a lease is raised: the
    sweeper puts the operation back into the line once there is one again.
    """
    type_ = Operation.objects.filter(pk=operation_id).values_list("type", flat=True).first()
    if type_ is not None and not is_known(type_):
        logger.error("Operation %s is of the unknown type %r: left to other workers", operation_id, type_)
        return False
    claim = lease.take(operation_id, worker=this_worker())
    if claim is None:
        return False
    operation = Operation.objects.select_related("project", "blueprint").get(pk=operation_id)
    workflow = workflow_for(operation.type)
    with Heartbeat(claim, on_stuck=on_stuck) as heartbeat:
        try:
            if operation.cancel_requested_at is not None:
                heartbeat.hear_of_cancel()
            result = _run_phases(operation, workflow, claim, heartbeat)
            heartbeat.check()
            ending.succeed(operation_id, result, guard=claim.guard)
        except LeaseLost as error:
            logger.warning("Stopped: %s", error)
        except Cancelled:
            ending.cancel(operation_id, guard=claim.guard)
        except HandedBack:
            logger.info("Operation %s is handed back: this worker is ending", operation_id)
            hand_back(claim)
        except WaitForRetry as wait:
            logger.info("Operation %s is tried again later: %s", operation_id, wait)
        except OrchardError as error:
            logger.info("Operation %s failed: %s (%s)", operation_id, error.message, error.code)
            ending.fail(
                operation_id, code=error.code, message=error.message, details=error.details, guard=claim.guard
            )
        except DATABASE_AWAY as error:
            if not _put_back_once_possible(operation, claim, error):
                raise
        except Exception:
            logger.exception("Operation %s (%s) broke", operation_id, operation)
            give_up(
                operation_id,
                code="internal",
                message="Something went wrong inside the Studio; the details are in its log. Retry it.",
                guard=claim.guard,
            )
    return True


def _put_back_once_possible(operation: Operation, claim: Claim, error: Exception) -> bool:
    """The database failed under a phase. It mostly comes back before the lease is over: then there is
    no need to wait for the sweeper. False when it did not, or this is not the first time."""
    logger.warning("Operation %s met a database that fails: %s", operation.pk, error)
    deadline = time.monotonic() + settings.OPERATION_LEASE_SECONDS
    while time.monotonic() < deadline:
        connection.close()
        try:
            attempts_before_the_last = Q(attempt__lt=settings.OPERATION_MAX_ATTEMPTS - 1)
            if not put_back(
                operation.pk,
                why="The database was away; the step starts again.",
                guard=claim.guard & attempts_before_the_last,
                outcome="lost",
            ):
                give_up(
                    operation.pk,
                    code="database_failed",
                    message=f"The Studio's database failed {settings.OPERATION_MAX_ATTEMPTS} times while "
                    "doing this. Retry it.",
                    guard=claim.guard,
                )
        except DATABASE_AWAY:
            time.sleep(DATABASE_POLL_SECONDS)
        else:
            return True
    return False


def _run_phases(
    operation: Operation, workflow: Workflow, claim: Claim, heartbeat: Heartbeat
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    rows = {row.slug: row for row in operation.phases.all()}
    for position, phase in enumerate(workflow.phases):
        # A phase that is new since the operation was started.
        row = rows.get(phase.slug) or OperationPhase.objects.create(
            operation=operation, slug=phase.slug, position=position
        )
        if row.status != OperationPhase.Status.COMPLETE:
            _run_phase(operation, phase, row, claim, heartbeat)
        result = row.checkpoint
    return result


def _run_phase(
    operation: Operation, phase: Phase, row: OperationPhase, claim: Claim, heartbeat: Heartbeat
) -> None:
    if not (phase.clears_up and row.checkpoint):
        heartbeat.check()
    row.attempt += 1
    row.status = OperationPhase.Status.RUNNING
    row.error, row.message = None, phase.label[:200]
    operation.current_phase = phase.slug
    again = "" if row.attempt == 1 else f" (attempt {row.attempt})"
    claim.write(
        events.phase_event(phase.slug, "in_progress", phase.label + again),
        also=lambda: _save(row, started_at=clock.now(), completed_at=None),
        current_phase=phase.slug,
    )
    heartbeat.watch(phase)
    try:
        returned = phase.run(RunningPhase(operation, row, claim, heartbeat))
    except Exception as broken:
        heartbeat.check()  # what breaks off because it was stopped has not failed
        error = disk_full(broken) or broken
        if isinstance(error, OutsideFailure) and error.retryable and row.failures < phase.retries:
            _back_into_line(operation, row, claim, error)
            raise WaitForRetry(error.message) from broken
        if error is broken:
            raise
        raise error from broken
    row.checkpoint = {**row.checkpoint, **(returned or {})}
    row.status = OperationPhase.Status.COMPLETE

    def also() -> None:
        counters.count_runs(operation, "complete")
        _save(row, completed_at=clock.now())

    # Getting somewhere shows that the work itself does not kill its workers.
    claim.write(events.phase_event(phase.slug, "complete", phase.label), also=also, attempt=0)


def _save(row: OperationPhase, **times: Combinable | None) -> None:
    """With times by the database's clock: hosts disagree, and phases run on several."""
    row.save(update_fields=["attempt", "status", "error", "message", "checkpoint"])
    OperationPhase.objects.filter(pk=row.pk).update(**times)


def _back_into_line(operation: Operation, row: OperationPhase, claim: Claim, error: OutsideFailure) -> None:
    """Give the worker free for others while waiting; the place in the project's line is kept."""
    seconds = BACK_OFF_SECONDS[min(row.failures, len(BACK_OFF_SECONDS) - 1)]
    row.status = OperationPhase.Status.PENDING
    row.failures += 1
    told = events.phase_event(row.slug, "in_progress", f"{error.message} Trying again in {seconds} s.")

    def also() -> None:
        if Operation.objects.filter(pk=operation.pk, cancel_requested_at__isnull=False).exists():
            raise Cancelled
        counters.count_runs(operation, "retried")
        counters.RETRIES.add(type=operation.type, cause="engine")
        row.save(update_fields=["status", "failures"])
        dispatch.dispatch(operation, delay_seconds=seconds)

    claim.write(
        told,
        also=also,
        status=Operation.Status.PENDING,
        lease_until=None,
        worker="",
        available_at=clock.later(seconds),
    )
