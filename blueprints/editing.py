"""A candidate document, as an Architect would have it, merged onto the stored one.

Three promises, whoever wrote the candidate: what a person edited stays as she left it, ids are well
formed and never change hands, and only the parts an Architect may write are taken over. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from blueprints import frame
from blueprints.schemas import BlueprintDocument, Entity, Item

AnyItem = TypeVar("AnyItem", bound=Item)
EVERYTHING = "*"


def merge_candidate(stored: BlueprintDocument, candidate: BlueprintDocument) -> BlueprintDocument:
    """The document to store: the candidate, with locks kept, ids settled and references left alone.

    An item a person edited (any lock) survives a candidate that drops it, together with the entity
    it lives on. An item that comes with a missing, malformed, repeated or retired id gets the id of
    the stored item of the same name, or a new one, and what pointed at it follows.
    """
    return _Merge(stored, candidate.model_copy(deep=True)).result()


class _Merge:
    def __init__(self, stored: BlueprintDocument, candidate: BlueprintDocument) -> None:
        self.stored = stored
        self.document = candidate
        self.stored_ids = {item.id for item in stored.items()}
        self.taken: set[str] = set()
        self.moved: dict[str, str] = {}
        self.inherited: set[str] = set()

    def result(self) -> BlueprintDocument:
        document, stored = self.document, self.stored
        document.counters = dict(stored.counters)
        self._raise_counters()
        old, new = stored.sections, document.sections
        new.data_model.entities = self._items(
            "ENT", old.data_model.entities, new.data_model.entities, lambda item: item.name
        )
        self._entity_parts(old.data_model.entities)
        new.api_endpoints.endpoints = self._items(
            "API",
            old.api_endpoints.endpoints,
            new.api_endpoints.endpoints,
            lambda item: f"{item.method} {item.path}",
        )
        new.ui_components.components = self._items(
            "UI", old.ui_components.components, new.ui_components.components, lambda item: item.name
        )
        new.dependencies.items = self._items(
            "DEP", old.dependencies.items, new.dependencies.items, lambda item: item.name
        )
        new.design_system.colors = self._items(
            "TOK", old.design_system.colors, new.design_system.colors, lambda item: f"color {item.role}"
        )
        new.design_system.typography = self._items(
            "TOK",
            old.design_system.typography,
            new.design_system.typography,
            lambda item: f"type {item.role}",
        )
        new.behaviors.rules = self._items(
            "RULE", old.behaviors.rules, new.behaviors.rules, lambda item: f"{item.kind} {item.text}"
        )
        document.open_questions = self._items(
            "Q", stored.open_questions, document.open_questions, lambda item: item.topic
        )
        self._decisions_keep_question_ids()
        document.decisions = self._items("Q", stored.decisions, document.decisions, lambda item: item.topic)
        document.assumptions = self._items(
            "ASM", stored.assumptions, document.assumptions, lambda item: item.text
        )
        document.references = [reference.model_copy(deep=True) for reference in stored.references]
        document.derived = list(dict.fromkeys([*stored.derived, *document.derived]))
        frame.keep_locks(stored, document)
        self._follow_moved_ids()
        return document

    def _raise_counters(self) -> None:
        """Numbers the candidate itself handed out, beyond the stored counters, stay valid."""
        for item in self.document.items():
            prefix, number = _split_id(item.id)
            if prefix and number > self.document.counters.get(prefix, 0) and number < _LARGEST_NUMBER:
                self.document.counters[prefix] = number

    def _entity_parts(self, old_entities: Sequence[Entity]) -> None:
        old_by_id = {entity.id: entity for entity in old_entities}
        for entity in self.document.sections.data_model.entities:
            old = old_by_id.get(entity.id)
            entity.fields = self._items(
                "FLD", old.fields if old else [], entity.fields, lambda item: item.name
            )
            entity.relations = self._items(
                "REL", old.relations if old else [], entity.relations, lambda item: item.name
            )

    def _decisions_keep_question_ids(self) -> None:
        """An answered question's decision goes by the question's own id."""
        asked = {question.topic: question.id for question in self.stored.open_questions}
        decided = {decision.topic for decision in self.stored.decisions}
        for decision in self.document.decisions:
            if decision.topic in asked and decision.topic not in decided:
                decision.id = asked[decision.topic]
                self.inherited.add(decision.id)

    def _items(
        self, prefix: str, old: Sequence[AnyItem], new: Iterable[AnyItem], key: Callable[[AnyItem], str]
    ) -> list[AnyItem]:
        """One list of the document, settled: `key` is what makes two items of it the same thing."""
        old_by_id = {item.id: item for item in old}
        old_by_key = {key(item).lower(): item for item in old}
        new = list(new)
        claimed = {item.id for item in new if item.id in old_by_id}
        merged: list[AnyItem] = []
        for item in new:
            before = old_by_id.get(item.id) if item.id not in self.taken else None
            if before is None:
                namesake = old_by_key.get(key(item).lower())
                if namesake is not None and namesake.id not in claimed | self.taken:
                    before = namesake
            settled = before.id if before is not None else self._fresh_id(prefix, item.id)
            if settled != item.id:
                if item.id not in self.taken:  # else a repeated id, and its first bearer keeps the pointers
                    self.moved.setdefault(item.id, settled)
                item.id = settled
            self.taken.add(settled)
            merged.append(_keep_locks(before, item))
        kept = {item.id for item in merged}
        for index, item in enumerate(old):
            if item.id not in kept and _is_guarded(item):
                merged.insert(min(index, len(merged)), item.model_copy(deep=True))
                self.taken.add(item.id)
        return merged

    def _fresh_id(self, prefix: str, given: str) -> str:
        """`given` when it is well formed and never used before, else the next free id."""
        if given in self.inherited and given not in self.taken:
            return given
        own_prefix, number = _split_id(given)
        unused = given not in self.taken and given not in self.stored_ids
        if own_prefix == prefix and unused and self.stored.counters.get(prefix, 0) < number < _LARGEST_NUMBER:
            return given
        return self.document.new_id(prefix)

    def _follow_moved_ids(self) -> None:
        if not self.moved:
            return
        document = self.document
        for entity in document.sections.data_model.entities:
            for relation in entity.relations:
                relation.target = self.moved.get(relation.target, relation.target)
        for endpoint in document.sections.api_endpoints.endpoints:
            if endpoint.entity is not None:
                endpoint.entity = self.moved.get(endpoint.entity, endpoint.entity)
        for component in document.sections.ui_components.components:
            component.entities = [self.moved.get(key, key) for key in component.entities]
        for rule in document.sections.behaviors.rules:
            entity_id = rule.params.get("entity")
            if isinstance(entity_id, str) and entity_id in self.moved:
                rule.params["entity"] = self.moved[entity_id]


# Ids beyond this are made up; taking one over would burn the whole number range.
_LARGEST_NUMBER = 1_000_000
_ID = re.compile(r"([A-Z]+)-([1-9][0-9]{0,8})\Z")


def _split_id(given: str) -> tuple[str, int]:
    """("ENT", 4) of "ENT-4"; ("", 0) when it is not an id."""
    match = _ID.match(given)
    return (match[1], int(match[2])) if match else ("", 0)


def _keep_locks(before: AnyItem | None, item: AnyItem) -> AnyItem:
    """The item with every locked field as it was stored; only a person sets or lifts a lock."""
    item.locked = list(before.locked) if before is not None else []
    if before is None or not item.locked:
        return item
    names = {info.alias or name: name for name, info in type(item).model_fields.items()}
    fixed = (
        set(names.values()) if EVERYTHING in item.locked else {names.get(lock, lock) for lock in item.locked}
    )
    # An entity's parts are items with locks of their own.
    for name in (fixed & set(names.values())) - {"fields", "relations"}:
        setattr(item, name, getattr(before.model_copy(deep=True), name))
    return item


def _is_guarded(item: Item) -> bool:
    if item.locked:
        return True
    return isinstance(item, Entity) and any(part.locked for part in [*item.fields, *item.relations])
