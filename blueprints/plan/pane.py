"""What the workspace shows of the plan: the document, and what is to be said of each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from re import sub
from typing import Any, Literal
from uuid import UUID

from blueprints import frame, readiness, store
from blueprints.changes import compare
from blueprints.editing import EVERYTHING
from blueprints.models import Blueprint, BlueprintMessage
from blueprints.plan import items
from blueprints.plan.remarks import Remark, by_item
from blueprints.references.cards import ReferenceCard, of_plan
from blueprints.schemas import BlueprintDocument, Item, SectionStatus
from blueprints.services import current_blueprint
from studio.access import Viewer
from studio.models import Project

Level = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Mark:
    """Whether an item stands in the built app: met, partial or unmet, and what shows it."""

    status: str
    reason: str = ""
    location: str = ""


@dataclass(frozen=True)
class Note:
    """What stands beside an item of the plan. `delta` is "new", "changed" or "" since the last turn; `locks`
    names what a person edited of it ("" nothing)."""

    delta: str = ""
    mark: Mark | None = None
    blocker: str = ""
    level: Level = "high"
    locks: str = ""


@dataclass(frozen=True)
class LastChange:
    """What made the plan what it is: `removed` are the names of what it took out, with their kind."""

    by: str
    created_at: datetime
    summary: str
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """One leaf of the readiness sprig; `anchor` is the id of its section."""

    label: str
    anchor: str
    status: SectionStatus | Literal["blocked"]


@dataclass(frozen=True)
class PlanPane:
    """`notes` and `names` are by item id; `statuses` by section (wire names). `judged` items, of which
    `unmet` do not stand in the app, are those of `built_version`."""

    document: BlueprintDocument
    version: int
    percent: int
    ready: bool
    leaves: tuple[Leaf, ...]
    statuses: Mapping[str, SectionStatus]
    notes: Mapping[str, Note]
    names: Mapping[str, str]
    built_version: int | None
    unmet: int
    judged: int
    references: tuple[ReferenceCard, ...] = ()
    last: LastChange | None = None
    name_locks: str = ""
    design_locks: str = ""
    design_changed: bool = False
    remarks: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)


MarkSource = Callable[[Blueprint], Mapping[str, Mark]]
_mark_sources: list[MarkSource] = []


def register_marks(source: MarkSource) -> None:
    """Let an app above tell what became of each item (operations: the ledger of the last build)."""
    _mark_sources.append(source)


def plan(project: Project, viewer: Viewer) -> PlanPane:
    blueprint = current_blueprint(project)
    document = blueprint.document if blueprint else BlueprintDocument(feature_name=project.name)
    pane = _pane(document, blueprint, blueprint.version if blueprint else 0)
    return replace(pane, remarks=by_item(blueprint, viewer))


def as_it_stood(blueprint: Blueprint, version: int) -> PlanPane:
    """An earlier version, to look at: nothing is said of what became of its items since."""
    pane = _pane(store.document_at(blueprint, version), None, version)
    return replace(pane, references=of_plan(blueprint) if pane.document.references else ())


def _pane(document: BlueprintDocument, blueprint: Blueprint | None, version: int) -> PlanPane:
    statuses = readiness.section_statuses(document)
    blockers = readiness.assess(document)
    leaves = _leaves(document, statuses, {blocker.item for blocker in blockers})
    marks = _marks(blueprint)
    turn = _last_turn(blueprint)
    notes = _notes(document, blueprint, turn, marks, {blocker.item: blocker.message for blocker in blockers})
    before = (
        store.document_at(blueprint, blueprint.version - 1)
        if blueprint is not None and turn is not None
        else document
    )
    return PlanPane(
        document=document,
        version=version,
        percent=100 if not blockers else _percent(leaves),
        ready=not blockers,
        leaves=leaves,
        statuses=statuses,
        notes=notes,
        names={item.id: getattr(item, "name", "") for item in document.items()},
        built_version=blueprint.built_version if blueprint else None,
        unmet=sum(1 for mark in marks.values() if mark.status == "unmet"),
        judged=len(marks),
        references=of_plan(blueprint),
        last=_last(turn, before),
        name_locks=_locks([name for name in document.locked if not name.startswith(frame.DESIGN)]),
        design_locks=_locks(
            [name.rpartition(".")[2] for name in document.locked if name.startswith(frame.DESIGN)]
        ),
        design_changed=any(name.startswith(frame.DESIGN) for name in frame.changed(before, document)),
    )


def _leaves(
    document: BlueprintDocument, statuses: Mapping[str, SectionStatus], blocked: set[str]
) -> tuple[Leaf, ...]:
    asked = any(question.id in blocked for question in document.open_questions)
    settled: SectionStatus = "complete" if document.decisions or statuses["dataModel"] != "empty" else "empty"
    return (
        Leaf("Data", "plan-data", statuses["dataModel"]),
        Leaf("API", "plan-api", statuses["apiEndpoints"]),
        Leaf("Screens", "plan-screens", statuses["uiComponents"]),
        Leaf("Rules", "plan-rules", statuses["behaviors"]),
        Leaf("Design", "plan-design", statuses["designSystem"]),
        Leaf("Questions", "plan-questions", "blocked" if asked else settled),
    )


def _percent(leaves: tuple[Leaf, ...]) -> int:
    """How far along an unfinished plan is: never 100, design and rules are optional."""
    worth = {"complete": 1.0, "partial": 0.5}
    needed = [leaf for leaf in leaves if leaf.anchor not in ("plan-design", "plan-rules")]
    return min(95, round(100 * sum(worth.get(leaf.status, 0) for leaf in needed) / len(needed)))


def _marks(blueprint: Blueprint | None) -> dict[str, Mark]:
    if blueprint is None:
        return {}
    return {item: mark for source in _mark_sources for item, mark in source(blueprint).items()}


def _notes(
    document: BlueprintDocument,
    blueprint: Blueprint | None,
    turn: BlueprintMessage | None,
    marks: Mapping[str, Mark],
    blockers: Mapping[str, str],
) -> dict[str, Note]:
    changes = _last_changes(turn)
    unbuilt = _changed_since_build(document, blueprint)
    return {
        item.id: Note(
            delta=changes.get(item.id, ""),
            mark=None if item.id in unbuilt else marks.get(item.id),
            blocker=blockers.get(item.id, ""),
            level=_level(item),
            locks=_locks(item.locked),
        )
        for item in document.items()
    }


def _locks(names: Sequence[str]) -> str:
    """ "name, type" of wire names, "all of it" of the lock that stands for everything."""
    if EVERYTHING in names:
        return "all of it"
    return ", ".join(sub("([A-Z])", lambda found: f" {found[1].lower()}", name) for name in names)


def _last_turn(blueprint: Blueprint | None) -> BlueprintMessage | None:
    """The turn, edit or restore that made the version that stands."""
    if blueprint is None or not blueprint.version:
        return None
    made = blueprint.messages.filter(blueprint_version=blueprint.version).select_related("author")
    return made.defer("blueprint_snapshot").order_by("-number").first()


def _last(turn: BlueprintMessage | None, before: BlueprintDocument) -> LastChange | None:
    summary = str(turn.changes.get("summary", "")) if turn else ""
    if turn is None or not summary:
        return None
    gone = [key for key in turn.changes.get("removed", ()) if items.is_item(before, key)]
    person = turn.author.get_full_name() or turn.author.get_username() if turn.author else ""
    return LastChange(
        by=person or "the Architect",
        created_at=turn.completed_at or turn.created_at,
        summary=summary,
        removed=tuple(f"{items.find(before, key).kind.word} {items.label(before, key)}" for key in gone),
    )


def _last_changes(turn: BlueprintMessage | None) -> dict[str, str]:
    """Item id → "new" or "changed", for what the turn that made this version did."""
    changes: dict[str, Any] = turn.changes if turn else {}
    return dict.fromkeys(changes.get("changed", ()), "changed") | dict.fromkeys(
        changes.get("added", ()), "new"
    )


def _changed_since_build(document: BlueprintDocument, blueprint: Blueprint | None) -> set[str]:
    """Item ids of which the last build had another version: what became of that one says nothing of this."""
    if blueprint is None or blueprint.built_version is None or blueprint.version <= blueprint.built_version:
        return set()
    turn = blueprint.messages.filter(blueprint_version=blueprint.built_version).order_by("-number").first()
    if turn is None or turn.blueprint_snapshot is None:
        return set()
    return set(compare(BlueprintDocument.model_validate(turn.blueprint_snapshot), document).changed)


def _level(item: Item) -> Level:
    if item.confidence >= 0.8:
        return "high"
    return "medium" if item.confidence >= 0.5 else "low"


@dataclass(frozen=True)
class PlanCount:
    """The number on the plan's tab, where the plan itself is out of sight."""

    blockers: int


def plan_count(project: Project, viewer: Viewer) -> PlanCount | None:
    blueprint = current_blueprint(project)
    blockers = len(blueprint.blockers) if blueprint and blueprint.version else 0
    return PlanCount(blockers) if blockers else None


@dataclass(frozen=True)
class PlanSummary:
    summary: str
    updated_at: datetime


def summaries(projects: Sequence[Project]) -> Mapping[UUID, PlanSummary]:
    """What each project is about, by the plan touched last."""
    plans = Blueprint.objects.filter(project__in=projects).exclude(status=Blueprint.Status.ARCHIVED)
    rows = plans.order_by("updated_at").values_list("project_id", "summary", "feature_name", "updated_at")
    return {project: PlanSummary(summary or name, updated_at) for project, summary, name, updated_at in rows}
