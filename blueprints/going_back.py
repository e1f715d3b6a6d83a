"""The plan as it would be without some turns, with what people did to it by hand. Pure.

Every turn and every edit left a snapshot behind it, so each edit is the difference of two documents and is
done once more on the plan without the turns, item by item (`rebase`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from blueprints.changes import compare
from blueprints.rebase import rebase
from blueprints.schemas import BlueprintDocument, Item

# What is a part of another item, or of no interest to a reader who asks what became of her edits.
_NAMED = ("name", "text", "question", "description", "role", "path")


@dataclass(frozen=True)
class Step:
    """A plan after something happened to it; `by_hand` when a person edited it."""

    document: BlueprintDocument
    by_hand: bool


def without_turns(
    before: BlueprintDocument, steps: Iterable[Step], now: BlueprintDocument
) -> tuple[BlueprintDocument, tuple[str, ...]]:
    """`before` with the edits among the `steps` that followed it, and the names of what was edited that is
    not in it, because a turn had brought it. References stay, and numbers given once are not given again:
    both as `now`."""
    document, last, missed = before, before, dict[str, None]()
    for step in steps:
        if step.by_hand:
            document = rebase(last, step.document, document)
            missed |= dict.fromkeys(_missed(last, step.document, document))
        last = step.document
    document = document.model_copy(deep=True)
    document.references = now.references
    document.counters = now.counters
    return document, tuple(missed)


def _missed(before: BlueprintDocument, edited: BlueprintDocument, result: BlueprintDocument) -> list[str]:
    changes = compare(before, edited)
    names = {item.id: _name(item) for item in [*before.items(), *edited.items()]}
    there = {item.id for item in result.items()}
    gone = [key for key in (*changes.added, *changes.changed) if key not in there]
    back = [key for key in changes.removed if key in there]
    return [names[key] for key in (*gone, *back)]


def _name(item: Item) -> str:
    said = next((str(value) for name in _NAMED if (value := getattr(item, name, ""))), "")
    return said[:60] or item.id
