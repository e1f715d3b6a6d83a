"""A candidate made from an older document, carried over to the one that stands now. Pure.

While an Architect thinks, a person may edit, restore or remove. Three-way, field by field: what the
Architect changed is taken, everything else is as it stands now. Locks are not looked at here; that is
the merge's business, which follows (`editing.merge_candidate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from blueprints.schemas import BlueprintDocument, Item, Schema

AnyItem = TypeVar("AnyItem", bound=Item)

# Kept by their own rules in the merge, or computed.
_NOT_CARRIED = {"references", "counters", "derived", "status"}


def rebase(
    base: BlueprintDocument, candidate: BlueprintDocument, now: BlueprintDocument
) -> BlueprintDocument:
    """The candidate as if it had been made from `now`. New items whose id was given meanwhile to
    something else get another one."""
    if base == now:
        return candidate
    candidate = _with_free_ids(base, candidate, now)
    rebased: BlueprintDocument = _schema(base, candidate, now)
    rebased.derived = list(dict.fromkeys([*now.derived, *candidate.derived]))
    return rebased


def _schema(base: Any, candidate: Any, now: Any) -> Any:
    """One object field by field: nested objects and item lists go deeper, the rest is a value."""
    result = candidate.model_copy(deep=True)
    for name in type(candidate).model_fields:
        if name in _NOT_CARRIED:
            continue
        ours, theirs, before = getattr(candidate, name), getattr(now, name), getattr(base, name)
        if isinstance(ours, Schema):
            setattr(result, name, _schema(before, ours, theirs))
        elif _is_item_list(ours) or _is_item_list(theirs):
            setattr(result, name, _items(before, ours, theirs))
        elif ours == before:
            setattr(result, name, theirs)
    return result


def _items(base: Sequence[AnyItem], candidate: Sequence[AnyItem], now: Sequence[AnyItem]) -> list[AnyItem]:
    """The list as it stands now, with the Architect's changes, removals and, at the end, additions."""
    before = {item.id: item for item in base}
    proposed = {item.id: item for item in candidate}
    result: list[AnyItem] = []
    for item in now:
        ours = proposed.get(item.id)
        if ours is None and item.id in before and item == before[item.id]:
            continue  # the Architect removed it, nobody touched it since
        result.append(_item(before.get(item.id), ours, item))
    present = {item.id for item in now}
    result += [item for item in candidate if item.id not in present and item.id not in before]
    return result


def _item(before: AnyItem | None, ours: AnyItem | None, theirs: AnyItem) -> AnyItem:
    if before is None or ours is None or ours == before:
        return theirs
    if type(ours) is type(before) is type(theirs):
        met: AnyItem = _schema(before, ours, theirs)
        return met
    return ours


def _is_item_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Item)


def _with_free_ids(
    base: BlueprintDocument, candidate: BlueprintDocument, now: BlueprintDocument
) -> BlueprintDocument:
    """The candidate with its own new items renumbered beyond every number given since `base`."""
    known, given = {item.id for item in base.items()}, {item.id for item in now.items()}
    counter = BlueprintDocument(
        feature_name=now.feature_name, counters=_highest(candidate.counters, now.counters)
    )
    moved: dict[str, str] = {}
    for item in candidate.items():
        if item.id not in known and item.id in given:
            moved[item.id] = counter.new_id(item.id.partition("-")[0])
    if not moved:
        return candidate
    renamed = _renamed(candidate.model_dump(), moved)
    return BlueprintDocument.model_validate(renamed)


def _renamed(value: Any, moved: dict[str, str], key: str = "") -> Any:
    """A dump with ids replaced where ids stand, never in what people wrote."""
    if isinstance(value, dict):
        return {name: _renamed(inner, moved, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, moved, key) for inner in value]
    if key in ("id", "target", "entity", "entities", "derived") and isinstance(value, str):
        return moved.get(value, value)
    return value


def _highest(*counters: dict[str, int]) -> dict[str, int]:
    names = {name for counter in counters for name in counter}
    return {name: max(counter.get(name, 0) for counter in counters) for name in names}
