"""References on their way into a plan: a web address or a picture, given with a message or before it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from blueprints import store
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.references import capturing, pictures
from blueprints.references.addresses import normal_url
from blueprints.schemas import Reference
from studio.core import hub
from studio.core.errors import Conflict, InvalidInput, NotFound

MOST_PER_MESSAGE = 5
MOST_PER_PLAN = 30

Status = BlueprintReference.Status
Kind = BlueprintReference.Kind


def add_url(*, blueprint: Blueprint, by: Any, url: str) -> BlueprintReference:
    """A page to look at; captured by a worker. The same page given twice is one reference, unless the
    first try failed. Raises InvalidInput."""
    address = normal_url(url)
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        same = (
            locked.given_references.filter(kind=Kind.URL, source=address)
            .exclude(status=Status.FAILED)
            .first()
        )
        if same is not None:
            return same
        reference = _create(locked, by, Kind.URL, address)
        capturing.dispatch(reference)
    return reference


def add_upload(*, blueprint: Blueprint, by: Any, data: bytes, name: str) -> BlueprintReference:
    """A picture from a person's machine; read by a worker. What is stored is never what came in: it is
    made anew at once. Raises pictures.UnusablePicture."""
    picture = pictures.remake(pictures.read_upload(data))
    shown = " ".join(name.split())[:120] or "Screenshot"
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        reference = _create(locked, by, Kind.SCREENSHOT, shown)
        reference.desktop.save("desktop.webp", ContentFile(picture.webp), save=False)
        reference.thumbnail.save("thumbnail.webp", ContentFile(picture.thumbnail), save=False)
        reference.save(update_fields=["desktop", "thumbnail"])
        capturing.dispatch(reference)
    return reference


def find(blueprint: Blueprint, ids: Sequence[uuid.UUID]) -> list[BlueprintReference]:
    """Raises NotFound where one is not this plan's, InvalidInput for more than fit into a message."""
    if len(ids) > MOST_PER_MESSAGE:
        raise InvalidInput(
            f"A message takes up to {MOST_PER_MESSAGE} references.", code="too_many_references"
        )
    found = {row.pk: row for row in blueprint.given_references.filter(pk__in=ids)}
    if missing := [str(one) for one in ids if one not in found]:
        raise NotFound(f"This plan has no reference {missing[0]}.")
    return [found[one] for one in dict.fromkeys(ids)]


def attach(message: BlueprintMessage, references: Sequence[BlueprintReference]) -> None:
    """Give references with a message; its reply waits for them. Inside the transaction that stores it."""
    BlueprintReference.objects.filter(pk__in=[row.pk for row in references]).update(message=message)


def retry(reference: BlueprintReference) -> None:
    """Raises Conflict unless it has failed."""
    with transaction.atomic():
        store.lock(reference.blueprint_id)
        failed = BlueprintReference.objects.filter(pk=reference.pk, status=Status.FAILED)
        if not failed.update(status=Status.QUEUED, error=None, attempt=0, progress="", completed_at=None):
            raise Conflict("Only a reference that failed can be looked at again.", code="not_retryable")
        reference.refresh_from_db()
        capturing.dispatch(reference)


def remove(reference: BlueprintReference) -> None:
    """With its pictures, from the plan too. What was taken over from it stays in the plan."""
    with transaction.atomic():
        blueprint = store.lock(reference.blueprint_id)
        document = blueprint.document.model_copy(deep=True)
        document.references = [item for item in document.references if item.id != reference.item_id]
        store.write(blueprint, document)
        files = (reference.desktop, reference.phone, reference.thumbnail)
        names = [str(file.name) for file in files if file]
        waiting = reference.message
        reference.delete()
        hub.announce(blueprint.project_id, "references")
        transaction.on_commit(lambda: _delete_files(names), robust=True)
        if waiting is not None:
            capturing.let_answer(waiting)


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _create(blueprint: Blueprint, by: Any, kind: Kind, source: str) -> BlueprintReference:
    """The row and its item in the plan, of a locked blueprint."""
    if blueprint.status == Blueprint.Status.ARCHIVED:
        raise Conflict("This blueprint is archived.", code="archived")
    if blueprint.given_references.count() >= MOST_PER_PLAN:
        raise Conflict(
            f"A plan takes up to {MOST_PER_PLAN} references. Remove one first.", code="too_many_references"
        )
    document = blueprint.document.model_copy(deep=True)
    item = Reference(
        id=document.new_id("REF"), type="url" if kind == Kind.URL else "screenshot", origin=source
    )
    document.references.append(item)
    store.write(blueprint, document)
    reference = blueprint.given_references.create(item_id=item.id, by=by, kind=kind, source=source)
    hub.announce(blueprint.project_id, "references")
    return reference
