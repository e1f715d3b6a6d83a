"""Drafts made into tables that can exist: safe names, reverse names, no circle that cannot be filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from blueprints.schemas import BlueprintDocument
from operations.generator import naming
from operations.generator.columns import plan_column
from operations.generator.drafts import ACCOUNT, Draft, Drafts
from operations.generator.icons import icon_for
from operations.generator.model import Action, PlannedEntity, PlannedField, PlannedRelation, PlannedUnique

# What every account has already (django.contrib.auth).
ACCOUNT_ATTRIBUTES = frozenset(
    """
    username first_name last_name email password is_staff is_active is_superuser date_joined last_login
    groups user_permissions logentry_set
    """.split()
)
ACCOUNT_COLUMNS = {name.replace("_", ""): name for name in ACCOUNT_ATTRIBUTES}
TIMESTAMP_COLUMNS = {"createdat": "created_at", "updatedat": "updated_at"}


@dataclass(frozen=True)
class Tables:
    """`places` maps item ids of the current document, `identities` "<feature>/<item id>" of all documents,
    to "Class" or "Class.attribute". `lost` says why a wish could not be planned. `names` says per block what
    its needs are called, `access` per class who may do what where no rule of the plan says else, `classes`
    what each key of a draft is called in the code."""

    entities: tuple[PlannedEntity, ...]
    places: Mapping[str, str]
    identities: Mapping[str, str]
    lost: Mapping[str, str]
    notes: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]]
    access: Mapping[str, Mapping[Action, str]]
    classes: Mapping[str, str]


def plan_tables(
    drafts: Drafts,
    documents: Sequence[BlueprintDocument],
    bound: Mapping[str, Mapping[str, tuple[str, str]]] | None = None,
) -> Tables:
    """`bound` says for each block where its needs are met, as (entity key, member key)."""
    builder = _Builder(drafts)
    entities = builder.build()
    feature = documents[-1].feature_name if documents else ""
    identities = {item: place for item, at in drafts.places.items() if (place := builder.place(at))}
    places = {
        item.removeprefix(f"{feature}/"): place
        for item, place in identities.items()
        if item.startswith(f"{feature}/")
    }
    names = {
        block: {need: builder.place(at).rpartition(".")[2] if at[0] else "" for need, at in places.items()}
        for block, places in (bound or {}).items()
    }
    access = {builder.classes[key]: draft.access for key, draft in drafts.by_key.items() if draft.access}
    return Tables(
        entities, places, identities, drafts.lost, tuple(builder.notes), names, access, builder.classes
    )


class _Builder:
    """Names are handed out in the order of the drafts, so a later entity never renames an earlier one."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts.by_key
        self.notes: list[str] = []
        self.classes: dict[str, str] = {}
        self.members: dict[tuple[str, str], str] = {}
        self.taken: dict[str, set[str]] = {}

    def build(self) -> tuple[PlannedEntity, ...]:
        for key, draft in self.drafts.items():
            self.classes[key] = self._class_name(draft)
            self.taken[key] = set(ACCOUNT_ATTRIBUTES) if is_account(draft) else set()
        if ACCOUNT not in self.classes:
            self.classes[ACCOUNT], self.taken[ACCOUNT] = "User", set(ACCOUNT_ATTRIBUTES)
        slugs: set[str] = set()
        entities = {key: self._entity(draft, slugs) for key, draft in self.drafts.items()}
        for key, draft in self.drafts.items():
            entities[key] = replace(entities[key], relations=self._relations(draft, entities))
            entities[key] = replace(entities[key], unique=self._unique(draft))
        relaxed = _fillable(tuple(entities.values()), self.notes)
        return tuple(replace(entity, listed=self._listed(entity, relaxed)) for entity in relaxed)

    def place(self, at: tuple[str, str]) -> str:
        entity, member = at
        if not member:
            return self.classes[entity]
        name = self.members.get(at, "")
        return f"{self.classes[entity]}.{name}" if name else ""

    def _class_name(self, draft: Draft) -> str:
        name = "User" if is_account(draft) else naming.class_name(draft.name, self.classes.values())
        if name != draft.name:
            self.notes.append(f"“{draft.name[:60]}” is called {name} in the code.")
        return name

    def _entity(self, draft: Draft, slugs: set[str]) -> PlannedEntity:
        name = self.classes[draft.key]
        label = naming.shortened(naming.words(draft.name))
        label_plural = naming.words(draft.plural) if draft.plural.strip() else naming.plural(label)
        label_plural = naming.shortened(label_plural)
        spoken = label_plural if draft.plural.strip() or naming.ascii_words(label) else ""
        own = naming.slug(naming.plural(naming.words(name)), ())
        slug = naming.slug(draft.path or spoken, slugs, fallback=own)
        slugs.add(slug)
        snake = naming.attribute(name, ())
        return PlannedEntity(
            item_id=draft.item_id,
            name=name,
            snake=snake,
            snake_plural=naming.attribute(slug, (), fallback=snake),
            slug=slug,
            label=label,
            label_plural=label_plural,
            description=draft.description,
            fields=self._columns(draft),
            relations=(),
            managed=draft.managed,
            account=is_account(draft),
            unlisted=draft.unlisted,
            icon=icon_for(draft.name),
        )

    def _columns(self, draft: Draft) -> tuple[PlannedField, ...]:
        columns: list[PlannedField] = []
        for key, wish in draft.columns.items():
            built_in = TIMESTAMP_COLUMNS.get(key) or (is_account(draft) and ACCOUNT_COLUMNS.get(key))
            if built_in:
                self.members[(draft.key, key)] = built_in
                continue
            if key in draft.links:
                continue
            taken = self.taken[draft.key]
            column = plan_column(wish, taken)
            if is_account(draft):
                column = replace(column, required=False)
            taken |= {column.name, f"{column.name}_id"}
            self.members[(draft.key, key)] = column.name
            columns.append(column)
        return tuple(columns)

    def _relations(self, draft: Draft, entities: Mapping[str, PlannedEntity]) -> tuple[PlannedRelation, ...]:
        relations: list[PlannedRelation] = []
        targets = [link.target for link in draft.links.values()]
        for key, link in draft.links.items():
            taken = self.taken[draft.key]
            holding_ids = {held.removesuffix("_id") for held in taken if held.endswith("_id")}
            name = naming.attribute(
                link.name, taken | holding_ids, fallback=naming.attribute(self.classes[link.target], ())
            )
            taken |= {name, f"{name}_id"}
            plural = entities[draft.key].snake_plural
            reverse = plural if targets.count(link.target) == 1 else f"{name}_of_{plural}"
            reverse = naming.attribute(
                reverse,
                self.taken[link.target] | {name} if link.target == draft.key else self.taken[link.target],
            )
            self.taken[link.target].add(reverse)
            self.members[(draft.key, key)] = name
            relations.append(
                PlannedRelation(
                    item_id=link.item_id,
                    name=name,
                    label=naming.shortened(naming.words(link.name)),
                    kind=link.kind,
                    target=self.classes[link.target],
                    related_name=reverse,
                    required=link.required and not is_account(draft),
                    managed=link.managed,
                )
            )
        return tuple(relations)

    def _unique(self, draft: Draft) -> PlannedUnique | None:
        if not draft.together:
            return None
        names = tuple(self.members[(draft.key, key)] for key in draft.together.keys)
        unless = self.members.get((draft.key, draft.together.unless), "")
        return PlannedUnique(names, unless, self._stored(draft, unless), draft.together.message)

    def _stored(self, draft: Draft, column: str) -> str:
        """What the database holds where that choice was made."""
        assert draft.together
        wish = draft.columns[draft.together.unless] if column else None
        planned = plan_column(wish, set()) if wish else None
        choices = planned.choices if planned else ()
        return next(
            (
                c.value
                for c in choices
                if c.label.lower() == draft.together.value.lower() or c.value == draft.together.value
            ),
            draft.together.value,
        )

    def _listed(self, entity: PlannedEntity, entities: Sequence[PlannedEntity]) -> bool:
        """Parts of something else (a comment of a recipe) live on its page, unless a screen shows them."""
        wished = next(
            draft for key, draft in self.drafts.items() if self.classes[key] == entity.name
        ).has_page
        part = any(r.kind == "belongs_to" and r.required and r.target != "User" for r in entity.relations)
        return wished or not part or len(entities) == 1


def is_account(draft: Draft) -> bool:
    """An entity called User is the sign-in account itself."""
    return draft.key == ACCOUNT


def _fillable(entities: tuple[PlannedEntity, ...], notes: list[str]) -> tuple[PlannedEntity, ...]:
    """Make optional the links that close a circle: in a circle of required links no first record exists."""
    settled: dict[str, PlannedEntity] = {entity.name: entity for entity in entities}

    def reaches(start: str, goal: str, seen: set[str]) -> bool:
        if start == goal:
            return True
        seen.add(start)
        onward = {relation.target for relation in settled[start].relations if relation.required}
        return any(reaches(name, goal, seen) for name in onward if name not in seen)

    for entity in entities:
        for relation in entity.relations:
            if relation.required and reaches(relation.target, entity.name, set()):
                loose = replace(relation, required=False)
                kept = settled[entity.name].relations
                kept = tuple(loose if one.name == loose.name else one for one in kept)
                settled[entity.name] = replace(settled[entity.name], relations=kept)
                who = naming.sentence(entity.label)
                notes.append(f"{who} may be without {relation.label}: each would need the other first.")
    return tuple(settled.values())
