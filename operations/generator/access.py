"""Who may do what: permission rules made into one table of entity, action and who.

Without accounts everything is open, as the blueprint says nothing else. With accounts, reading stays
open, writing needs a signed-in person, and what belongs to someone is changed by that person; each rule
of the blueprint then says otherwise where it wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from blueprints.schemas import BlueprintDocument, Rule
from operations.generator import naming
from operations.generator.drafts import key_of
from operations.generator.model import ACTIONS, Action, PlannedEntity, PlannedRelation
from operations.generator.tables import Tables

OWNER_NAMES = (
    "owner",
    "author",
    "user",
    "creator",
    "created_by",
    "posted_by",
    "uploaded_by",
    "poster",
    "uploader",
    "member",
    "ordered_by",
    "booked_by",
)


@dataclass(frozen=True)
class Access:
    """`rules` as `Plan.access`; `refused` maps rule ids of the current document to why they cannot hold;
    `placed` maps the others to (class name, actions)."""

    entities: tuple[PlannedEntity, ...]
    rules: Mapping[str, Mapping[Action, str]]
    placed: Mapping[str, tuple[str, tuple[Action, ...]]]
    refused: Mapping[str, str]
    notes: tuple[str, ...]


def plan_access(documents: Sequence[BlueprintDocument], tables: Tables, *, accounts: bool) -> Access:
    if not accounts:
        return _open(documents, tables)
    placed: dict[str, tuple[str, tuple[Action, ...]]] = {}
    refused: dict[str, str] = {}
    notes: list[str] = []
    wished: dict[str, dict[Action, str]] = {
        entity.name: dict(tables.access.get(entity.name, {})) for entity in tables.entities
    }
    for position, document in enumerate(documents):
        for rule in document.sections.behaviors.rules:
            if rule.kind != "access.permission":
                continue
            name, actions, why = _read(rule, document, tables)
            if not why:
                wished[name].update(dict.fromkeys(actions, _who(rule)))
            if position == len(documents) - 1:
                if why:
                    refused[rule.id] = why
                else:
                    placed[rule.id] = (name, actions)
    entities = tuple(_with_owner(entity, wished[entity.name], notes) for entity in tables.entities)
    rules = {entity.name: _complete(entity, wished[entity.name]) for entity in entities}
    return Access(entities, rules, placed, refused, tuple(notes))


def _open(documents: Sequence[BlueprintDocument], tables: Tables) -> Access:
    """Every rule says "anyone" here, or accounts would be on."""
    placed = {}
    for rule in documents[-1].sections.behaviors.rules if documents else []:
        if rule.kind == "access.permission":
            name, actions, why = _read(rule, documents[-1], tables)
            if not why:
                placed[rule.id] = (name, actions)
    refused = {
        rule.id: "It names no entity of the plan."
        for rule in (documents[-1].sections.behaviors.rules if documents else [])
        if rule.kind == "access.permission" and rule.id not in placed
    }
    rules = {entity.name: dict.fromkeys(ACTIONS, "anyone") for entity in tables.entities}
    return Access(tables.entities, rules, placed, refused, ())


def _read(rule: Rule, document: BlueprintDocument, tables: Tables) -> tuple[str, tuple[Action, ...], str]:
    """(class name, actions, "") or ("", (), why the rule cannot hold)."""
    wished = document.entity(str(rule.params.get("entity", "")))
    name = tables.places.get(wished.id, "") if wished else ""
    if wished and not name:
        name = next((e.name for e in tables.entities if key_of(e.name) == key_of(wished.name)), "")
    if not name:
        return "", (), "It names no entity of the plan."
    action = str(rule.params.get("action", "*"))
    if action == "*":
        return name, ACTIONS, ""
    known: tuple[Action, ...] = tuple(a for a in ACTIONS if a == action or (action == "read" and a == "list"))
    return (name, known, "") if known else ("", (), f"“{action}” is not something a person can do here.")


def _who(rule: Rule) -> str:
    who = str(rule.params.get("who", "anyone")).strip().lower()
    return (
        who if who in ("anyone", "signed_in", "owner") else "_".join(naming.ascii_words(who)) or "signed_in"
    )


def _with_owner(entity: PlannedEntity, wished: Mapping[Action, str], notes: list[str]) -> PlannedEntity:
    """Find or add the relation to the account that made a record, where anything depends on it."""
    if entity.account or entity.managed:
        return entity
    links = [r for r in entity.relations if r.target == "User" and r.kind == "belongs_to"]
    owner = next((r for r in links if r.name in OWNER_NAMES), None)
    if owner is None and "owner" in wished.values():
        owner = links[0] if links else None
        if owner is None:
            taken = {f.name for f in entity.fields} | {r.name for r in entity.relations}
            name = naming.attribute("owner", taken)
            owner = PlannedRelation(
                "", name, "owner", "belongs_to", "User", f"{name}_of_{entity.snake_plural}", required=False
            )
            entity = replace(entity, relations=(*entity.relations, owner))
            notes.append(f"Every {entity.label} remembers who made it, so that its owner may change it.")
    if owner is None:
        return entity
    kept = tuple(replace(r, managed=r.managed or r.name == owner.name) for r in entity.relations)
    return replace(entity, relations=kept, owner=owner.name)


def _complete(entity: PlannedEntity, wished: Mapping[Action, str]) -> dict[Action, str]:
    writer = "owner" if entity.owner else "signed_in"
    usual: dict[Action, str] = {
        "list": "anyone",
        "read": "anyone",
        "create": "signed_in",
        "update": writer,
        "delete": writer,
    }
    complete = {**usual, **wished}
    if complete["create"] == "owner" or (entity.owner and complete["create"] == "anyone"):
        complete["create"] = "signed_in"  # nobody owns a record before it exists
    return complete
