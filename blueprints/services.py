"""What can be done with blueprints: plan by talking (`conversation`), edit by hand, restore, build."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from blueprints import readiness, store
from blueprints.conversation import (
    answer,
    apply_update,
    message_text,
    retry_reply,
    run_reply,
    send_message,
    stop_reply,
    sweep_replies,
)
from blueprints.hand_edits import apply_hand_edit
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.resending import bring_back, resend_message, withdraw_message
from blueprints.schemas import BlueprintDocument
from blueprints.typed import clean_text
from studio.core import hub
from studio.core.errors import Conflict, InvalidInput, NotFound
from studio.models import Project

__all__ = [
    "answer",
    "apply_update",
    "bring_back",
    "clean_text",
    "create_blueprint",
    "current_blueprint",
    "delete_blueprint",
    "edit_document",
    "ensure_blueprint",
    "mark_build_failed",
    "mark_building",
    "mark_built",
    "message_text",
    "resend_message",
    "restore_version",
    "retry_reply",
    "run_reply",
    "send_message",
    "stop_reply",
    "sweep_replies",
    "tell",
    "version_of",
    "withdraw_message",
]

Status = Blueprint.Status
NAME_LENGTH = 80


def create_blueprint(*, project: Project, feature_name: str) -> Blueprint:
    """An empty plan in the look of the project's template.

    Raises InvalidInput for an unusable name, Conflict when the project is being deleted.
    """
    if project.status == Project.Status.DELETING:
        raise Conflict("This project is being deleted.", code="deleting")
    name = " ".join(feature_name.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        message = f"A feature needs a name of 1 to {NAME_LENGTH} printable characters."
        raise InvalidInput(
            message, code="invalid_name", errors=[{"pointer": "#/featureName", "message": message}]
        )
    document = store.begun(project, name)
    blueprint = Blueprint(
        project=project, blockers=[item.model_dump() for item in readiness.assess(document)]
    )
    blueprint.document = document
    with transaction.atomic():
        blueprint.save(force_insert=True)
        hub.announce(project.pk, "blueprint")
    return blueprint


def current_blueprint(project: Project) -> Blueprint | None:
    """The plan this project is working on: the one touched last that is not archived."""
    return project.blueprints.exclude(status=Status.ARCHIVED).order_by("-updated_at").first()


def ensure_blueprint(*, project: Project) -> Blueprint:
    """The current plan, begun when there is none yet: two first messages at once share one."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().filter(pk=project.pk).first()
        if locked is None:
            raise NotFound("This project has been deleted.")
        return current_blueprint(locked) or create_blueprint(project=locked, feature_name=locked.name)


def delete_blueprint(*, blueprint: Blueprint) -> None:
    """With its conversation. Raises Conflict while it is being built."""
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        if locked.status == Status.BUILDING:
            raise Conflict("This blueprint is being built. Cancel the build first.", code="building")
        locked.delete()
        hub.announce(blueprint.project_id, "blueprint")


def tell(*, blueprint: Blueprint, text: str) -> BlueprintMessage:
    """Say something in the conversation that neither a person nor the Architect said, such as why a
    build that was asked for does not start."""
    with transaction.atomic():
        return store.say(store.lock(blueprint.pk), text)


# The plan by hand


def edit_document(*, blueprint: Blueprint, version: int, document: BlueprintDocument, by: Any) -> Blueprint:
    """Store a person's edit of `version`; what she changed is locked against the Architect.

    Raises Conflict ("version_conflict") when the plan has moved on, so that nothing is overwritten
    unseen.
    """
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        changes = store.edit(locked, version, lambda stored: apply_hand_edit(stored, document))
        if locked.version != version:
            store.record(locked, _told("Edited the plan", changes.summary), by, changes)
    return locked


def restore_version(*, blueprint: Blueprint, number: int, by: Any, version: int | None = None) -> Blueprint:
    """Bring back the plan as it stood at version `number`, as a new version.

    Raises NotFound when there is no such version, Conflict as `edit_document` when `version` is given.
    """
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        if number > locked.version:
            raise NotFound(f"This blueprint has no version {number}.")
        restored = store.document_at(locked, number)

        def as_it_stood(stored: BlueprintDocument) -> BlueprintDocument:
            # Numbers stay used and references stay attached, whatever the plan looked like then.
            restored.counters = stored.counters
            restored.references = stored.references
            return restored

        before = locked.version
        changes = store.edit(locked, version, as_it_stood)
        if locked.version != before:
            store.record(locked, _told(f"Restored version {number}", changes.summary), by, changes)
    return locked


def version_of(blueprint: Blueprint, number: int) -> BlueprintMessage:
    """The message whose turn made version `number`. Raises NotFound."""
    message = blueprint.messages.filter(blueprint_version=number).select_related("author").first()
    if message is None:
        raise NotFound(f"This blueprint has no version {number}.")
    return message


# The build, as seen from the plan


def mark_building(*, blueprint: Blueprint) -> None:
    """A build of this plan has started. Raises Conflict when it is archived."""
    _move(blueprint, (Status.DRAFT, Status.BUILT, Status.BUILDING), Status.BUILDING)


def mark_built(*, blueprint: Blueprint, version: int, feature_slug: str) -> None:
    """`version` runs now. A plan that was changed during the build is a draft again."""
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        locked.status = Status.BUILT if locked.version == version else Status.DRAFT
        locked.built_version, locked.built_feature_slug = version, feature_slug
        locked.save(update_fields=["status", "built_version", "built_feature_slug", "updated_at"])
        hub.announce(locked.project_id, "blueprint")


def mark_build_failed(*, blueprint: Blueprint) -> None:
    """The build ended without a result; the plan is what it was before."""
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        unchanged = locked.built_version == locked.version
        _move(locked, (Status.BUILDING,), Status.BUILT if unchanged else Status.DRAFT, required=False)


def _move(blueprint: Blueprint, allowed: tuple[str, ...], status: str, *, required: bool = True) -> None:
    with transaction.atomic():
        moved = Blueprint.objects.filter(pk=blueprint.pk, status__in=allowed).update(status=status)
        if moved:
            hub.announce(blueprint.project_id, "blueprint")
        elif required:
            raise Conflict(f"This blueprint cannot become {status} now.", code="wrong_status")


def _told(what: str, summary: str) -> str:
    return f"{what}: {summary}" if summary else what
