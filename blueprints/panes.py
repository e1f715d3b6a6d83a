"""What the workspace shows of a blueprint: the conversation, its send button and the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Prefetch
from django.template.loader import render_to_string

from blueprints import readiness
from blueprints.changes import compare
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.references.cards import ReferenceCard, cards, of_plan, to_send
from blueprints.schemas import BlueprintDocument, Item, OpenQuestion, SectionStatus
from blueprints.services import current_blueprint
from blueprints.turns import UNFINISHED, first_in_line
from studio import catalog
from studio.access import Viewer
from studio.core.ports import load
from studio.models import Project
from studio.workspace.slots import Digest, Pane, Stream, register, register_digest, register_stream

# Enough for any session; the API pages through the rest.
MESSAGES_SHOWN = 200


# The conversation


@dataclass(frozen=True)
class MessageCard:
    """One message as shown. `streaming` has words coming in; `waiting` waits for an earlier reply."""

    id: str
    role: str
    by: str
    text: str
    created_at: datetime
    status: str
    streaming: bool
    waiting: bool
    references: tuple[ReferenceCard, ...]
    error: str
    can_retry: bool
    changes: str
    version: int | None


@dataclass(frozen=True)
class Happening:
    """A line between the messages: what became of a build. `icon` and `tone` as in the stylesheet."""

    id: str
    created_at: datetime
    text: str
    tone: str
    icon: str
    link: str


HappeningSource = Callable[[Blueprint], Sequence[Happening]]
_happening_sources: list[HappeningSource] = []


def register_happenings(source: HappeningSource) -> None:
    """Let an app above tell in the conversation what it did with a blueprint."""
    _happening_sources.append(source)


@dataclass(frozen=True)
class ConversationPane:
    """`entries` are messages and happenings by time, `questions` the open ones, shown under the last
    reply; `starts` are ways to begin."""

    entries: tuple[MessageCard | Happening, ...]
    greeting: str
    starts: tuple[str, ...]
    questions: tuple[OpenQuestion, ...]
    replying: bool


def conversation(project: Project, viewer: Viewer) -> ConversationPane:
    template = catalog.template(project.template)
    blueprint = current_blueprint(project)
    rows = _messages(blueprint)
    replying = any(row.status in UNFINISHED for row in rows)
    spoken = any(row.role == BlueprintMessage.Role.USER for row in rows)
    return ConversationPane(
        entries=_by_time(_cards(rows), _happenings(blueprint)),
        greeting=template.greeting if len(rows) < MESSAGES_SHOWN else "",
        starts=() if spoken or not viewer.may_edit else tuple(template.prompts),
        questions=() if replying or blueprint is None or not viewer.may_edit else _questions(blueprint),
        replying=replying,
    )


def _messages(blueprint: Blueprint | None) -> list[BlueprintMessage]:
    if blueprint is None:
        return []
    given = BlueprintReference.objects.defer("facts", "tokens").select_related("blueprint")
    newest = (
        blueprint.messages.select_related("author")
        .prefetch_related(Prefetch("references", given))
        .defer("blueprint_snapshot")
        .order_by("-number")
    )
    return list(reversed(newest[:MESSAGES_SHOWN]))


def _happenings(blueprint: Blueprint | None) -> list[Happening]:
    if blueprint is None:
        return []
    return [happening for source in _happening_sources for happening in source(blueprint)]


def _by_time(
    messages: Sequence[MessageCard], happenings: Sequence[Happening]
) -> tuple[MessageCard | Happening, ...]:
    """Messages keep their order; nothing older than the first one shown is told."""
    since = messages[0].created_at if messages else None
    news = [happening for happening in happenings if since is None or happening.created_at >= since]
    return tuple(sorted([*messages, *news], key=lambda entry: entry.created_at))


def _questions(blueprint: Blueprint) -> tuple[OpenQuestion, ...]:
    return tuple(OpenQuestion.model_validate(question) for question in blueprint.open_questions)


def _cards(rows: list[BlueprintMessage]) -> tuple[MessageCard, ...]:
    architect = load("ORCHARD_ARCHITECT").name
    # Of those that wait the first is shown as being written: a worker is on its way to it.
    unfinished = [row for row in rows if row.status in UNFINISHED]
    unfinished.sort(key=lambda row: row.status != BlueprintMessage.Status.REPLYING)
    open_replies = [row.pk for row in unfinished]
    last_reply = next((row.pk for row in reversed(rows) if row.role == BlueprintMessage.Role.ARCHITECT), None)
    return tuple(
        MessageCard(
            id=str(row.pk),
            role=row.role,
            by=architect if row.role == BlueprintMessage.Role.ARCHITECT else _author(row),
            text=row.content,
            created_at=row.created_at,
            status=row.status,
            streaming=row.pk in open_replies[:1],
            waiting=row.pk in open_replies[1:],
            references=cards(row.references.all()),
            error=str((row.error or {}).get("message", "")),
            can_retry=row.pk == last_reply and row.status in ("failed", "stopped"),
            changes=str(row.changes.get("summary", "")),
            version=row.blueprint_version,
        )
        for row in rows
    )


def _author(row: BlueprintMessage) -> str:
    return row.author.get_full_name() or row.author.get_username() if row.author else "Someone who left"


# The button in the composer: Stop while a reply is written, and always Send


@dataclass(frozen=True)
class SendPane:
    """`replying` is the id of the reply that is being written, "" when none is."""

    replying: str


def send(project: Project, viewer: Viewer) -> SendPane | None:
    if not viewer.may_edit:
        return None
    blueprint = current_blueprint(project)
    first = first_in_line(blueprint.pk) if blueprint else None
    return SendPane(replying=str(first.pk) if first else "")


# What is given with the next message


@dataclass(frozen=True)
class TrayPane:
    cards: tuple[ReferenceCard, ...]


def tray(project: Project, viewer: Viewer) -> TrayPane | None:
    found = to_send(current_blueprint(project), viewer.user_id) if viewer.may_edit else ()
    return TrayPane(found) if found else None


# The plan

Level = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Mark:
    """Whether an item stands in the built app: met, partial or unmet, and what shows it."""

    status: str
    reason: str = ""
    location: str = ""


@dataclass(frozen=True)
class Note:
    """What stands beside an item of the plan. `delta` is "new", "changed" or "" since the last turn."""

    delta: str = ""
    mark: Mark | None = None
    blocker: str = ""
    level: Level = "high"
    locked: bool = False


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


MarkSource = Callable[[Blueprint], Mapping[str, Mark]]
_mark_sources: list[MarkSource] = []


def register_marks(source: MarkSource) -> None:
    """Let an app above tell what became of each item (operations: the ledger of the last build)."""
    _mark_sources.append(source)


def plan(project: Project, viewer: Viewer) -> PlanPane:
    blueprint = current_blueprint(project)
    document = blueprint.document if blueprint else BlueprintDocument(feature_name=project.name)
    statuses = readiness.section_statuses(document)
    blockers = readiness.assess(document)
    leaves = _leaves(document, statuses, {blocker.item for blocker in blockers})
    marks = _marks(blueprint)
    notes = _notes(document, blueprint, marks, {blocker.item: blocker.message for blocker in blockers})
    return PlanPane(
        document=document,
        version=blueprint.version if blueprint else 0,
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
    marks: Mapping[str, Mark],
    blockers: Mapping[str, str],
) -> dict[str, Note]:
    changes = _last_changes(blueprint)
    unbuilt = _changed_since_build(document, blueprint)
    return {
        item.id: Note(
            delta=changes.get(item.id, ""),
            mark=None if item.id in unbuilt else marks.get(item.id),
            blocker=blockers.get(item.id, ""),
            level=_level(item),
            locked=bool(item.locked),
        )
        for item in document.items()
    }


def _last_changes(blueprint: Blueprint | None) -> dict[str, str]:
    """Item id → "new" or "changed", for what the turn that made this version did."""
    if blueprint is None or not blueprint.version:
        return {}
    turn = blueprint.messages.filter(blueprint_version=blueprint.version).order_by("-number").first()
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


# Words as they come


def delta(message: Mapping[str, Any]) -> str:
    return render_to_string("blueprints/_delta.html", {"message": message}) if _is_written(message) else ""


def thinking(message: Mapping[str, Any]) -> str:
    return render_to_string("blueprints/_thinking.html", {"message": message}) if _is_written(message) else ""


def _is_written(message: Mapping[str, Any]) -> bool:
    """Whether the reply is still being written, and so has a place on screen for its words."""
    replies = BlueprintMessage.objects.filter(pk=message["message"], status=BlueprintMessage.Status.REPLYING)
    return replies.exists()


def register_panes() -> None:
    register(
        Pane(
            "conversation",
            "chat",
            "blueprints/_conversation.html",
            conversation,
            ("conversation", "blueprint", "operation", "references"),
        )
    )
    register(Pane("send", "composer", "blueprints/_send.html", send, ("conversation",)))
    register(Pane("tray", "tray", "blueprints/_tray.html", tray, ("references", "conversation")))
    register(Pane("plan", "plan", "blueprints/_plan.html", plan, ("blueprint", "references")))
    register(Pane("plan-count", "tabs", "blueprints/_plan_count.html", plan_count, ("blueprint",)))
    register_digest(Digest("plans", summaries))
    register_stream(Stream("delta", delta))
    register_stream(Stream("thinking", thinking))
