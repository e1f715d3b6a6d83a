"""What the workspace shows of the conversation: its messages, what goes with the next one, its send button.

Here also all panes of blueprints are hung up; the plan's are in `blueprints.plan.pane`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.template.loader import render_to_string

from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.plan.pane import plan, plan_count, summaries
from blueprints.references.cards import ReferenceCard, cards, to_send
from blueprints.schemas import OpenQuestion
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
