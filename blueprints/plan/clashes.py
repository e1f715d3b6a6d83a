"""Where two people changed the same thing, told apart from where they did not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from blueprints import frame
from blueprints.schemas import BlueprintDocument, Item

_OURS = {"id", "source", "confidence", "locked", "fields", "relations"}


@dataclass(frozen=True)
class Clash:
    """`field` of `item` ("" for what is part of no item) became `hers` and `theirs`. Where one of the two
    removed the item, `field` is "" and her or their value None."""

    item: str
    field: str
    hers: Any
    theirs: Any


def clashes(base: BlueprintDocument, edited: BlueprintDocument, now: BlueprintDocument) -> tuple[Clash, ...]:
    """What was changed in `edited` and, differently, in `now`, both since `base`; () when both can be had."""
    return (*_settings(base, edited, now), *_items(base, edited, now))


def _settings(base: BlueprintDocument, edited: BlueprintDocument, now: BlueprintDocument) -> Iterator[Clash]:
    for name in sorted(frame.changed(base, edited) & frame.changed(base, now) & frame.changed(edited, now)):
        yield Clash("", name, frame.read(edited, name), frame.read(now, name))


def _items(base: BlueprintDocument, edited: BlueprintDocument, now: BlueprintDocument) -> Iterator[Clash]:
    hers, theirs = {item.id: item for item in edited.items()}, {item.id: item for item in now.items()}
    for before in base.items():
        mine, other = hers.get(before.id), theirs.get(before.id)
        if mine is None and other is None:
            continue
        if mine is None or other is None:
            left = mine or other
            if left is not None and _differing(before, left):
                yield Clash(before.id, "", mine, other)
            continue
        for name in sorted(_differing(before, mine) & _differing(before, other) & _differing(mine, other)):
            yield Clash(before.id, name, getattr(mine, name), getattr(other, name))


def _differing(one: Item, other: Item) -> set[str]:
    if type(one) is not type(other):
        return set()
    names = set(type(one).model_fields) - _OURS
    return {name for name in names if getattr(one, name) != getattr(other, name)}
