"""Carrying ids to workers. Losing one costs nothing but time: the sweeper sends it again."""

from __future__ import annotations

import logging
import uuid
from typing import cast

import kombu.exceptions
import redis
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from operations.engine.workflow import is_known, workflow_for
from operations.models import Operation
from studio.celery import app
from studio.core import clock, hub

logger = logging.getLogger(__name__)

TASK = "operations.tasks.run_operation"


def dispatch(operation: Operation, *, delay_seconds: float = 0) -> None:
    """Tell a worker of a pending operation, once the running transaction has committed."""
    Operation.objects.filter(pk=operation.pk).update(dispatched_at=clock.now())
    _send_on_commit(operation, delay_seconds)


def dispatch_in_turn(operation: Operation) -> None:
    """The same for one that has just come into the line, unless others of its project come first: then
    `next_in_line` tells of it. So each project has one message in the queue, whatever its line is."""
    if unblocked().filter(pk=operation.pk).update(dispatched_at=clock.now()):
        _send_on_commit(operation)


def _send_on_commit(operation: Operation, delay_seconds: float = 0) -> None:
    queue = workflow_for(operation.type).queue
    transaction.on_commit(lambda: send(operation.pk, queue, delay_seconds), robust=True)


def send(operation_id: uuid.UUID, queue: str, delay_seconds: float = 0) -> None:
    try:
        app.send_task(
            TASK, args=[str(operation_id)], queue=queue, countdown=delay_seconds or None, retry=False
        )
    except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
        logger.warning("Could not dispatch operation %s, the sweeper will: %s", operation_id, error)


def next_in_line(project_id: uuid.UUID | None) -> None:
    """A project's operation has left the line, or its head: tell a worker of who is first now. One of
    another release's type is told of by that release's sweepers."""
    if project_id is None:
        return
    following = Operation.objects.filter(project_id=project_id, status=Operation.Status.PENDING)
    operation = following.order_by("created_at", "pk").first()
    if operation is not None and is_known(operation.type):
        dispatch(operation)


def unblocked() -> QuerySet[Operation]:
    """Pending operations that may be claimed now: due, and first in their project's line."""
    # Two questions, because one with "or" in it reads all that the project has ever done.
    others = Operation.objects.filter(project=OuterRef("project")).exclude(pk=OuterRef("pk")).order_by()
    running = others.filter(status=Operation.Status.RUNNING)
    earlier = others.filter(status=Operation.Status.PENDING, created_at__lt=OuterRef("created_at"))
    return Operation.objects.filter(
        Q(available_at=None) | Q(available_at__lte=clock.now()),
        ~Exists(running),
        ~Exists(earlier),
        status=Operation.Status.PENDING,
    )


def waiting_messages(queue: str) -> int | None:
    """How many messages lie in a broker queue; None when Redis does not answer."""
    try:
        return cast(int, hub.client().llen(queue))  # the stubs speak of both clients, ours is the sync one
    except redis.RedisError:
        return None
