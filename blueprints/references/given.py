"""References on their way into a plan: a web address or a picture, given with a message or before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from blueprints import store
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.references import capturing, comparing, pictures, pixels
from blueprints.references.addresses import normal_url
from blueprints.schemas import Reference
from studio.core import hub
from studio.core.errors import Conflict, InvalidInput, NotFound

MOST_PER_MESSAGE = 5
MOST_PER_PLAN = 30

# Name in an address → field of the comparison.
BUILT_PICTURES = {"built": "picture", "built-thumbnail": "thumbnail"}

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
    """A picture from a person's machine. What is stored is never what came in: it is made anew at once,
    and its colours are counted before, because WebP shifts them. Raises pictures.UnusablePicture."""
    image = pictures.read_upload(data)
    picture, tokens = pictures.remake(image), pixels.read(image)
    shown = " ".join(name.split())[:120] or "Screenshot"
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        reference = _create(locked, by, Kind.SCREENSHOT, shown)
        reference.desktop.save("desktop.webp", ContentFile(picture.webp), save=False)
        reference.thumbnail.save("thumbnail.webp", ContentFile(picture.thumbnail), save=False)
        reference.tokens = capturing.TOKENS.dump_python(tokens, mode="json")
        reference.save(update_fields=["desktop", "thumbnail", "tokens"])
        capturing.dispatch(reference)
    return reference


def add_file(*, blueprint: Blueprint, by: Any, file: UploadedFile[bytes]) -> BlueprintReference:
    """An upload of a form. Raises pictures.UnusablePicture; one that is too large is not even read."""
    if (file.size or 0) > pictures.UPLOAD_BYTES:
        raise pictures.too_large()
    return add_upload(blueprint=blueprint, by=by, data=file.read(), name=file.name or "")


def find(blueprint: Blueprint, item_ids: Sequence[str]) -> list[BlueprintReference]:
    """By the ids of their items in the plan ("REF-1"). Raises NotFound where one is not this plan's,
    InvalidInput for more than fit into a message."""
    if len(item_ids) > MOST_PER_MESSAGE:
        raise too_many()
    rows = blueprint.given_references.filter(item_id__in=item_ids).select_related("blueprint")
    found = {row.item_id: row for row in rows}
    if missing := [one for one in item_ids if one not in found]:
        raise NotFound(f"This plan has no reference “{missing[0][:40]}”.")
    return [found[one] for one in dict.fromkeys(item_ids)]


def from_form(
    *, blueprint: Blueprint, by: Any, item_ids: Sequence[str], files: Sequence[UploadedFile[bytes]], url: str
) -> tuple[list[BlueprintReference], list[str]]:
    """The references of a message as a form sends them, and why others cannot be used: a message is never
    lost over one of them. `item_ids` are those given before that no message has brought yet."""
    waiting = blueprint.given_references.filter(item_id__in=item_ids, by=by, message=None)
    rows, problems = list(waiting[:MOST_PER_MESSAGE]), []
    new: list[tuple[str, Callable[[], BlueprintReference]]] = [
        (file.name or "The file", partial(add_file, blueprint=blueprint, by=by, file=file)) for file in files
    ]
    if url.strip():
        new.append((url.strip()[:80], partial(add_url, blueprint=blueprint, by=by, url=url)))
    for name, add in new:
        try:
            if len(rows) == MOST_PER_MESSAGE:
                raise too_many()
            rows.append(add())
        except (InvalidInput, Conflict) as error:
            problems.append(f"{name}: {error.message}")
    return rows, problems


def too_many() -> InvalidInput:
    message = f"A message takes up to {MOST_PER_MESSAGE} references."
    return InvalidInput(
        message, code="too_many_references", errors=[{"pointer": "#/references", "message": message}]
    )


def picture(reference: BlueprintReference, name: str) -> bytes | None:
    """A stored picture ("thumbnail", "desktop", "phone"; "built" and "built-thumbnail" of what was compared
    with it last); None without one. Only what we encoded ourselves is ever handed out."""
    if name in BUILT_PICTURES:
        compared = comparing.newest(reference)
        file = getattr(compared, BUILT_PICTURES[name], None)
    else:
        file = getattr(reference, name)
    if not file:
        return None
    try:
        with file.open("rb") as stored:
            data: bytes = stored.read()
    except OSError:
        return None
    return data if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


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
        hub.announce(reference.blueprint.project_id, "references")


def remove(reference: BlueprintReference) -> None:
    """With its pictures, from the plan too. What was taken over from it stays in the plan."""
    with transaction.atomic():
        blueprint = store.lock(reference.blueprint_id)
        document = blueprint.document.model_copy(deep=True)
        document.references = [item for item in document.references if item.id != reference.item_id]
        store.write(blueprint, document)
        files = (reference.desktop, reference.phone, reference.thumbnail)
        names = [str(file.name) for file in files if file]
        for compared in reference.comparisons.all():
            names += [str(file.name) for file in (compared.picture, compared.thumbnail) if file]
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
