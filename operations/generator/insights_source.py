"""What the insights block can count, add up and group by: chosen from fields by type and by name."""

from __future__ import annotations

from operations.generator import naming
from operations.generator.model import Plan, PlannedEntity, PlannedField
from operations.generator.python_source import call, literal, sequence

# Numbers that say which one or where, not how much.
NO_MEASURES = frozenset(
    """
    year position rank order number code latitude longitude lat lng lon x y z floor row column zip postcode
    id index version port month day week
    """.split()
)
# Numbers whose mean says more than their total.
AVERAGED = frozenset(
    """
    rating score age temperature percent percentage rate ratio level humidity pressure speed load usage
    utilization value reading grade gpa margin weight height voltage bpm progress latency target limit
    discount altitude ph satisfaction
    """.split()
)
# Money that is set for a thing, not spent on it: the prices of a catalogue do not add up.
SET = frozenset("price cost fee rent salary wage".split())
# A date with one of these words tells when something is planned, not when it happened.
PLANNED = frozenset(
    "due deadline expires expiry expiration until end ends valid return returns birth birthday dob".split()
)
# Nor does the beginning of what also has an end: a campaign is there before and after its first day.
BEGINNING = frozenset("start starts begin begins from".split())
MOST_MEASURES, MOST_CATEGORIES = 4, 6


def subjects(plan: Plan) -> list[str]:
    """Source of a `Subject` for every entity people look through, parts with numbers or times included."""
    chosen = [entity for entity in plan.entities if not entity.account and (entity.listed or _tells(entity))]
    return [_subject(entity) for entity in chosen]


def _tells(entity: PlannedEntity) -> bool:
    return bool(_time(entity)) and bool(_sums(entity) or _averages(entity))


def _subject(entity: PlannedEntity) -> str:
    given = [literal(entity.name)]
    if time := _time(entity):
        given.append(f"time={literal(time)}")
    for name, values in (
        ("sums", _sums(entity)),
        ("averages", _averages(entity)),
        ("categories", _categories(entity)),
    ):
        if values:
            given.append(sequence(f"{name}=", values, indent=2))
    if entity.title_field is not None:
        given.append(f"title={literal(entity.title_field.name)}")
    return call("Subject", given, indent=1)


def _time(entity: PlannedEntity) -> str:
    dated = [f for f in entity.fields if f.type in ("date", "datetime") and f.required]
    lasts = any(_words(f) & {"end", "ends", "until", "to"} for f in entity.fields)
    planned = PLANNED | BEGINNING if lasts else PLANNED
    happened = [f for f in dated if not _words(f) & planned]
    return next((f.name for f in happened), "")


def _sums(entity: PlannedEntity) -> list[str]:
    """Money first, then amounts."""
    found = [f for f in _measures(entity) if not _words(f) & AVERAGED and not _words(f) & SET]
    return [f.name for f in sorted(found, key=lambda f: f.type != "money")][:MOST_MEASURES]


def _averages(entity: PlannedEntity) -> list[str]:
    found = [f for f in _measures(entity) if _words(f) & (AVERAGED | SET)]
    return [f.name for f in found][:MOST_MEASURES]


def _measures(entity: PlannedEntity) -> list[PlannedField]:
    numbers = [f for f in entity.fields if f.type in ("integer", "decimal", "money") and not f.choices]
    return [f for f in numbers if f.type == "money" or not _words(f) & NO_MEASURES]


def _categories(entity: PlannedEntity) -> list[str]:
    choices = [f.name for f in entity.fields if f.type == "choice"]
    links = [r.name for r in entity.relations if r.kind == "belongs_to"]
    flags = [f.name for f in entity.fields if f.type == "boolean"]
    return [*choices, *links, *flags][:MOST_CATEGORIES]


def _words(column: PlannedField) -> set[str]:
    return set(naming.ascii_words(column.name)) | set(naming.ascii_words(column.label))
