"""Documents and blocks' needs merged into drafts of entities, by name, before anything is made safe.

The documents come in the order they were built, the current one last: entities of the same name are
one, and the later word wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from blueprints.schemas import (
    BlueprintDocument,
    Entity,
    EntityField,
    Relation,
    RelationKind,
)
from operations.generator import naming
from operations.generator.columns import WishedColumn
from operations.generator.manifest import RequiredField
from operations.generator.model import Action

SHOWING_KINDS = ("list", "page", "board", "gallery", "feed", "calendar", "search")

ACCOUNT = "user"


@dataclass(frozen=True)
class WishedLink:
    """A wished relation; `target` is the key of a draft."""

    name: str
    kind: RelationKind
    target: str
    required: bool
    item_id: str = ""
    managed: bool = False


@dataclass(frozen=True)
class Together:
    """Keys of columns in which no two records agree, those aside whose column `unless` holds `value`."""

    keys: tuple[str, ...]
    unless: str
    value: str
    message: str


@dataclass
class Draft:
    """An entity while documents are being merged. `key` is how documents recognise it, `path` the segment
    its endpoints wish for ("/api/todos/" → "todos")."""

    key: str
    name: str
    plural: str = ""
    description: str = ""
    item_id: str = ""
    managed: bool = False
    has_page: bool = False
    unlisted: bool = False
    access: dict[Action, str] = field(default_factory=dict)
    together: Together | None = None
    path: str = ""
    columns: dict[str, WishedColumn] = field(default_factory=dict)
    links: dict[str, WishedLink] = field(default_factory=dict)


@dataclass
class Drafts:
    """`places` maps "<feature name>/<item id>" to (entity key, member key or ""); `lost` maps item ids
    of the current document that cannot be planned to the reason."""

    by_key: dict[str, Draft] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def key_of(name: str) -> str:
    """How two documents recognise the same name: "Shopping list" and "ShoppingList" are one."""
    return "".join(naming.ascii_words(name)) or name.strip().casefold()


def merge(documents: Sequence[BlueprintDocument]) -> Drafts:
    drafts = Drafts()
    for position, document in enumerate(documents):
        _merge_document(drafts, document, current=position == len(documents) - 1)
    return drafts


def settle(drafts: Drafts) -> None:
    """Drop links that lead nowhere. Accounts are there although no document speaks of them."""
    there = {*drafts.by_key, ACCOUNT}
    for draft in drafts.by_key.values():
        draft.links = {key: link for key, link in draft.links.items() if link.target in there}


def _merge_document(drafts: Drafts, document: BlueprintDocument, *, current: bool) -> None:
    entities = document.sections.data_model.entities
    for entity in entities:
        draft = drafts.by_key.setdefault(key_of(entity.name), Draft(key_of(entity.name), entity.name))
        draft.name = entity.name
        draft.plural = entity.plural or draft.plural
        draft.description = entity.description or draft.description
        draft.item_id = entity.id if current else draft.item_id
        drafts.places[f"{document.feature_name}/{entity.id}"] = (draft.key, "")
    for entity in entities:
        for column in entity.fields:
            key = key_of(column.name)
            drafts.by_key[key_of(entity.name)].columns[key] = column_of(column, column.id if current else "")
            drafts.places[f"{document.feature_name}/{column.id}"] = (key_of(entity.name), key)
        for relation in entity.relations:
            _merge_relation(drafts, document, entity, relation, current)
    for endpoint in document.sections.api_endpoints.endpoints:
        segments = [segment for segment in endpoint.path.split("/") if segment]
        holder = document.entity(endpoint.entity) if endpoint.entity else None
        if holder and len(segments) == 2 and segments[0] == "api":
            drafts.by_key[key_of(holder.name)].path = segments[1]
    for component in document.sections.ui_components.components:
        for reference in component.entities if component.kind in SHOWING_KINDS else []:
            if shown := document.entity(reference):
                drafts.by_key[key_of(shown.name)].has_page = True


def _merge_relation(
    drafts: Drafts, document: BlueprintDocument, entity: Entity, relation: Relation, current: bool
) -> None:
    target = document.entity(relation.target)
    if target is None:
        if current:
            drafts.lost[relation.id] = "It points to an entity that is not in the plan."
        return
    draft, key = drafts.by_key[key_of(entity.name)], key_of(relation.name)
    draft.links[key] = WishedLink(
        relation.name, relation.kind, key_of(target.name), relation.required, relation.id if current else ""
    )
    drafts.places[f"{document.feature_name}/{relation.id}"] = (draft.key, key)


def column_of(wish: EntityField | RequiredField, item_id: str) -> WishedColumn:
    return WishedColumn(
        name=wish.name,
        type=wish.type,
        required=wish.required,
        unique=wish.unique,
        choices=wish.choices,
        default=wish.default,
        minimum=wish.minimum,
        maximum=wish.maximum,
        help=wish.help,
        item_id=item_id,
    )
