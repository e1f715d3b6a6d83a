"""What happens by itself, as rules of the worker: over which thing, which column, how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.architect.offline.components import PURPOSES, WORKER
from blueprints.architect.offline.derive import words_of
from blueprints.architect.offline.fields import FieldDraft
from blueprints.architect.offline.naming import sentence_case, singular, snake, spaced
from blueprints.architect.offline.referents import LIKELY
from blueprints.architect.offline.statements import Happens
from blueprints.schemas import Entity, EntityField, Scalar

if TYPE_CHECKING:
    from blueprints.architect.offline.planner import Planner

DATES = ("date", "datetime")
_OWN_TIMES = {"creation": "created_at", "created": "created_at", "update": "updated_at"}
_USUALLY = {"job.count": "hour", "job.remind": "hour", "job.digest": "morning"}
Params = dict[str, "Scalar | list[str]"]


def happen(planner: Planner, said: Happens) -> None:
    """Add the rule, with what it needs in the plan. What names nothing known stays a wish in the person's words."""
    entity = _entity(planner, said.noun)
    every = said.every or _USUALLY.get(said.kind, "night")
    made = _RULES[said.kind](planner, said, entity) if entity is not None else None
    if entity is None or made is None:
        planner.plan.set_rule("free", sentence_case(said.text.strip(" .")) + ".", {}, confidence=LIKELY)
        return
    text, params = made
    planner.focus = entity
    often = "" if said.kind == "job.remind" else f"Every {every}, "
    params = {"entity": entity.id, "every": every, **params}
    planner.plan.set_rule(said.kind, sentence_case(f"{often}{text}."), params)
    planner.plan.add_dependency(WORKER, "component", PURPOSES[WORKER])


def _entity(planner: Planner, noun: str) -> Entity | None:
    """What the words name; without any, what was spoken of, or what the app is about."""
    if not noun or noun in ("it", "them", "they"):
        return planner.focus or planner.main()
    known = planner.existing(noun)
    if known is None and planner.lookup(noun) is not None:
        return planner.resolve(noun, confidence=LIKELY)
    return known


def _count(planner: Planner, said: Happens, entity: Entity) -> tuple[str, Params] | None:
    counted = planner.existing(said.of)
    if counted is None or counted is entity:
        return None
    if not any(r.target == entity.id and r.kind == "belongs_to" for r in counted.relations):
        planner.plan.relate(counted, "belongs_to", entity, confidence=LIKELY)
    name = f"{snake(spaced(counted.name))}_count"
    column = planner.plan.find_field(entity, name)
    if not isinstance(column, EntityField):
        column = planner.plan.add_field(entity, FieldDraft(name, "integer", required=False, default=0))
    if column is None or column.type != "integer":
        return None
    text = f"the {words_of(counted).lower()} of each {spaced(entity.name)} are counted"
    return text, {"of": counted.id, "field": column.id}


def _mark(planner: Planner, said: Happens, entity: Entity) -> tuple[str, Params] | None:
    date = _date(planner, entity, said.date) or planner.plan.add_field(
        entity, FieldDraft("due_date", "date", required=False)
    )
    if date is None:
        return None
    many = words_of(entity).lower()
    text = f"{many} past their {spaced(date.name)} are marked {said.value}"
    for column in entity.fields:
        if column.type == "choice" and said.value in [choice.lower() for choice in column.choices]:
            return text, {"field": column.id, "value": said.value, "date": date.id}
    flag = planner.plan.find_field(entity, said.value)
    if not isinstance(flag, EntityField):
        flag = planner.plan.add_field(
            entity, FieldDraft(snake(said.value), "boolean", required=False, default=False)
        )
    if flag is None or flag.type != "boolean":
        return None
    return text, {"field": flag.id, "value": said.value, "date": date.id}


def _archive(planner: Planner, said: Happens, entity: Entity) -> tuple[str, Params] | None:
    text = f"{words_of(entity).lower()} older than {said.days} days go to the archive"
    return text, {"days": said.days}


def _remind(planner: Planner, said: Happens, entity: Entity) -> tuple[str, Params] | None:
    days = f"{said.days} day{'' if said.days == 1 else 's'}"
    one = spaced(entity.name)
    own = next((name for word, name in _OWN_TIMES.items() if word in said.date.lower()), "")
    date = None if own else _date(planner, entity, said.date)
    if said.when == "before" or (said.date and not own):
        if date is None and said.date:
            date = planner.plan.add_field(entity, FieldDraft(snake(said.date), "date", required=False))
        if date is None or date.type not in DATES:
            return None
        text = f"a reminder of each {one} is written {days} {said.when} its {spaced(date.name)}"
        return text, {"days": said.days, "when": said.when, "date": date.id}
    text = f"a reminder of each {one} is written {days} after it was made"
    return text, {"days": said.days, "when": "after"}


def _digest(planner: Planner, said: Happens, entity: Entity) -> tuple[str, Params] | None:
    return f"a digest of new {words_of(entity).lower()} is written", {}


_RULES = {
    "job.count": _count,
    "job.mark": _mark,
    "job.archive": _archive,
    "job.remind": _remind,
    "job.digest": _digest,
}


def _date(planner: Planner, entity: Entity, words: str) -> EntityField | None:
    """The date column these words name; without any, the one that says when something is due, or the only one."""
    named = planner.plan.find_field(entity, singular(words)) if words else None
    if isinstance(named, EntityField) and named.type in DATES:
        return named
    dates = [column for column in entity.fields if column.type in DATES]
    due = [
        column
        for column in dates
        if any(word in column.name for word in ("due", "deadline", "end", "until", "expir"))
    ]
    if words and words.startswith(("due", "deadline")):
        return due[0] if due else None
    return None if words else next(iter(due), dates[0] if len(dates) == 1 else None)
