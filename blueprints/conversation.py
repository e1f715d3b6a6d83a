"""The conversation with the Architect: what a person writes is stored first, then answered in turn."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from blueprints import comments, store, turns
from blueprints.architect.port import (
    Architect,
    ArchitectError,
    Delta,
    PastMessage,
    Proposal,
    Pulse,
    Thinking,
    Turn,
    with_comments,
)
from blueprints.changes import Changes
from blueprints.editing import merge_candidate
from blueprints.metering import MessageMeter, settle_lost
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.rebase import rebase
from blueprints.references import capturing, given
from blueprints.references.seen import seen_references
from blueprints.schemas import BlueprintDocument
from blueprints.signals import build_requested
from blueprints.streaming import OnText, Words
from blueprints.turns import Claim, ClaimLost, HandedBack
from blueprints.typed import clean_text
from studio.core import clock, hub
from studio.core.errors import Conflict, NotFound
from studio.core.ports import load
from studio.models import Project
from studio.runtime import shutdown

logger = logging.getLogger(__name__)

Role = BlueprintMessage.Role
Status = BlueprintMessage.Status

# Messages an Architect is given: up to this many. What is left out grows in steps, because a model's cache
# holds only as long as the beginning stays the same.
HISTORY = 200
HISTORY_STEP = 100
WAIT_SECONDS = 0.03
LONGEST_WAIT_SECONDS = 600


def send_message(
    *,
    blueprint: Blueprint,
    author: Any,
    text: str,
    references: Sequence[BlueprintReference] = (),
    dispatch: bool = True,
) -> BlueprintMessage:
    """Store what a person wrote and a queued reply, and tell a worker. Returns the reply.

    Her pending comments go with it, and may be all there is to it (`text` empty). The reply waits until the
    `references` have been looked at. `dispatch=False` leaves answering to the
    caller (`answer`). Raises InvalidInput when the text is empty, too long or no text; Conflict when the
    blueprint is archived or its project is being deleted.
    """
    text = message_text(text, blueprint=blueprint, author=author)
    with transaction.atomic():
        locked = lock_open(blueprint)
        message = locked.messages.create(
            number=store.next_number(locked), role=Role.USER, author=author, content=text
        )
        given.attach(message, references)
        comments.send_with(message)
        reply = queue_reply(locked, message)
        if dispatch:
            turns.dispatch(reply)
    return reply


def message_text(text: str, *, blueprint: Blueprint | None, author: Any) -> str:
    """The text as stored; "" only where comments wait to be sent. Raises InvalidInput."""
    if not text.strip() and blueprint is not None and comments.pending(blueprint, author).exists():
        return ""
    return clean_text(text)


def lock_open(blueprint: Blueprint) -> Blueprint:
    """The locked row of a plan that can be talked about. Raises Conflict, NotFound."""
    locked = store.lock(blueprint.pk)
    if locked.status == Blueprint.Status.ARCHIVED:
        raise Conflict("This blueprint is archived.", code="archived")
    if locked.project.status == Project.Status.DELETING:
        raise Conflict("This project is being deleted.", code="deleting")
    return locked


def queue_reply(locked: Blueprint, message: BlueprintMessage) -> BlueprintMessage:
    """The place of the answer to `message`, which is the last one; no worker is told yet."""
    hub.announce(locked.project_id, "conversation")
    return locked.messages.create(
        number=message.number + 1,
        role=Role.ARCHITECT,
        in_reply_to=message,
        status=Status.QUEUED,
        lease_until=clock.later(turns.REMIND_AFTER_SECONDS),
    )


def answer(*, reply: BlueprintMessage, on_text: OnText | None = None) -> BlueprintMessage:
    """See a reply to its end in this process: write those before it that nobody writes, wait for those
    that another process writes, then write this one. `on_text` gets its words as they come.

    Raises Conflict when that takes longer than any reply should, NotFound when it was deleted.
    """
    began = time.monotonic()
    while time.monotonic() < began + LONGEST_WAIT_SECONDS:
        current = BlueprintMessage.objects.filter(pk=reply.pk).first()
        if current is None:
            raise NotFound("This conversation has been deleted.")
        if current.status not in turns.UNFINISHED:
            return current
        head = turns.first_in_line(reply.blueprint_id) or current
        if head.status == Status.QUEUED:
            waits = run_reply(reply_id=head.pk, on_text=on_text if head == reply else None)
            if waits is not None and waits.status == Status.QUEUED:
                _wait_for_references(waits, time.monotonic() - began)
        elif not turns.recover(head):
            time.sleep(WAIT_SECONDS)
    raise Conflict("The Architect is still answering earlier messages; yours is kept.", code="still_replying")


def _wait_for_references(reply: BlueprintMessage, waited_seconds: float) -> None:
    if waited_seconds > capturing.UNSERVED_SECONDS and reply.in_reply_to is not None:
        capturing.go_without(reply.in_reply_to)
    time.sleep(WAIT_SECONDS)


def run_reply(
    *, reply_id: uuid.UUID | str, worker: str = "", on_text: OnText | None = None
) -> BlueprintMessage | None:
    """Write one reply, if it is its turn: claim, stream, then apply and snapshot in one transaction.

    Any number of processes may call it for the same reply; one writes it. Returns the reply as it
    stands afterwards, None when it was deleted. Failures end up in the reply, never here.
    """
    claim = turns.claim(uuid.UUID(str(reply_id)), worker)
    if claim is not None:
        with claim:
            try:
                _write_reply(claim, on_text)
            except ClaimLost:
                logger.info("reply %s was taken away while being written", reply_id)
        turns.dispatch_next(claim.reply.blueprint_id)
    return BlueprintMessage.objects.filter(pk=reply_id).first()


def stop_reply(*, reply: BlueprintMessage) -> BlueprintMessage:
    """Stop a reply that is queued or being written; its words so far stay. Otherwise changes nothing."""
    with transaction.atomic():
        blueprint = store.lock(reply.blueprint_id)
        unfinished = BlueprintMessage.objects.filter(pk=reply.pk, status__in=turns.UNFINISHED)
        if unfinished.update(status=Status.STOPPED, lease_until=None, completed_at=timezone.now()):
            hub.announce(blueprint.project_id, "conversation")
            turns.dispatch_next(blueprint.pk)
    reply.refresh_from_db()
    return reply


def retry_reply(*, reply: BlueprintMessage) -> BlueprintMessage:
    """Answer the same message once more. Raises Conflict unless the reply failed or was stopped."""
    with transaction.atomic():
        blueprint = store.lock(reply.blueprint_id)
        ended = BlueprintMessage.objects.filter(
            pk=reply.pk,
            role=Role.ARCHITECT,
            status__in=(Status.FAILED, Status.STOPPED),
            replaced_by=None,
            in_reply_to__status=Status.DONE,
        )
        reset = ended.update(
            status=Status.QUEUED, content="", error=None, claimed_by="", attempt=0, completed_at=None
        )
        if reset != 1:
            raise Conflict("Only a reply that failed or was stopped can be retried.", code="not_retryable")
        hub.announce(blueprint.project_id, "conversation")
        turns.dispatch(reply)
    reply.refresh_from_db()
    return reply


def sweep_replies() -> int:
    """Free the replies of dead workers and remind workers of queued ones. How many it touched."""
    return turns.sweep() + settle_lost()


def apply_update(
    *, blueprint: Blueprint, base: BlueprintDocument, candidate: BlueprintDocument
) -> Changes | None:
    """Take over what an Architect made of `base` into the locked row, wherever it stands by now.

    What a person edited stays hers, ids stay well formed, readiness is computed. None when that
    changes nothing.
    """
    now = blueprint.document
    return store.write(blueprint, merge_candidate(now, rebase(base, candidate, now)))


# Writing one reply


def _write_reply(claim: Claim, on_text: OnText | None) -> None:
    reply = claim.reply
    blueprint = Blueprint.objects.select_related("project").filter(pk=reply.blueprint_id).first()
    if blueprint is None:
        raise ClaimLost
    words = Words(claim, blueprint.project_id, on_text)
    try:
        base = blueprint.document
        proposal = _converse(claim, _turn(blueprint, base, reply), words)
        _conclude(claim, words.text, base, proposal)
    except ClaimLost:
        if claim.keep_words(words.text):
            hub.announce(blueprint.project_id, "conversation")
        raise
    except HandedBack:
        logger.info("reply %s is handed back: this worker is ending", reply.pk)
        turns.hand_back(claim)
    except ArchitectError as error:
        _fail(claim, blueprint, words.text, error)
    except Exception:
        logger.exception("The Architect broke down over reply %s", reply.pk)
        message = "The Architect stumbled over this message. Your plan is as it was; try again or say it differently."
        _fail(claim, blueprint, words.text, ArchitectError(message, code="defect", retryable=True))


def _turn(blueprint: Blueprint, document: BlueprintDocument, reply: BlueprintMessage) -> Turn:
    message = reply.in_reply_to
    if message is None:
        raise ValueError(f"reply {reply.pk} answers no message")
    spoken = blueprint.messages.filter(
        number__lt=message.number,
        role__in=(Role.USER, Role.ARCHITECT),
        status__in=(Status.DONE, Status.STOPPED),
        replaced_by=None,
    ).exclude(role=Role.USER, status=Status.STOPPED)
    left_out = -(-max(0, spoken.count() - HISTORY) // HISTORY_STEP) * HISTORY_STEP
    # With the blueprint, which Django looks at in every row that comes by way of it.
    recent = spoken.prefetch_related("comments").only("blueprint", "role", "content").order_by("number")
    return Turn(
        document=document,
        message=message.content,
        message_id=str(message.pk),
        history=tuple(
            PastMessage("user" if past.role == Role.USER else "architect", text)
            for past in recent[left_out:]
            if (text := with_comments(past.content, comments.spoken_with(past)))
        ),
        project_name=blueprint.project.name,
        template=blueprint.project.template,
        built=blueprint.built_version is not None,
        references=seen_references(blueprint, new_with=message),
        comments=comments.spoken_with(message),
        meter=MessageMeter(blueprint=blueprint, message=reply),
    )


def _converse(claim: Claim, turn: Turn, words: Words) -> Proposal:
    architect: Architect = load("ORCHARD_ARCHITECT")
    proposal: Proposal | None = None
    with closing(architect.reply(turn)) as events:  # type: ignore[type-var]
        for event in events:
            match event:
                case Delta():
                    words.add(event.text)
                case Thinking():
                    words.push()
                    words.tell("thinking", label=event.label)
                case Pulse():
                    words.rest()
                case Proposal():
                    proposal = event
            if claim.lost.is_set():
                raise ClaimLost
            if proposal is None and shutdown.has_begun():
                raise HandedBack
    words.push()
    if proposal is None:
        raise ArchitectError(
            "The Architect ended without a plan. Try again.", code="invalid_update", retryable=True
        )
    return proposal


def _conclude(claim: Claim, text: str, base: BlueprintDocument, proposal: Proposal) -> None:
    """The end of a turn, in one short transaction: reply, plan, snapshot and the build that was asked for
    together or not at all."""
    with transaction.atomic():
        if proposal.build_requested:  # in the order in which builds lock (project, plan)
            Project.objects.select_for_update().filter(blueprints=claim.reply.blueprint_id).first()
        blueprint = store.lock(claim.reply.blueprint_id)
        changes = apply_update(blueprint=blueprint, base=base, candidate=proposal.document)
        claim.write(
            status=Status.DONE,
            content=text,
            changes=store.wire_changes(changes) if changes is not None else {},
            blueprint_snapshot=store.snapshot(blueprint) if changes is not None else None,
            blueprint_version=blueprint.version if changes is not None else None,
            build_requested=proposal.build_requested,
            lease_until=None,
            completed_at=timezone.now(),
        )
        hub.announce(blueprint.project_id, "conversation")
        if proposal.build_requested and blueprint.ready_to_build:
            message = claim.reply.in_reply_to
            by = message.author if message is not None else None
            _request_build(blueprint, by)


def _request_build(blueprint: Blueprint, by: Any) -> None:
    """Whoever listens can fail without taking the turn with it."""
    try:
        with transaction.atomic():
            build_requested.send(Blueprint, blueprint=blueprint, by=by)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The build that was asked for could not be started")


def _fail(claim: Claim, blueprint: Blueprint, text: str, error: ArchitectError) -> None:
    told = {"code": error.code, "message": error.message, "retryable": error.retryable}
    if (seconds := error.details.get("retry_after_seconds")) is not None:
        told["retryAfterSeconds"] = seconds
    with transaction.atomic():
        claim.write(
            status=Status.FAILED,
            content=text,
            error=told,
            lease_until=None,
            completed_at=timezone.now(),
        )
        hub.announce(blueprint.project_id, "conversation")
