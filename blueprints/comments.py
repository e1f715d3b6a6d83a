"""Comments on items of the plan: stored as they are written, sent with the writer's next message."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from blueprints import store
from blueprints.architect.port import ItemComment
from blueprints.models import Blueprint, BlueprintComment, BlueprintMessage
from blueprints.plan import items
from blueprints.schemas import BlueprintDocument, Reference
from blueprints.typed import clean_text
from studio.core import hub
from studio.core.errors import Conflict, Forbidden, NotFound

LONGEST_COMMENT = 2_000  # characters
MOST_PENDING = 50  # of one person in one plan
WHOLE = {"plan": "the plan", "design": "the design"}


def add(*, blueprint: Blueprint, item_id: str, text: str, by: Any) -> BlueprintComment:
    """Raises NotFound for an item the plan does not have, InvalidInput for a text that is none."""
    text = clean_text(text, pointer="#/text", longest=LONGEST_COMMENT)
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        label = label_of(locked.document, item_id)
        if pending(locked, by).count() >= MOST_PENDING:
            raise Conflict(
                f"{MOST_PENDING} comments wait already. Send them first.", code="too_many_comments"
            )
        comment = locked.comments.create(item_id=item_id, label=label, text=text, by=by)
        hub.announce(locked.project_id, "comments")
    return comment


def rewrite(*, comment: BlueprintComment, text: str, by: Any) -> BlueprintComment:
    """Raises Forbidden for somebody else's, Conflict for one that was sent, InvalidInput."""
    text = clean_text(text, pointer="#/text", longest=LONGEST_COMMENT)
    with transaction.atomic():
        _own_pending(comment, by).update(text=text)
        hub.announce(comment.blueprint.project_id, "comments")
    comment.refresh_from_db()
    return comment


def remove(*, comment: BlueprintComment, by: Any) -> None:
    """Raises Forbidden for somebody else's, Conflict for one that was sent."""
    with transaction.atomic():
        _own_pending(comment, by).delete()
        hub.announce(comment.blueprint.project_id, "comments")


def pending(blueprint: Blueprint, by: Any) -> QuerySet[BlueprintComment]:
    """What this person has written and not sent yet, oldest first."""
    return blueprint.comments.filter(message=None, by=by)


def send_with(message: BlueprintMessage) -> None:
    """What its author has written goes to the Architect with `message`; its plan is locked."""
    if pending(message.blueprint, message.author).update(message=message):
        hub.announce(message.blueprint.project_id, "comments")


def spoken_with(message: BlueprintMessage) -> tuple[ItemComment, ...]:
    return tuple(ItemComment(row.item_id, row.label, row.text) for row in message.comments.all())


def label_of(document: BlueprintDocument, item_id: str) -> str:
    """What the item is called, "the plan" or "the design". Raises NotFound."""
    if item_id in WHOLE:
        return WHOLE[item_id]
    reference: Reference | None = next((item for item in document.references if item.id == item_id), None)
    if reference is not None:
        return (reference.title or reference.origin)[: items.LABEL_LENGTH]
    return items.label(document, item_id)


def _own_pending(comment: BlueprintComment, by: Any) -> QuerySet[BlueprintComment]:
    """The row, held. Raises as its callers say."""
    store.lock(comment.blueprint_id)
    rows = BlueprintComment.objects.filter(pk=comment.pk)
    now = rows.first()
    if now is None:
        raise NotFound("This comment has been deleted.")
    if now.by_id != by.pk:
        raise Forbidden("Only the person who wrote a comment can change it.")
    if now.message_id is not None:
        raise Conflict("This comment has been sent already.", code="sent")
    return rows
