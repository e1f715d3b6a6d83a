"""How much of what people asked for is in the plan, and how much of the plan they asked for.

Reads `conversations/judged/*.yaml` (`conversations/README.md` explains the notation), holds every
conversation with the offline Architect and compares the last plan with what was expected, part by part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from blueprints.architect.offline.design import color_value
from blueprints.architect.port import PastMessage, Turn
from blueprints.schemas import BlueprintDocument, Entity
from tests.architect.holding import hold_turn

FOLDER = Path(__file__).parent / "conversations" / "judged"
KEYS = {
    "held_out", "template", "say", "entities", "may", "relations", "may_relate", "may_relate_all", "permissions",
    "permissions_any", "screens", "theme", "style", "radius", "colors", "color_names", "decided", "rule_kinds",
    "free_rules", "name", "build",
}  # fmt: skip


@dataclass
class Count:
    """`found` of `expected` are in the plan; `extra` of the plan's were not asked for."""

    expected: int = 0
    found: int = 0
    given: int = 0
    extra: int = 0
    misses: list[str] = field(default_factory=list)

    def __iadd__(self, other: Count) -> Count:
        self.expected += other.expected
        self.found += other.found
        self.given += other.given
        self.extra += other.extra
        self.misses += other.misses
        return self

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        return 1 - self.extra / self.given if self.given else 1.0


Score = dict[str, Count]  # part ("entities", "fields", "types", "relations", "permissions", "other") → count


@dataclass(frozen=True)
class Judged:
    name: str
    held_out: bool
    score: Score
    document: BlueprintDocument
    replies: tuple[str, ...]


def conversations() -> Mapping[str, dict[str, Any]]:
    """Every judged conversation by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, body in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if unknown := set(body) - KEYS:
                raise ValueError(f"{path.name}: {name}: unknown keys {sorted(unknown)}")
            found[f"{path.stem}: {name}"] = body
    return found


def judge(name: str, expected: Mapping[str, Any]) -> Judged:
    """Hold one conversation and score its last plan."""
    document = BlueprintDocument(feature_name="My app")
    history: list[PastMessage] = []
    built = build_requested = False
    for number, message in enumerate(expected["say"], start=1):
        turn = Turn(
            document, message, f"message-{number}", tuple(history), document.feature_name,
            expected.get("template", "blank-service"), built,
        )  # fmt: skip
        reply, proposal = hold_turn(turn)
        document, build_requested = proposal.document, proposal.build_requested
        built = built or build_requested
        history += [PastMessage("user", message), PastMessage("architect", reply)]
    score = score_plan(document, expected, build_requested=build_requested)
    replies = tuple(past.content for past in history if past.role == "architect")
    return Judged(name, bool(expected.get("held_out")), score, document, replies)


def score_plan(document: BlueprintDocument, expected: Mapping[str, Any], *, build_requested: bool) -> Score:
    names, entities = _entities(document, expected)
    fields, types = _fields(names, expected)
    return {
        "entities": entities,
        "fields": fields,
        "types": types,
        "relations": _relations(document, names, expected),
        "permissions": _permissions(document, names, expected),
        "other": _other(document, expected, build_requested),
    }


def _entities(document: BlueprintDocument, expected: Mapping[str, Any]) -> tuple[dict[str, Entity], Count]:
    """The entity that stands for each expected name (its first alternative), and how many there are."""
    count, names = Count(), {}
    for wanted in expected.get("entities", {}):
        key, *others = wanted.split("|")
        entity = next(
            (found for name in (key, *others) if (found := document.entity(name)) is not None), None
        )
        count.expected += 1
        if entity is None:
            count.misses.append(f"no {wanted}")
        else:
            count.found += 1
            names[key] = entity
    allowed = {name for wanted in expected.get("entities", {}) for name in wanted.split("|")}
    allowed |= set(expected.get("may", []))
    for entity in document.sections.data_model.entities:
        count.given += 1
        if entity.name not in allowed:
            count.extra += 1
            count.misses.append(f"unasked {entity.name}")
    return names, count


def _fields(names: Mapping[str, Entity], expected: Mapping[str, Any]) -> tuple[Count, Count]:
    """Fields by name, and the types of those that are there. A relation of the name counts as the field."""
    fields, types = Count(), Count()
    for wanted, parts in expected.get("entities", {}).items():
        if parts == "any":
            continue
        key = wanted.split("|")[0]
        loose = isinstance(parts, dict)
        listed = parts.get("has", []) if loose else parts
        entity = names.get(key)
        columns = {column.name: column.type for column in entity.fields} if entity else {}
        links = {relation.name for relation in entity.relations} if entity else set()
        met: set[str] = set()
        for part in listed:
            alternatives, _, kinds = (piece.strip() for piece in part.partition(":"))
            found = next((n for n in alternatives.split("|") if n in columns or n in links), None)
            fields.expected += 1
            if found is None:
                fields.misses.append(f"no {key}.{alternatives}")
                continue
            fields.found += 1
            met.add(found)
            if kinds and found in columns:
                types.expected += 1
                types.found += columns[found] in kinds.split("|")
                if columns[found] not in kinds.split("|"):
                    types.misses.append(f"{key}.{found} is {columns[found]}, not {kinds}")
        for name in columns:
            fields.given += 1
            if (loose and name in parts.get("not", [])) or (not loose and name not in met):
                fields.extra += 1
                fields.misses.append(f"unasked {key}.{name}")
    return fields, types


def _relations(
    document: BlueprintDocument, names: Mapping[str, Entity], expected: Mapping[str, Any]
) -> Count:
    count = Count()
    present = {
        (entity.name, relation.kind, target.name)
        for entity in document.sections.data_model.entities
        for relation in entity.relations
        if (target := document.entity(relation.target)) is not None
    }
    asked: set[tuple[str, str, str]] = set()
    for wanted in expected.get("relations", []):
        count.expected += 1
        readings = [reading for text in wanted.split("|") for reading in _readings(text, names)]
        if any(reading in present for reading in readings):
            count.found += 1
        else:
            count.misses.append(f"no {wanted}")
        asked.update(readings)
    for text in expected.get("may_relate", []):
        asked.update(_readings(text, names))
    if "relations" in expected and not expected.get("may_relate_all"):
        for relation in sorted(present):
            count.given += 1
            if relation not in asked:
                count.extra += 1
                count.misses.append(f"unasked {' '.join(relation)}")
    return count


def _readings(text: str, names: Mapping[str, Entity]) -> list[tuple[str, str, str]]:
    holder, kind, target = text.split()
    holder, target = (names[name].name if name in names else name for name in (holder, target))
    both = [(holder, kind, target)]
    return [*both, (target, kind, holder)] if kind == "many_to_many" else both


def _permissions(
    document: BlueprintDocument, names: Mapping[str, Entity], expected: Mapping[str, Any]
) -> Count:
    """Only rules a person asked for: a plan's usual ones carry less than full confidence."""
    count = Count()
    present: set[tuple[str, str, str]] = set()
    for rule in document.sections.behaviors.rules:
        entity = document.entity(str(rule.params.get("entity", "")))
        if rule.kind == "access.permission" and entity is not None:
            present.add((entity.name, str(rule.params["action"]), str(rule.params["who"])))
    if "permissions_any" in expected:
        count.expected += 1
        who = set(expected["permissions_any"])
        if any(rule[2] in who for rule in present):
            count.found += 1
        else:
            count.misses.append(f"no permission for {sorted(who)}")
    asked: set[tuple[str, str]] = set()
    for wanted in expected.get("permissions", []):
        name, action, whoever = wanted.split()
        entity = names.get(name)
        count.expected += 1
        asked.add((entity.name if entity else name, action))
        if any((entity.name if entity else name, action, who) in present for who in whoever.split("|")):
            count.found += 1
        else:
            count.misses.append(f"no permission {wanted}")
    if "permissions" in expected:
        holders = {name for name, _ in asked}
        for rule in sorted(present):
            count.given += 1
            if rule[0] not in holders:
                count.extra += 1
                count.misses.append(f"unasked permission {' '.join(rule)}")
    return count


