"""What a block needs, found among what people wished: their words stay, and only what is absent is added.

A shop needs products with a price; a plan may call them books that have a cost. The block's files and
evidence then ask for `names["Product"]` and `names["Product.price"]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from blueprints.schemas import BlueprintDocument, FieldType, Rule
from operations.generator.drafts import (
    ACCOUNT,
    Draft,
    Drafts,
    Together,
    WishedLink,
    column_of,
    key_of,
)
from operations.generator.manifest import Manifest, RequiredEntity, RequiredField, RequiredRelation

UNASKED: tuple[FieldType, ...] = ("date", "datetime", "time", "integer", "decimal", "money", "image", "file")
Place = tuple[str, str]
ABSENT: Place = ("", "")


def bind(
    drafts: Drafts, manifest: Manifest, rules: Mapping[str, Rule], documents: Sequence[BlueprintDocument]
) -> dict[str, Place]:
    """Fill the drafts with what the block needs; where each need is met, as (entity key, member key).

    A need that is optional and not there is `ABSENT`.
    """
    return _Binder(drafts, manifest, rules, documents).bind()


class _Binder:
    def __init__(
        self,
        drafts: Drafts,
        manifest: Manifest,
        rules: Mapping[str, Rule],
        documents: Sequence[BlueprintDocument],
    ) -> None:
        self.drafts, self.manifest, self.rules, self.documents = drafts, manifest, rules, documents
        self.places: dict[str, Place] = {}

    def bind(self) -> dict[str, Place]:
        wishes = [w for w in self.manifest.requires.entities if not w.when or w.when in self.rules]
        found = [(wish, self._entities(wish)) for wish in wishes]
        for wish, entities in found:
            needs = [one.name for one in wish.relations] + [one.name for one in wish.fields]
            for name in (wish.name, *(f"{wish.name}.{need}" for need in needs)):
                self.places.setdefault(name, ABSENT)
            for draft in reversed(entities):  # the first one's names are what the block is told
                self._fill(draft, wish)
        return self.places

    def _entities(self, wish: RequiredEntity) -> list[Draft]:
        """The drafts this need is about: usually one, with `shown_by` one for each screen of the kind."""
        shown = self._shown(wish.shown_by) if wish.shown_by else []
        found = shown or [draft for draft in [self._named(wish) or self._known(wish)] if draft]
        if not found and not wish.optional:
            key = key_of(wish.name)
            found = [self.drafts.by_key.setdefault(key, Draft(key, wish.name))]
        if found:
            self.places[wish.name] = (found[0].key, "")
        return found

    def _shown(self, kind: str) -> list[Draft]:
        found: dict[str, Draft] = {}
        for document in self.documents:
            for component in document.sections.ui_components.components:
                entity = document.entity(component.entities[0]) if component.entities else None
                if component.kind == kind and entity:
                    draft = self.drafts.by_key[key_of(entity.name)]
                    found[draft.key] = draft
        return list(found.values())

    def _named(self, wish: RequiredEntity) -> Draft | None:
        kind, _, parameter = wish.named_by.rpartition(".")
        rule = self.rules.get(kind)
        value = rule.params.get(parameter, "") if rule else ""
        return self.drafts.by_key.get(key_of(str(value))) if value else None

    def _known(self, wish: RequiredEntity) -> Draft | None:
        taken = {key for key, _ in self.places.values()}
        keys = [key_of(name) for name in (wish.name, *wish.known_as)]
        return next(
            (self.drafts.by_key[key] for key in keys if key in self.drafts.by_key and key not in taken), None
        )

    def _fill(self, draft: Draft, wish: RequiredEntity) -> None:
        if draft.key == key_of(wish.name):
            draft.plural = draft.plural or wish.plural
            draft.description = draft.description or wish.description
        draft.managed = draft.managed or wish.managed
        draft.unlisted = draft.unlisted or wish.unlisted
        draft.access = {**wish.access, **draft.access}
        bound: set[str] = set()
        for relation in wish.relations:
            self._place(draft, wish, relation.name, self._link(draft, relation), bound)
        for column in wish.fields:
            self._place(draft, wish, column.name, self._column(draft, wish, column, bound), bound)
        if wish.written:
            _loosen(draft, bound)
        if wish.unique:
            self._set_apart(draft, wish)

    def _place(self, draft: Draft, wish: RequiredEntity, name: str, key: str, bound: set[str]) -> None:
        if key:
            bound.add(key)
        self.places[f"{wish.name}.{name}"] = (draft.key, key) if key else ABSENT

    def _column(self, draft: Draft, wish: RequiredEntity, need: RequiredField, bound: set[str]) -> str:
        """The key of the column that meets the need, "" for none."""
        own = key_of(need.name)
        managed = need.managed or wish.managed
        named = (key for key in map(key_of, (need.name, *need.known_as)) if key in draft.columns)
        typed = (
            key
            for key, held in draft.columns.items()
            if need.any_of_type and held.type in need.types and key not in bound
        )
        key = next((key for key in named if key not in draft.links), "") or next(typed, "")
        if not key:
            if need.optional:
                return ""
            key = own
        needed = column_of(need, "")
        held = draft.columns.setdefault(key, needed)
        if managed or (held.type not in (need.type, *need.types) and need.types):
            # the block writes it or reckons with it, so the block knows its type
            held = replace(needed, name=held.name, item_id=held.item_id, help=held.help)
        name = need.name if key == own else held.name
        draft.columns[key] = replace(held, name=name, managed=managed)
        return key

    def _link(self, draft: Draft, need: RequiredRelation) -> str:
        """The key of the link that meets the need, "" for none."""
        target = self.places.get(need.target, ABSENT)[0] or key_of(need.target)
        own = key_of(need.name)
        key = next(iter(_links(draft, need, target)), "")
        if not key:
            if need.optional:
                return ""
            key = own if own not in draft.links else f"{own}account"
            draft.links[key] = WishedLink(need.name, need.kind, target, need.required)
        held = draft.links[key]
        name = need.name if key == own else held.name
        draft.links[key] = replace(
            held, name=name, managed=need.managed, required=held.required and need.required
        )
        return key

    def _set_apart(self, draft: Draft, wish: RequiredEntity) -> None:
        """The columns in which no two records agree; a status that undoes a record is one of its choices."""
        assert wish.unique
        keys = [self.places[f"{wish.name}.{name}"][1] for name in wish.unique.fields]
        unless, value = next(iter(wish.unique.unless.items()), ("", ""))
        key = self.places[f"{wish.name}.{unless}"][1] if unless else ""
        if key:
            column = draft.columns[key]
            value = next((one for one in column.choices if one.lower()[:6] == value[:6]), value)
            if value not in column.choices:
                draft.columns[key] = replace(column, choices=[*column.choices, value])
        draft.together = Together(tuple(keys), key, value, wish.unique.message)


def _links(draft: Draft, need: RequiredRelation, target: str) -> Iterable[str]:
    """Keys of links that would do, the best first: by what they lead to, by name, then any."""
    links = [(key, link) for key, link in draft.links.items() if link.kind == need.kind]
    yield from (key for key, link in links if link.target == target)
    other = [(key, link) for key, link in links if link.target != ACCOUNT]
    for name in map(key_of, need.known_as):
        yield from (key for key, link in other if name in (key, link.target))
    if need.any_target:
        yield from (key for key, link in other if link.target not in map(key_of, need.avoid))


def _loosen(draft: Draft, bound: set[str]) -> None:
    """What the block knows nothing about, and nobody is asked for, may be empty."""
    for key, link in draft.links.items():
        if key not in bound:
            draft.links[key] = replace(link, required=False)
    for key, column in draft.columns.items():
        if key not in bound and column.type in UNASKED and column.default is None:
            draft.columns[key] = replace(column, required=False)
