"""Whose turn it is: one reply at a time per blueprint, across processes, in the order of the messages.

A process claims a queued reply by conditional UPDATE, with a token of its own and a lease that a
thread renews. Every write of the reply carries the token; once the claim is gone (stopped, or lost
to the sweeper) such a write changes nothing and raises `ClaimLost`.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from types import TracebackType
from typing import Any, Self

import kombu.exceptions
import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from blueprints import store
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from studio.celery import app
from studio.core import clock, hub
from studio.core.errors import NotFound

logger = logging.getLogger(__name__)

TASK = "blueprints.tasks.reply"
REMIND_AFTER_SECONDS = 15
MOST_ATTEMPTS = 3

Status = BlueprintMessage.Status
UNFINISHED = (Status.QUEUED, Status.REPLYING)


class ClaimLost(Exception):
    """Somebody else decides about this reply by now; what this process still has to say is void."""


class HandedBack(Exception):
    """This worker is ending: another one writes the reply, from its beginning."""


def dispatch(reply: BlueprintMessage) -> None:
    """Send a queued reply to a worker, once the running transaction has committed."""
    BlueprintMessage.objects.filter(pk=reply.pk, status=Status.QUEUED).update(
        lease_until=clock.later(REMIND_AFTER_SECONDS)
    )
    transaction.on_commit(lambda: _send(reply.pk), robust=True)


def _send(reply_id: uuid.UUID) -> None:
    try:
        app.send_task(TASK, args=[str(reply_id)], queue="architect", retry=False)
    except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
        logger.warning("Could not dispatch reply %s, the sweeper will: %s", reply_id, error)


def first_in_line(blueprint_id: uuid.UUID) -> BlueprintMessage | None:
    """The reply that is being written, else the one to be written next."""
    replies = BlueprintMessage.objects.filter(blueprint_id=blueprint_id)
    # One that is retried stands before the one being written, and yet comes after it.
    written = replies.filter(status=Status.REPLYING).first()
    return written or replies.filter(status=Status.QUEUED).order_by("number").first()


def dispatch_next(blueprint_id: uuid.UUID) -> None:
    """A reply has ended: tell a worker of the one behind it."""
    following = first_in_line(blueprint_id)
    if following is not None and following.status == Status.QUEUED:
        dispatch(following)


def lease_end() -> Combinable:
    """When a claim made or renewed now runs out; replies live by the same lease as operations."""
    return clock.later(settings.OPERATION_LEASE_SECONDS)


class Claim:
    """The right to write one reply. A context manager: inside it the lease is kept alive."""

    def __init__(self, reply: BlueprintMessage, token: str) -> None:
        self.reply = reply
        self.token = token
        self.lost = threading.Event()
        self._done = threading.Event()
        self._renewal = threading.Thread(target=self._renew, name=f"reply-{reply.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._renewal.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._renewal.join()

    @property
    def rows(self) -> QuerySet[BlueprintMessage]:
        """The reply's row, as long as the claim stands."""
        return BlueprintMessage.objects.filter(
            pk=self.reply.pk, claimed_by=self.token, status=Status.REPLYING
        )

    def write(self, **columns: Any) -> None:
        """Raises ClaimLost when the claim is gone."""
        if self.lost.is_set() or self.rows.update(**columns) != 1:
            self.lost.set()
            raise ClaimLost

    def check(self) -> None:
        """Raises ClaimLost when the claim is gone."""
        if self.lost.is_set() or not self.rows.exists():
            self.lost.set()
            raise ClaimLost

    def keep_words(self, content: str) -> bool:
        """After a stop: what had been said by then belongs to the conversation. False when the claim was
        lost otherwise."""
        stopped = BlueprintMessage.objects.filter(
            pk=self.reply.pk, claimed_by=self.token, status=Status.STOPPED
        )
        return stopped.update(content=content) == 1

    def _renew(self) -> None:
        try:
            while not self._done.wait(settings.OPERATION_HEARTBEAT_SECONDS):
                try:
                    if self.rows.update(lease_until=lease_end()) != 1:
                        self.lost.set()
                        return
                except DatabaseError as error:  # the lease outlives several missed renewals
                    logger.warning("Could not renew the lease of reply %s: %s", self.reply.pk, error)
        finally:
            connection.close()


def claim(reply_id: uuid.UUID, worker: str) -> Claim | None:
    """Take a queued reply whose turn it is. None when it is not: ended, claimed, others come first, or a
    reference that was given with the message is still being looked at."""
    token = f"{worker or os.getpid()}:{uuid.uuid4().hex}"[-64:]
    with transaction.atomic():
        reply = BlueprintMessage.objects.filter(pk=reply_id).first()
        if reply is None:
            return None
        try:
            store.lock(reply.blueprint_id)
        except NotFound:
            return None
        ahead = BlueprintMessage.objects.filter(
            Q(status=Status.REPLYING) | Q(status=Status.QUEUED, number__lt=reply.number),
            blueprint_id=reply.blueprint_id,
        )
        unseen = BlueprintReference.objects.filter(
            message=reply.in_reply_to_id, status__in=BlueprintReference.UNFINISHED
        )
        if ahead.exists() or (reply.in_reply_to_id and unseen.exists()):
            return None
        claimed = BlueprintMessage.objects.filter(pk=reply_id, status=Status.QUEUED).update(
            status=Status.REPLYING,
            claimed_by=token,
            lease_until=lease_end(),
            attempt=reply.attempt + 1,
            content="",
            error=None,
        )
        if claimed != 1:
            return None
        hub.announce(_project(reply), "conversation")
    reply.refresh_from_db()
    return Claim(reply, token)


def _project(reply: BlueprintMessage) -> uuid.UUID:
    return Blueprint.objects.values_list("project_id", flat=True).get(pk=reply.blueprint_id)


def hand_back(claim: Claim) -> None:
    """Free a reply that is being written. It counts as no attempt, because nobody was lost. Raises ClaimLost."""
    with transaction.atomic():
        claim.write(
            status=Status.QUEUED,
            claimed_by="",
            content="",
            attempt=F("attempt") - 1,
            lease_until=clock.now(),
        )
        hub.announce(_project(claim.reply), "conversation")


def recover(reply: BlueprintMessage) -> bool:
    """Free a reply whose writer's lease ran out: again from the start, or failed after several tries.

    False when its writer is alive after all, or somebody else was faster.
    """
    dead = BlueprintMessage.objects.filter(
        pk=reply.pk, status=Status.REPLYING, claimed_by=reply.claimed_by, lease_until__lt=clock.now()
    )
    if not dead.exists():
        return False
    if reply.attempt < MOST_ATTEMPTS:
        freed = dead.update(status=Status.QUEUED, claimed_by="", content="", lease_until=clock.now())
    else:
        error = {
            "code": "worker_lost",
            "message": f"The Architect was interrupted {reply.attempt} times while answering. Try again.",
            "retryable": True,
        }
        freed = dead.update(status=Status.FAILED, claimed_by="", error=error, completed_at=timezone.now())
    if freed:
        hub.announce(_project(reply), "conversation")
        dispatch_next(reply.blueprint_id)
    return bool(freed)


def sweep() -> int:
    """Free replies of dead workers and remind workers of queued ones. How many it touched."""
    overdue = BlueprintMessage.objects.filter(status__in=UNFINISHED, lease_until__lt=clock.now())
    touched = 0
    for reply in list(overdue.defer("blueprint_snapshot").order_by("number")):
        if reply.status == Status.REPLYING:
            touched += recover(reply)
        elif first_in_line(reply.blueprint_id) == reply:
            dispatch(reply)
            touched += 1
    return touched