def _other(document: BlueprintDocument, expected: Mapping[str, Any], build_requested: bool) -> Count:
    count = Count()
    for label, held in _facts(document, expected, build_requested):
        count.expected += 1
        count.found += held
        if not held:
            count.misses.append(f"not {label}")
    return count


def _facts(
    document: BlueprintDocument, expected: Mapping[str, Any], build_requested: bool
) -> Iterable[tuple[str, bool]]:
    sections = document.sections
    kinds = {screen.kind for screen in sections.ui_components.components}
    for wanted in expected.get("screens", []):
        yield f"screen {wanted}", bool(kinds & set(wanted.split("|")))
    design = sections.design_system
    if "theme" in expected:
        yield f"theme {expected['theme']}", design.theme == expected["theme"] or design.style == "nocturne"
    if "style" in expected:
        yield f"style {expected['style']}", design.style == expected["style"]
    if "radius" in expected:
        yield f"radius {expected['radius']}", design.border_radius == expected["radius"]
    values = {token.role: token.value.lower() for token in design.colors}
    for role, wanted in expected.get("colors", {}).items():
        yield f"colour {role} {wanted}", values.get(role, "") in wanted.split("|") or bool(values.get(role))
    for wanted in expected.get("color_names", []):
        value = color_value(wanted.split())
        yield f"colour {wanted}", value is not None and value.lower() in values.values()
    decided = {decision.topic: decision.value for decision in document.decisions}
    for topic, value in expected.get("decided", {}).items():
        yield f"decided {topic} {value}", decided.get(topic) == value
    rules = {rule.kind for rule in sections.behaviors.rules}
    for wanted in expected.get("rule_kinds", []):
        yield f"rule {wanted}", bool(rules & set(wanted.split("|")))
    if "free_rules" in expected:
        free = [rule for rule in sections.behaviors.rules if rule.kind == "free"]
        yield f"{expected['free_rules']} free rules", len(free) == expected["free_rules"]
    if "name" in expected:
        yield f"name {expected['name']}", document.feature_name == expected["name"]
    if "build" in expected:
        yield "build requested", build_requested == expected["build"]


def total(judged: Iterable[Judged]) -> Score:
    parts: Score = {}
    for entry in judged:
        for part, count in entry.score.items():
            parts.setdefault(part, Count()).__iadd__(count)
    return parts
