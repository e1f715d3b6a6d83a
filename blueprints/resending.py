"""Second thoughts about a conversation: an earlier message sent again in other words, what that replaced
brought back, and a message taken back before its turn came. Nothing that was said is deleted by it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from blueprints import store, turns
from blueprints.conversation import Role, Status, lock_open, queue_reply
from blueprints.going_back import Step, without_turns
from blueprints.models import Blueprint, BlueprintComment, BlueprintMessage, BlueprintReference
from blueprints.schemas import BlueprintDocument
from blueprints.typed import clean_text
from studio import catalog
from studio.core import hub
from studio.core.errors import Conflict, Forbidden, NotFound


def resend_message(
    *, message: BlueprintMessage, by: Any, text: str, dispatch: bool = True
) -> BlueprintMessage:
    """Say `text` instead of `message`: the plan goes back to before it, and it is answered as a new turn.

    What was said since is kept, marked as replaced, and can be brought back. What people edited by hand
    since then stays in the plan; an edit that has lost its ground is told in the conversation. Its
    references go along. Returns the reply; `dispatch` as in `send_message`.
    Raises InvalidInput, Forbidden when somebody else wrote it, Conflict while a build runs, an earlier
    message is being answered, or the message counts no longer.
    """
    text = clean_text(text)
    with transaction.atomic():
        locked = _lock_at_rest(message)
        old = locked.messages.filter(pk=message.pk, role=Role.USER).first()
        if old is None:
            raise NotFound("There is no such message in this conversation.")
        if old.author_id != by.pk:
            raise Forbidden("Only the person who wrote a message can send it again in other words.")
        if old.replaced_by_id is not None or old.status != Status.DONE:
            raise Conflict("This message counts no longer; write a new one.", code="replaced")
        _stop_since(locked, old.number)
        replaced = list(_counting(locked).filter(number__gte=old.number).values_list("pk", flat=True))
        columns = _go_back(locked, old.number)
        new = locked.messages.create(
            number=store.next_number(locked), role=Role.USER, author=by, content=text, rewinds=True, **columns
        )
        locked.messages.filter(pk__in=replaced).update(replaced_by=new)
        _hand_over(old, new.pk)
        reply = queue_reply(locked, new)
        if dispatch:
            turns.dispatch(reply)
    return reply


def bring_back(*, message: BlueprintMessage, by: Any) -> Blueprint:
    """Undo what replaced `message`: all that was replaced together with it counts again, the plan with it,
    and what was said instead is replaced in its turn. Edits by hand since then stay, as in `resend_message`.

    Raises Conflict when nothing replaced it, when that was replaced itself, while a build runs or a reply
    to something earlier is being written.
    """
    with transaction.atomic():
        locked = _lock_at_rest(message)
        instead = locked.messages.filter(replaces=message).first()
        if instead is None:
            raise Conflict("This message counts already.", code="not_replaced")
        if instead.replaced_by_id is not None:
            raise Conflict("What replaced this was replaced itself: bring that back first.", code="replaced")
        _stop_since(locked, instead.number)
        returning = list(instead.replaces.order_by("number").values_list("pk", flat=True))
        leaving = list(_counting(locked).filter(number__gte=instead.number).values_list("pk", flat=True))
        columns = _go_back(locked, instead.number)
        told = store.say(
            locked,
            "What had been replaced counts again",
            author=by,
            rewinds=True,
            **columns,
        )
        locked.messages.filter(pk__in=leaving).update(replaced_by=told)
        locked.messages.filter(pk__in=returning).update(replaced_by=None)
        _hand_over(instead, returning[0])
    return locked


def withdraw_message(*, message: BlueprintMessage) -> BlueprintMessage:
    """Take back a message that waits behind others; its references wait for the next one again.

    Raises Conflict once its turn has come.
    """
    with transaction.atomic():
        locked = store.lock(message.blueprint_id)
        waiting = locked.messages.filter(in_reply_to=message, status=Status.QUEUED)
        if not waiting.update(status=Status.STOPPED, lease_until=None, completed_at=timezone.now()):
            raise Conflict("Its turn has come already: stop the answer instead.", code="not_waiting")
        locked.messages.filter(pk=message.pk).update(status=Status.STOPPED)
        _hand_over(message, None)
        hub.announce(locked.project_id, "conversation")
        hub.announce(locked.project_id, "references")
        hub.announce(locked.project_id, "comments")
        turns.dispatch_next(locked.pk)
    message.refresh_from_db()
    return message


def _hand_over(message: BlueprintMessage, to: uuid.UUID | None) -> None:
    """What was given with `message` goes with another; None: with the next."""
    for model in (BlueprintReference, BlueprintComment):
        model.objects.filter(message=message).update(message=to)


def _lock_at_rest(message: BlueprintMessage) -> Blueprint:
    locked = lock_open(Blueprint(pk=message.blueprint_id))
    if locked.status == Blueprint.Status.BUILDING:
        raise Conflict(
            "This plan is being built. Wait for the build, or cancel it; then change what was said.",
            code="building",
        )
    return locked


def _counting(locked: Blueprint) -> QuerySet[BlueprintMessage]:
    """What counts of the conversation. Edits by hand always do: they are told beside it."""
    return locked.messages.filter(replaced_by=None).exclude(role=Role.EVENT, rewinds=False)


def _stop_since(locked: Blueprint, number: int) -> None:
    """Replies to what is about to be replaced end. Raises Conflict where an earlier one still changes the plan."""
    unfinished = locked.messages.filter(status__in=turns.UNFINISHED)
    if unfinished.filter(number__lt=number).exists():
        raise Conflict(
            "The Architect still answers an earlier message. Wait for it, or stop it first.",
            code="still_replying",
        )
    unfinished.update(status=Status.STOPPED, lease_until=None, completed_at=timezone.now())


def _go_back(locked: Blueprint, number: int) -> dict[str, Any]:
    """Write the plan as it was before message `number`, with the edits by hand since. The columns of the
    message that tells of it; none when the plan was like that already."""
    told = locked.messages.exclude(blueprint_snapshot=None).order_by("number")
    now = locked.document
    earlier = told.filter(number__lt=number).last()
    before = _parsed(earlier) if earlier is not None else _beginning(locked, now)
    since = [
        Step(_parsed(row), by_hand=row.role == Role.EVENT and not row.rewinds)
        for row in told.filter(number__gte=number)
    ]
    document, missed = without_turns(before, since, now)
    changes = store.write(locked, document)
    if missed:
        version = since and told.filter(number__gte=number).exclude(blueprint_version=None).last()
        where = f". Version {version.blueprint_version} of the plan still has it" if version else ""
        store.say(
            locked, f"Edited by hand, but resting on what was replaced: {', '.join(missed)[:300]}{where}"
        )
    if changes is None:
        return {}
    return {
        "changes": store.wire_changes(changes),
        "blueprint_snapshot": store.snapshot(locked),
        "blueprint_version": locked.version,
    }


def _beginning(locked: Blueprint, now: BlueprintDocument) -> BlueprintDocument:
    document = BlueprintDocument(feature_name=now.feature_name)
    document.sections.design_system.style = catalog.template(locked.project.template).style
    return document


def _parsed(row: BlueprintMessage) -> BlueprintDocument:
    return BlueprintDocument.model_validate(row.blueprint_snapshot)
