"""What a person edited in the plan, and the locks that keep it hers. Pure."""

from __future__ import annotations

from blueprints import frame
from blueprints.editing import EVERYTHING, merge_candidate
from blueprints.schemas import BlueprintDocument, Item

_NOT_LOCKABLE = {"id", "source", "confidence", "locked", "fields", "relations"}


def apply_hand_edit(stored: BlueprintDocument, edited: BlueprintDocument) -> BlueprintDocument:
    """The document to store: the person's, with well-formed ids and new locks.

    Every field and setting she changed is locked, an item she added is locked as a whole. Locks follow `locked` of
    the edited document otherwise, so leaving one out lifts it. What she removed is gone.
    """
    before = {item.id: item for item in stored.items()}
    wished = {item.id: list(item.locked) for item in edited.items()}
    # Without locks the merge takes everything over, and settles the ids of what is new.
    document = merge_candidate(_unlocked(stored), edited)
    for item in document.items():
        old = before.get(item.id)
        if old is None:
            item.locked, item.confidence = [EVERYTHING], 1.0
            continue
        changed = _changed_fields(old, item)
        item.locked = sorted({*wished.get(item.id, old.locked), *changed})
        item.source = old.source
        item.confidence = 1.0 if changed else old.confidence
    document.locked = sorted({*edited.locked, *frame.changed(stored, document)})
    return document


def _unlocked(document: BlueprintDocument) -> BlueprintDocument:
    free = document.model_copy(deep=True)
    free.locked = []
    for item in free.items():
        item.locked = []
    return free


def _changed_fields(old: Item, new: Item) -> set[str]:
    """Wire names of the fields that differ; an entity's parts are items of their own."""
    if type(old) is not type(new):
        return {EVERYTHING}
    return {
        info.alias or name
        for name, info in type(new).model_fields.items()
        if name not in _NOT_LOCKABLE and getattr(old, name) != getattr(new, name)
    }
