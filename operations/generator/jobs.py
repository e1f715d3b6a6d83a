"""Rules about the worker made into jobs: which records, which columns, how often, or why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from blueprints.schemas import BlueprintDocument, Rule, Scalar
from operations.generator import naming
from operations.generator.manifest import manifests
from operations.generator.model import PlannedEntity, PlannedField, PlannedJob
from operations.generator.tables import Tables

_Arguments = tuple[tuple[str, Scalar], ...]

WORKER = "worker"
NUMBERS = ("integer", "decimal")
DATES = ("date", "datetime")
OWN_DATES = ("created_at", "updated_at")


@dataclass(frozen=True)
class Jobs:
    """`entities` are those given, with the columns that jobs write marked as managed. `refused` maps rule
    ids of the current document to why no job can do what they say."""

    entities: tuple[PlannedEntity, ...]
    jobs: tuple[PlannedJob, ...]
    refused: Mapping[str, str]


class _Refused(Exception):
    """`str(error)` is a sentence for people."""


def plan_jobs(
    documents: Sequence[BlueprintDocument], tables: Tables, entities: tuple[PlannedEntity, ...]
) -> Jobs:
    """One job per rule of the kinds that the worker offers; two rules that say the same are one job."""
    planned: dict[str, PlannedJob] = {}
    refused: dict[str, str] = {}
    for position, document in enumerate(documents):
        for rule in document.sections.behaviors.rules:
            if rule.kind not in manifests()[WORKER].rules:
                continue
            try:
                job = _Reading(rule, document, tables, entities).job()
            except _Refused as error:
                if position == len(documents) - 1:
                    refused[rule.id] = str(error)
                continue
            current = position == len(documents) - 1
            held = planned.get(job.name)
            item = job.item_id if current else held.item_id if held else ""
            planned[job.name] = replace(job, item_id=item)
    jobs = tuple(planned.values())
    return Jobs(tuple(_with_managed(entity, jobs) for entity in entities), jobs, refused)


@dataclass(frozen=True)
class _Reading:
    rule: Rule
    document: BlueprintDocument
    tables: Tables
    entities: tuple[PlannedEntity, ...]

    def job(self) -> PlannedJob:
        """Raises _Refused."""
        make = {
            "job.count": self._count,
            "job.mark": self._mark,
            "job.archive": self._archive,
            "job.remind": self._remind,
            "job.digest": self._digest,
        }[self.rule.kind]
        job = make(self._entity("entity"))
        return replace(
            job,
            item_id=self.rule.id,
            title=self.rule.text or self.rule.kind,
            every=str(self._param("every")),
        )

    def _count(self, entity: PlannedEntity) -> PlannedJob:
        counted = self._entity("of")
        link = next(
            (r for r in counted.relations if r.target == entity.name and r.kind == "belongs_to"), None
        )
        if link is None:
            raise _Refused(f"{naming.sentence(counted.label_plural)} do not belong to a {entity.label}.")
        column = self._column(entity, NUMBERS, "number")
        arguments = (("model", entity.name), ("field", column.name), ("related", link.related_name))
        name = f"count {counted.label_plural} of {entity.label_plural}"
        return self._job(name, "Count", arguments, entity, writes=column.name)

    def _mark(self, entity: PlannedEntity) -> PlannedJob:
        column = self._column(entity, ("boolean", "choice"), "box or choice")
        wished = str(self._param("value"))
        value: Scalar = True
        if column.type == "choice":
            known = {choice.value.lower(): choice.value for choice in column.choices}
            if wished.lower() not in known:
                raise _Refused(f"“{wished}” is none of the choices of {column.label}.")
            value = known[wished.lower()]
        date = self._date(entity, own=False)
        arguments: _Arguments = (
            ("model", entity.name),
            ("field", column.name),
            ("value", value),
            ("date", date),
        )
        writes = column.name if column.type == "boolean" else ""
        return self._job(
            f"mark {column.label} {entity.label_plural}", "Mark", arguments, entity, writes=writes
        )

    def _archive(self, entity: PlannedEntity) -> PlannedJob:
        arguments: _Arguments = (("model", entity.name), ("days", self._days()), *self._dated(entity))
        return self._job(f"archive {entity.label_plural}", "Archive", arguments, entity)

    def _remind(self, entity: PlannedEntity) -> PlannedJob:
        days, when = self._days(), str(self._param("when"))
        dated = self._dated(entity)
        if when == "before" and not dated:
            raise _Refused(f"A {entity.label} has no date before which somebody could be reminded.")
        given = (("when", "before"),) if when == "before" and days else ()
        arguments: _Arguments = (
            ("model", entity.name),
            ("days", days),
            *given,
            *dated,
        )
        name = f"remind of {entity.label_plural} {days} days {when}"
        return self._job(name, "Remind", arguments, entity)

    def _digest(self, entity: PlannedEntity) -> PlannedJob:
        return self._job(f"digest of {entity.label_plural}", "Summarize", (("model", entity.name),), entity)

    def _job(
        self,
        words: str,
        action: str,
        arguments: _Arguments,
        entity: PlannedEntity,
        *,
        writes: str = "",
    ) -> PlannedJob:
        name = naming.slug(words, (), fallback=f"{action.lower()}-{entity.snake}")
        return PlannedJob(name=name, action=action, arguments=arguments, entity=entity.name, writes=writes)

    def _entity(self, parameter: str) -> PlannedEntity:
        wished = self.document.entity(str(self._param(parameter)))
        name = self.tables.identities.get(f"{self.document.feature_name}/{wished.id}", "") if wished else ""
        entity = next((one for one in self.entities if one.name == name), None)
        if entity is None:
            raise _Refused("It names no entity of the plan.")
        if entity.account or entity.managed:
            raise _Refused(f"The worker leaves {entity.label_plural} alone.")
        return entity

    def _column(self, entity: PlannedEntity, types: tuple[str, ...], what: str) -> PlannedField:
        name = self._named(entity, str(self._param("field")))
        column = next((f for f in entity.fields if f.name == name and f.type in types), None)
        if column is None:
            raise _Refused(f"A {entity.label} has no {what} that could say so.")
        if column.unique:
            raise _Refused(f"{naming.sentence(column.label)} is unique to each {entity.label}.")
        return column

    def _date(self, entity: PlannedEntity, *, own: bool) -> str:
        """The date column that is named, else the only one there is; one's own times count with `own`."""
        wished = str(self._param("date"))
        name = self._named(entity, wished)
        if own and wished in ("", *OWN_DATES):
            return wished or OWN_DATES[0]
        dates = [f.name for f in entity.fields if f.type in DATES]
        if name in dates:
            return name
        if wished or len(dates) != 1:
            raise _Refused(f"A {entity.label} has no {naming.words(wished) or 'single'} date to go by.")
        return dates[0]

    def _dated(self, entity: PlannedEntity) -> _Arguments:
        date = self._date(entity, own=True)
        return () if date == OWN_DATES[0] else (("date", date),)

    def _named(self, entity: PlannedEntity, wished: str) -> str:
        """The column this name or item id became."""
        places = self.tables.identities
        place = places.get(f"{self.document.feature_name}/{wished}", "")
        if place.startswith(f"{entity.name}."):
            return place.partition(".")[2]
        key = re.sub(r"[\W_]", "", wished).lower()
        return next((f.name for f in entity.fields if f.name.replace("_", "") == key), "")

    def _days(self) -> int:
        days = self._param("days")
        return int(days) if isinstance(days, int | float) else 0

    def _param(self, name: str) -> Scalar | list[str]:
        parameter = manifests()[WORKER].rules[self.rule.kind].params[name]
        given = self.rule.params.get(name, parameter.default)
        return parameter.default if parameter.refusal(given) else given


def _with_managed(entity: PlannedEntity, jobs: Sequence[PlannedJob]) -> PlannedEntity:
    written = {job.writes for job in jobs if job.entity == entity.name and job.writes}
    if not written:
        return entity
    return replace(entity, fields=tuple(_written(f) if f.name in written else f for f in entity.fields))


def _written(column: PlannedField) -> PlannedField:
    """A column that people do not fill in needs a value to begin with."""
    begin: Scalar = False if column.type == "boolean" else 0
    return replace(
        column, managed=True, required=True, default=begin if column.default is None else column.default
    )
