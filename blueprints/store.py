"""The one place where a blueprint's document is written: with version, readiness and what changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db.models import Max
from django.utils import timezone

from blueprints import readiness
from blueprints.changes import Changes, compare
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.schemas import BlueprintDocument
from studio import catalog
from studio.core import hub
from studio.core.errors import Conflict, NotFound
from studio.models import Project

Status = Blueprint.Status


def lock(blueprint_id: uuid.UUID) -> Blueprint:
    """The row, held for the rest of the running transaction: writers of one blueprint take turns.

    Raises NotFound when it was deleted.
    """
    try:
        return (
            Blueprint.objects.select_for_update(of=("self",)).select_related("project").get(pk=blueprint_id)
        )
    except Blueprint.DoesNotExist:
        raise NotFound("This blueprint has been deleted.") from None


def write(blueprint: Blueprint, document: BlueprintDocument) -> Changes | None:
    """Store the document in the locked row. None when it is the stored one already.

    Readiness and section statuses are computed here, whatever the document says. A built plan that
    changes is a draft again.
    """
    before = blueprint.document
    document = readiness.with_statuses(document)
    if document == before:
        return None
    blockers = readiness.assess(document)
    blueprint.document = document
    blueprint.blockers = [blocker.model_dump(by_alias=True) for blocker in blockers]
    blueprint.ready_to_build = not blockers
    if blueprint.status == Status.BUILT:
        blueprint.status = Status.DRAFT
    version, blueprint.version = blueprint.version, blueprint.version + 1
    _save(blueprint, version)
    hub.announce(blueprint.project_id, "blueprint")
    return compare(before, document)


def edit(
    blueprint: Blueprint, version: int | None, change: Callable[[BlueprintDocument], BlueprintDocument]
) -> Changes:
    """Apply `change` to the locked row's document, made by a person who saw `version` (None: any).

    Raises Conflict with the current version when somebody was faster.
    """
    if version is not None and version != blueprint.version:
        raise Conflict(
            f"The plan is at version {blueprint.version} by now; you edited version {version}.",
            code="version_conflict",
            version=blueprint.version,
        )
    return write(blueprint, change(blueprint.document)) or Changes()


def next_number(blueprint: Blueprint) -> int:
    """The next message's number; the row is locked, so no other writer gets the same."""
    highest = blueprint.messages.aggregate(highest=Max("number"))["highest"]
    return int(highest or 0) + 1


def record(blueprint: Blueprint, text: str, by: Any, changes: Changes) -> BlueprintMessage:
    """Tell the conversation of a change that no turn made, with the snapshot that versions need."""
    return say(
        blueprint,
        text,
        author=by,
        changes=wire_changes(changes),
        blueprint_snapshot=snapshot(blueprint),
        blueprint_version=blueprint.version,
    )


def say(blueprint: Blueprint, text: str, **columns: Any) -> BlueprintMessage:
    """Append an event to the conversation of the locked row."""
    message = blueprint.messages.create(
        number=next_number(blueprint),
        role=BlueprintMessage.Role.EVENT,
        content=text,
        completed_at=timezone.now(),
        **columns,
    )
    hub.announce(blueprint.project_id, "conversation")
    return message


def snapshot(blueprint: Blueprint) -> dict[str, Any]:
    return blueprint.document.model_dump(by_alias=True, mode="json")


def document_at(blueprint: Blueprint, version: int) -> BlueprintDocument:
    """The plan as it stood at `version`. A version that only brought a reference has no snapshot of its own
    and is as good as the one before it; before the first snapshot the plan was empty."""
    if version >= blueprint.version:
        return blueprint.document
    snapshots = blueprint.messages.exclude(blueprint_snapshot=None).filter(blueprint_version__lte=version)
    snapshot = snapshots.order_by("-blueprint_version").values_list("blueprint_snapshot", flat=True).first()
    return begun(blueprint.project, blueprint.feature_name) if snapshot is None else parse(snapshot)


def begun(project: Project, feature_name: str) -> BlueprintDocument:
    """A plan nobody has said anything about: in the look of the project's template."""
    document = BlueprintDocument(feature_name=feature_name)
    document.sections.design_system.style = catalog.template(project.template).style
    return readiness.with_statuses(document)


def parse(snapshot: Any) -> BlueprintDocument:
    return BlueprintDocument.model_validate(snapshot)


def wire_changes(changes: Changes) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(changes).items()
    }


def _save(blueprint: Blueprint, version: int) -> None:
    """A conditional UPDATE: the lock makes a lost race impossible, the condition would show it."""
    blueprint.updated_at = timezone.now()
    columns = {
        field.attname: getattr(blueprint, field.attname)
        for field in Blueprint._meta.concrete_fields
        if field.attname not in ("id", "project_id", "created_at")
    }
    if Blueprint.objects.filter(pk=blueprint.pk, version=version).update(**columns) != 1:
        raise Conflict("The plan changed meanwhile.", code="version_conflict")
