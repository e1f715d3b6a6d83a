"""Captures as work: claimed by one worker, bounded in time, taken up again when the worker dies.

The row is the truth. A capture has one fixed limit (`LEASE_SECONDS`), so a claim is not renewed: who has not
finished by then has died, and what it still has to say matches no row.
"""

from __future__ import annotations

import logging
import os
import uuid
from typing import Any

import kombu.exceptions
import redis
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from pydantic import TypeAdapter

from blueprints import turns
from blueprints.models import BlueprintMessage, BlueprintReference
from blueprints.references import facts, layout, pictures, pixels
from blueprints.references.tokens import Tokens, read
from studio.celery import app
from studio.core import clock, hub
from studio.core.errors import OrchardError, OutsideFailure
from studio.runtime import heartbeat, shutdown

logger = logging.getLogger(__name__)

TASK = "blueprints.tasks.capture"
QUEUE = "captures"
# Longer than every limit of a capture together, a cold browser and a look at the pictures included.
LEASE_SECONDS = 120
REMIND_AFTER_SECONDS = 20
# How long a reply waits for its references while no worker is there to look at them.
UNSERVED_SECONDS = 8.0
MOST_ATTEMPTS = 3
# Tries again by itself what may heal, before a person is asked to.
BACK_OFF_SECONDS = (2, 8)
TOKENS: TypeAdapter[Tokens] = TypeAdapter(Tokens)

Status = BlueprintReference.Status


class HandedBack(Exception):
    """This worker is ending: another one looks, from the beginning."""


def dispatch(reference: BlueprintReference, delay_seconds: float = 0) -> None:
    """Send a queued reference to a worker, once the running transaction has committed."""
    BlueprintReference.objects.filter(pk=reference.pk, status=Status.QUEUED).update(
        lease_until=clock.later(delay_seconds + REMIND_AFTER_SECONDS)
    )
    transaction.on_commit(lambda: _send(reference.pk, delay_seconds), robust=True)


def _send(reference_id: uuid.UUID, delay_seconds: float) -> None:
    try:
        app.send_task(
            TASK, args=[str(reference_id)], queue=QUEUE, countdown=delay_seconds or None, retry=False
        )
    except (kombu.exceptions.OperationalError, redis.RedisError, OSError) as error:
        logger.warning("Could not dispatch reference %s, the sweeper will: %s", reference_id, error)


def run_capture(*, reference_id: uuid.UUID | str, worker: str = "") -> BlueprintReference | None:
    """Look at one reference, if nobody else does. Any number of processes may call it. Returns the row
    as it stands afterwards, None when it was removed. Failures end up in the row, never here."""
    token = f"{worker or os.getpid()}:{uuid.uuid4().hex}"[-64:]
    queued = BlueprintReference.objects.filter(pk=reference_id, status=Status.QUEUED)
    if queued.update(
        status=Status.CAPTURING, claimed_by=token, lease_until=clock.later(LEASE_SECONDS), error=None
    ):
        reference = BlueprintReference.objects.get(pk=reference_id)
        _tell(reference)
        try:
            _look(reference, token)
        except HandedBack:
            _hand_back(reference, token)
        except OrchardError as error:
            _fail(reference, token, error.code, error.message, retryable=getattr(error, "retryable", False))
        except Exception:
            logger.exception("Reference %s could not be looked at", reference_id)
            _fail(
                reference,
                token,
                "defect",
                "Something went wrong while looking at it; try again.",
                retryable=True,
            )
    return BlueprintReference.objects.filter(pk=reference_id).first()


def _look(reference: BlueprintReference, token: str) -> None:
    if reference.kind == BlueprintReference.Kind.URL:
        _look_at_page(reference, token)
    else:
        tokens = TOKENS.validate_python(reference.tokens)  # counted when it came
        _finish(reference, token, title=reference.source, tokens=tokens)


def _look_at_page(reference: BlueprintReference, token: str) -> None:
    from blueprints.references.capture import capture  # brings Playwright, which only this worker needs

    seen = capture(
        reference.source,
        on_progress=lambda text: _progress(reference, token, text),
        while_waiting=require_standing_worker,
    )
    _progress(reference, token, "Working out colours and type")
    desktop = pictures.from_capture(seen.desktop)
    phone = pictures.remake(pictures.from_capture(seen.phone))
    measured = facts.parse(seen.facts)
    # A page that has spoiled its own measuring is still a picture.
    tokens = read(measured, layout.read(measured)) if measured else pixels.read(desktop)
    picture = pictures.remake(desktop)
    files = {"desktop": picture.webp, "phone": phone.webp, "thumbnail": picture.thumbnail}
    for name, data in files.items():
        getattr(reference, name).save(f"{name}.webp", ContentFile(data), save=False)
    _finish(
        reference,
        token,
        title=seen.title or reference.source,
        tokens=tokens,
        facts=measured.model_dump(by_alias=True, mode="json", exclude={"boxes"}) if measured else None,
        **{name: getattr(reference, name).name for name in files},
    )


def require_standing_worker() -> None:
    if shutdown.has_begun():
        raise HandedBack


