"""What a turn, an edit or a restore changed: the difference of two documents, by item id."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from blueprints.schemas import BlueprintDocument, Entity, Item

# What a person counts in "+2 entities, +3 endpoints"; fields and relations count as a change of
# their entity, questions and decisions are the conversation's own.
_NOUNS = {
    "ENT": ("entity", "entities"),
    "API": ("endpoint", "endpoints"),
    "UI": ("screen", "screens"),
    "RULE": ("rule", "rules"),
    "TOK": ("design token", "design tokens"),
    "DEP": ("dependency", "dependencies"),
    "REF": ("reference", "references"),
}


@dataclass(frozen=True)
class Changes:
    """Item ids, each in the order of the plan. An entity is changed when a field of it is."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    summary: str = ""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.summary)


def compare(before: BlueprintDocument, after: BlueprintDocument) -> Changes:
    """The difference, with a line such as "+2 entities, +3 endpoints, 1 changed" ("" when none)."""
    old = {item.id: _own(item) for item in before.items()}
    new = {item.id: _own(item) for item in after.items()}
    added = tuple(key for key in new if key not in old)
    removed = tuple(key for key in old if key not in new)
    touched = {key for key in new if key in old and new[key] != old[key]}
    touched |= _entities_with_other_parts(before, after)
    changed = tuple(key for key in new if key in touched)
    return Changes(added, changed, removed, _summary(before, after, added, changed, removed))


def _own(item: Item) -> dict[str, object]:
    """The item without its parts, its origin and its confidence: moving a lock is not a change."""
    return item.model_dump(exclude={"fields", "relations", "source", "confidence", "locked"})


def _entities_with_other_parts(before: BlueprintDocument, after: BlueprintDocument) -> set[str]:
    old = {entity.id: _parts(entity) for entity in before.sections.data_model.entities}
    return {
        entity.id
        for entity in after.sections.data_model.entities
        if entity.id in old and _parts(entity) != old[entity.id]
    }


def _parts(entity: Entity) -> list[dict[str, object]]:
    return [_own(part) | {"id": part.id} for part in [*entity.fields, *entity.relations]]


def _summary(
    before: BlueprintDocument,
    after: BlueprintDocument,
    added: tuple[str, ...],
    changed: tuple[str, ...],
    removed: tuple[str, ...],
) -> str:
    parts = [*_counted("+", added), *_counted("−", removed)]
    edited = sum(1 for key in changed if key.partition("-")[0] in _NOUNS)
    if edited:
        parts.append(f"{edited} changed")
    if _frame(before) != _frame(after):
        parts.append("design changed")
    if before.feature_name != after.feature_name:
        parts.append(f"named “{after.feature_name}”")
    elif before.summary != after.summary and not parts:
        parts.append("summary changed")
    return ", ".join(parts)


def _counted(sign: str, ids: tuple[str, ...]) -> list[str]:
    counts = Counter(key.partition("-")[0] for key in ids)
    return [
        f"{sign}{counts[prefix]} {one if counts[prefix] == 1 else many}"
        for prefix, (one, many) in _NOUNS.items()
        if counts[prefix]
    ]


def _frame(document: BlueprintDocument) -> dict[str, object]:
    """The design's own settings, beside its tokens, which are items and counted as such."""
    return document.sections.design_system.model_dump(exclude={"colors", "typography", "status"})
