"""A person's change of the plan: carried over to where the plan stands by now, or shown as a clash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from blueprints import frame, store
from blueprints.editing import EVERYTHING
from blueprints.hand_edits import apply_hand_edit
from blueprints.models import Blueprint
from blueprints.plan import items
from blueprints.plan.clashes import Clash, clashes
from blueprints.rebase import rebase
from blueprints.schemas import BlueprintDocument
from studio.core.errors import Conflict

Change = Callable[[BlueprintDocument], None]


class EditClash(Conflict):
    """Somebody changed the same meanwhile. `met` is the plan with both changes, hers where they clash;
    `now` the plan as it stands, which is version `version`."""

    def __init__(
        self, found: tuple[Clash, ...], met: BlueprintDocument, now: BlueprintDocument, version: int
    ) -> None:
        super().__init__("Somebody changed the same meanwhile.", code="version_conflict", version=version)
        self.clashes, self.met, self.now, self.version = found, met, now, version


def edit(*, blueprint: Blueprint, seen: int, change: Change, told: str, by: Any) -> Blueprint:
    """Apply `change` to the plan as she saw it (version `seen`), on top of what others did since.

    What she changed is locked against the Architect. Stores nothing when nothing changed. Raises EditClash
    when others changed the same since, whatever `change` raises (NotFound for what is gone).
    """
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        base, now = store.document_at(locked, seen), locked.document
        edited = base.model_copy(deep=True)
        change(edited)
        if base != now:
            met = rebase(base, edited, now)
            if found := clashes(base, edited, now):
                raise EditClash(found, met, now, locked.version)
            edited = met
        before = locked.version
        changes = store.edit(locked, None, lambda stored: apply_hand_edit(stored, edited))
        if locked.version != before:
            store.record(locked, told, by, changes)
    return locked


def unlock(*, blueprint: Blueprint, item_id: str, field: str = "", by: Any) -> Blueprint:
    """Let the Architect change an item again, or one field of it (wire name); or a setting of the plan, whose
    name comes as `field` with "plan" or "design" as the item. Raises NotFound."""

    def lift(document: BlueprintDocument) -> None:
        if item_id in ("plan", "design"):
            prefix = frame.DESIGN if item_id == "design" else ""
            document.locked = [
                name
                for name in document.locked
                if not _lifted(name, field) or name.startswith(frame.DESIGN) != bool(prefix)
            ]
            return
        item = items.find(document, item_id).item
        item.locked = [name for name in item.locked if field and name not in (field, EVERYTHING)]

    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        names = {"plan": "the name and summary", "design": "the design"}
        what = names.get(item_id) or items.label(locked.document, item_id)
        return edit(
            blueprint=locked,
            seen=locked.version,
            change=lift,
            told=f"Unlocked {what} for the Architect",
            by=by,
        )


def _lifted(name: str, field: str) -> bool:
    return not field or name == field
