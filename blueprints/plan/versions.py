"""The versions of a plan as a list, and the difference of two of them item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blueprints import frame
from blueprints.architect.offline.naming import spaced
from blueprints.changes import compare
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.plan import items
from blueprints.schemas import BlueprintDocument, Item
from studio.core.ports import load

MOST_SHOWN = 200
_NOT_SHOWN = {"id", "source", "confidence", "locked", "fields", "relations", "topic"}


@dataclass(frozen=True)
class VersionCard:
    """`what` says what made it: the message it answers, or the edit; `summary` what that changed."""

    number: int
    who: str
    what: str
    summary: str
    created_at: datetime
    current: bool
    built: bool


@dataclass(frozen=True)
class Difference:
    """One value before and after, "" where there is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ItemDifference:
    """`sort` is "added", "changed" or "removed"."""

    sort: str
    kind: str
    label: str
    parts: tuple[Difference, ...]


def of(blueprint: Blueprint) -> tuple[VersionCard, ...]:
    """Newest first."""
    rows = blueprint.messages.exclude(blueprint_version=None).select_related("author", "in_reply_to")
    newest = rows.defer("blueprint_snapshot").order_by("-blueprint_version")[:MOST_SHOWN]
    architect = load("ORCHARD_ARCHITECT").name
    return tuple(_card(row, blueprint, architect) for row in newest)


def _card(row: BlueprintMessage, blueprint: Blueprint, architect: str) -> VersionCard:
    answers = row.role == BlueprintMessage.Role.ARCHITECT
    asked = row.in_reply_to.content if row.in_reply_to is not None else ""
    who = (
        architect
        if answers
        else row.author.get_full_name() or row.author.get_username()
        if row.author
        else "Someone"
    )
    return VersionCard(
        number=row.blueprint_version or 0,
        who=who,
        what=" ".join((f"“{asked}”" if answers and asked else row.content).split()),
        summary=str(row.changes.get("summary", "")),
        created_at=row.completed_at or row.created_at,
        current=row.blueprint_version == blueprint.version,
        built=row.blueprint_version == blueprint.built_version,
    )


def differences(before: BlueprintDocument, after: BlueprintDocument) -> tuple[ItemDifference, ...]:
    """What was added, changed and removed, each with its values; an entity's fields beside it."""
    changes = compare(before, after)
    entities = {
        item.id: item.name for document in (before, after) for item in document.sections.data_model.entities
    }
    settings = tuple(
        Difference(
            _words(name.rpartition(".")[2]),
            _told(frame.read(before, name), entities),
            _told(frame.read(after, name), entities),
        )
        for name in sorted(frame.changed(before, after))
    )
    found = [ItemDifference("changed", "plan", "Name, summary and design", settings)] if settings else []
    found += [_item("added", None, _get(after, key), after, entities) for key in changes.added]
    found += [
        _item("changed", _get(before, key), _get(after, key), after, entities) for key in changes.changed
    ]
    found += [_item("removed", _get(before, key), None, before, entities) for key in changes.removed]
    # An entity that only changed by its parts says nothing beyond them.
    return tuple(item for item in found if item.parts or item.sort != "changed")


def _get(document: BlueprintDocument, item_id: str) -> Item | None:
    return next((item for item in document.items() if item.id == item_id), None)


def _item(
    sort: str, before: Item | None, after: Item | None, document: BlueprintDocument, entities: dict[str, str]
) -> ItemDifference:
    item = after or before
    assert item is not None
    try:
        found = items.find(document, item.id)
        kind, label = found.kind.word, items.label(document, item.id)
    except items.NotFound:  # a reference
        kind, label = "reference", str(getattr(item, "title", "") or getattr(item, "origin", ""))
    return ItemDifference(sort, kind, label, tuple(_parts(before, after, entities)))


def _parts(before: Item | None, after: Item | None, entities: dict[str, str]) -> list[Difference]:
    item = after or before
    parts = []
    for name in [name for name in type(item).model_fields if name not in _NOT_SHOWN]:
        old = _told(getattr(before, name, None), entities)
        new = _told(getattr(after, name, None), entities)
        # What names the item is said already.
        if old != new and (name not in ("text", "question") or (before is not None and after is not None)):
            parts.append(Difference(_words(name), old, new))
    return parts


def _told(value: Any, entities: dict[str, str]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_told(part, entities)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_told(getattr(part, "label", part), entities) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else entities.get(value, str(value))


def _words(name: str) -> str:
    return spaced(name[:1].upper() + name[1:]) if "_" not in name else name.replace("_", " ")