def _hand_back(reference: BlueprintReference, token: str) -> None:
    """At once, and not when the claim runs out. It counts as no attempt, because nobody was lost."""
    logger.info("Reference %s is handed back: this worker is ending", reference.pk)
    with transaction.atomic():
        ours = BlueprintReference.objects.filter(pk=reference.pk, claimed_by=token, status=Status.CAPTURING)
        if ours.update(status=Status.QUEUED, claimed_by="", progress=""):
            dispatch(reference)
            _tell(reference)


def _finish(reference: BlueprintReference, token: str, *, tokens: Tokens, title: str, **columns: Any) -> None:
    _end(
        reference,
        token,
        status=Status.CAPTURED,
        title="".join(character for character in title if character.isprintable())[:200],
        tokens=TOKENS.dump_python(tokens, mode="json"),
        error=None,
        **columns,
    )


def _fail(reference: BlueprintReference, token: str, code: str, message: str, *, retryable: bool) -> None:
    if retryable and reference.attempt < len(BACK_OFF_SECONDS):
        with transaction.atomic():
            ours = BlueprintReference.objects.filter(
                pk=reference.pk, claimed_by=token, status=Status.CAPTURING
            )
            if ours.update(
                status=Status.QUEUED, attempt=reference.attempt + 1, progress="Trying again", claimed_by=""
            ):
                dispatch(reference, BACK_OFF_SECONDS[reference.attempt])
                _tell(reference)
        return
    error = {"code": code, "message": message, "retryable": retryable}
    _end(reference, token, status=Status.FAILED, error=error)


def _end(reference: BlueprintReference, token: str, **columns: Any) -> None:
    with transaction.atomic():
        ours = BlueprintReference.objects.filter(pk=reference.pk, claimed_by=token, status=Status.CAPTURING)
        if ours.update(lease_until=None, progress="", completed_at=timezone.now(), **columns):
            _tell(reference)
            if reference.message is not None:
                let_answer(reference.message)


def _progress(reference: BlueprintReference, token: str, text: str) -> None:
    ours = BlueprintReference.objects.filter(pk=reference.pk, claimed_by=token, status=Status.CAPTURING)
    if not ours.update(progress=text[:80]):
        raise OutsideFailure("The reference was removed, or somebody else looks at it.", code="claim_lost")
    _tell(reference)


def _tell(reference: BlueprintReference) -> None:
    hub.announce(reference.blueprint.project_id, "references")


def let_answer(message: BlueprintMessage) -> None:
    """The reply that waited for the references of `message` may be written, if nothing else is missing."""
    if is_waiting(message):
        return
    reply = BlueprintMessage.objects.filter(
        in_reply_to=message, status=BlueprintMessage.Status.QUEUED
    ).first()
    if reply is not None:
        turns.dispatch(reply)


def is_waiting(message: BlueprintMessage) -> bool:
    return message.references.filter(status__in=BlueprintReference.UNFINISHED).exists()


def go_without(message: BlueprintMessage) -> None:
    """Where no worker looks at references, those of `message` wait no longer. Does nothing where one does."""
    if is_served():
        return
    for reference in message.references.filter(status=Status.QUEUED):
        _settle(reference)


def is_served() -> bool:
    try:
        return QUEUE in heartbeat.served_queues()
    except redis.RedisError:
        return True  # nobody can tell; what is queued is found again


def _settle(reference: BlueprintReference) -> None:
    """A picture needs no browser: any process can finish it. A page fails with what to do about it."""
    if reference.kind == BlueprintReference.Kind.SCREENSHOT:
        run_capture(reference_id=reference.pk)
        return
    with transaction.atomic():
        error = {
            "code": "no_worker",
            "message": "Nobody looks at pages right now: the captures worker is not running. "
            "Try again once it runs, or upload a screenshot.",
            "retryable": True,
        }
        queued = BlueprintReference.objects.filter(pk=reference.pk, status=Status.QUEUED)
        if queued.update(
            status=Status.FAILED, error=error, progress="", lease_until=None, completed_at=timezone.now()
        ):
            _tell(reference)
            if reference.message is not None:
                let_answer(reference.message)


def sweep() -> int:
    """Take up again what a dead worker left, remind workers of what is queued; what nobody will look at
    ends. How many it touched."""
    overdue = BlueprintReference.objects.filter(
        Q(lease_until__lt=clock.now()) | Q(lease_until=None), status__in=BlueprintReference.UNFINISHED
    ).defer("facts", "tokens")
    touched, served = 0, is_served()
    for reference in overdue:
        if reference.status == Status.CAPTURING:
            _recover(reference)
        elif not served:
            _settle(reference)
        else:
            dispatch(reference)
        touched += 1
    return touched


def _recover(reference: BlueprintReference) -> None:
    dead = BlueprintReference.objects.filter(
        pk=reference.pk, status=Status.CAPTURING, claimed_by=reference.claimed_by
    )
    if reference.attempt + 1 >= MOST_ATTEMPTS:
        message = "Looking at this page ended the browser several times; upload a screenshot of it instead."
        _fail_dead(reference, dead, message)
    elif dead.update(status=Status.QUEUED, attempt=reference.attempt + 1, claimed_by="", progress=""):
        dispatch(reference)


def _fail_dead(reference: BlueprintReference, dead: Any, message: str) -> None:
    with transaction.atomic():
        error = {"code": "worker_lost", "message": message, "retryable": True}
        if dead.update(status=Status.FAILED, error=error, lease_until=None, completed_at=timezone.now()):
            _tell(reference)
            if reference.message is not None:
                let_answer(reference.message)
