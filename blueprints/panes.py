"""What the workspace shows of the conversation: its messages, what goes with the next one, its send button.

Here also all panes of blueprints are hung up; the plan's are in `blueprints.plan.pane`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.template.loader import render_to_string

from blueprints import metering
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.plan.pane import plan, plan_count, summaries
from blueprints.plan.remarks import Remark, pending, remarks
from blueprints.references.cards import ReferenceCard, cards, to_send
from blueprints.schemas import Decision, OpenQuestion
from blueprints.services import current_blueprint
from blueprints.turns import UNFINISHED, first_in_line
from studio import catalog
from studio.access import Viewer
from studio.core.ports import load
from studio.models import Project
from studio.workspace.slots import Digest, Pane, Stream, register, register_digest, register_stream

Role, Status = BlueprintMessage.Role, BlueprintMessage.Status

# Enough for any session; the API pages through the rest.
MESSAGES_SHOWN = 200


@dataclass(frozen=True)
class MessageCard:
    """One message as shown. `streaming` has words coming in; `waiting` waits for an earlier reply, and
    `withdraws` is the id of the message that can be taken back with it. `answers` are the questions that
    it settled; `withdrawn` was taken back before its turn."""

    id: str
    role: str
    by: str
    text: str
    created_at: datetime
    status: str
    streaming: bool
    waiting: bool
    references: tuple[ReferenceCard, ...]
    remarks: tuple[Remark, ...]
    error: str
    can_retry: bool
    can_edit: bool
    withdrawn: bool
    withdraws: str
    answers: tuple[Decision, ...]
    cost: str
    changes: str
    version: int | None


@dataclass(frozen=True)
class ReplacedCards:
    """Messages in a row that others were sent instead of. `revives` names one of them where they can be
    brought back, "" where what replaced them was replaced itself."""

    id: str
    created_at: datetime
    messages: tuple[MessageCard, ...]
    revives: str


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


Entry = MessageCard | ReplacedCards | Happening


@dataclass(frozen=True)
class ConversationPane:
    """`entries` are messages and happenings by time; `questions` the open ones, shown under the last
    reply, and `replying` says that they can be answered only later; `starts` are ways to begin."""

    entries: tuple[Entry, ...]
    greeting: str
    starts: tuple[str, ...]
    questions: tuple[OpenQuestion, ...]
    replying: bool
    last_said: str


def conversation(project: Project, viewer: Viewer) -> ConversationPane:
    template = catalog.template(project.template)
    blueprint = current_blueprint(project)
    rows = _messages(blueprint)
    replying = any(row.status in UNFINISHED for row in rows)
    said = [row for row in rows if row.role == Role.USER and row.replaced_by_id is None]
    return ConversationPane(
        entries=_by_time(list(_entries(rows, viewer, blueprint)), _happenings(blueprint)),
        greeting=template.greeting if len(rows) < MESSAGES_SHOWN else "",
        starts=() if said or not viewer.may_edit else tuple(template.prompts),
        questions=_questions(blueprint) if blueprint is not None and viewer.may_edit else (),
        replying=replying,
        last_said=said[-1].content if said else "",
    )


def _messages(blueprint: Blueprint | None) -> list[BlueprintMessage]:
    if blueprint is None:
        return []
    given = BlueprintReference.objects.defer("facts", "tokens").select_related("blueprint")
    newest = (
        blueprint.messages.select_related("author")
        .prefetch_related(Prefetch("references", given), "comments__by", "model_calls")
        .defer("blueprint_snapshot")
        .order_by("-number")
    )
    return list(reversed(newest[:MESSAGES_SHOWN]))


def _happenings(blueprint: Blueprint | None) -> list[Happening]:
    if blueprint is None:
        return []
    return [happening for source in _happening_sources for happening in source(blueprint)]


def _by_time(messages: Sequence[Entry], happenings: Sequence[Happening]) -> tuple[Entry, ...]:
    """Messages keep their order; nothing older than the first one shown is told."""
    since = messages[0].created_at if messages else None
    news = [happening for happening in happenings if since is None or happening.created_at >= since]
    return tuple(sorted([*messages, *news], key=lambda entry: entry.created_at))


def _questions(blueprint: Blueprint) -> tuple[OpenQuestion, ...]:
    return tuple(OpenQuestion.model_validate(question) for question in blueprint.open_questions)


def _entries(
    rows: list[BlueprintMessage], viewer: Viewer, blueprint: Blueprint | None
) -> Iterator[MessageCard | ReplacedCards]:
    by_id = {row.pk: row for row in rows}
    card_of = {card.id: card for card in _cards(rows, viewer, blueprint)}
    for instead, run in groupby(rows, key=lambda row: row.replaced_by_id):
        found = [card_of[str(row.pk)] for row in run if str(row.pk) in card_of]
        if instead is None:
            yield from found
        elif found:
            replacing = by_id.get(instead)
            final = viewer.may_edit and replacing is not None and replacing.replaced_by_id is None
            yield ReplacedCards(
                f"replaced-{found[0].id}", found[0].created_at, tuple(found), found[0].id if final else ""
            )


def _cards(
    rows: list[BlueprintMessage], viewer: Viewer, blueprint: Blueprint | None
) -> Iterator[MessageCard]:
    architect = load("ORCHARD_ARCHITECT").name
    # Of those that wait the first is shown as being written: a worker is on its way to it.
    unfinished = [row for row in rows if row.status in UNFINISHED]
    unfinished.sort(key=lambda row: row.status != Status.REPLYING)
    open_replies = [row.pk for row in unfinished]
    counting = [row for row in rows if row.replaced_by_id is None]
    last_reply = next((row.pk for row in reversed(counting) if row.role == Role.ARCHITECT), None)
    withdrawn = {row.pk for row in rows if row.role == Role.USER and row.status == Status.STOPPED}
    answers = _answers(blueprint)
    for row in rows:
        if row.in_reply_to_id in withdrawn:
            continue
        waiting = row.pk in open_replies[1:]
        mine = row.role == Role.USER and row.author_id == viewer.user_id
        yield MessageCard(
            id=str(row.pk),
            role=row.role,
            by=architect if row.role == Role.ARCHITECT else _author(row),
            text=row.content,
            created_at=row.created_at,
            status=row.status,
            streaming=row.pk in open_replies[:1],
            waiting=waiting,
            references=cards(row.references.all()),
            remarks=remarks(row.comments.all()),
            error=str((row.error or {}).get("message", "")),
            can_retry=row.pk == last_reply and _may_work_later(row),
            can_edit=mine and viewer.may_edit and row.status == Status.DONE and row.replaced_by_id is None,
            withdrawn=row.pk in withdrawn,
            withdraws=str(row.in_reply_to_id) if waiting else "",
            answers=answers.get(str(row.pk), ()),
            cost=_cost(row),
            changes=str(row.changes.get("summary", "")),
            version=row.blueprint_version,
        )


def _answers(blueprint: Blueprint | None) -> Mapping[str, tuple[Decision, ...]]:
    """What each message settled, by its id."""
    found: dict[str, tuple[Decision, ...]] = {}
    for stored in blueprint.decisions if blueprint is not None else ():
        decision = Decision.model_validate(stored)
        if decision.source and not decision.assumed:
            found[decision.source] = (*found.get(decision.source, ()), decision)
    return found


def _may_work_later(row: BlueprintMessage) -> bool:
    failed = row.status == BlueprintMessage.Status.FAILED and (row.error or {}).get("retryable", True)
    return failed or row.status == BlueprintMessage.Status.STOPPED


def _cost(row: BlueprintMessage) -> str:
    """ "1,240 tokens · $0.012"; "" for a reply that nobody is paid for."""
    spent = metering.spent_on(row.model_calls.all())
    return f"{spent.tokens:,} tokens · {spent.cost}" if spent.tokens else ""


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


# What the conversations cost, above them


@dataclass(frozen=True)
class SpendingPane:
    """Of this month, in words; `budget` is "" without one. `near`: nine tenths of it are spent."""

    cost: str
    tokens: int
    budget: str
    near: bool


def spending(project: Project, viewer: Viewer) -> SpendingPane | None:
    spent = metering.this_month(project)
    if not spent.tokens:
        return None
    budget = metering.budget("project")
    return SpendingPane(
        cost=spent.cost,
        tokens=spent.tokens,
        budget="" if budget is None else metering.dollars(budget),
        near=budget is not None and spent.cost_micros >= 0.9 * budget,
    )


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
    register(Pane("spending", "chat-head", "blueprints/_spending.html", spending, ("conversation",)))
    register(Pane("send", "composer", "blueprints/_send.html", send, ("conversation",)))
    register(Pane("tray", "tray", "blueprints/_tray.html", tray, ("references", "conversation")))
    register(Pane("remarks", "tray", "blueprints/_remarks.html", pending, ("comments",)))
    register(Pane("plan", "plan", "blueprints/_plan.html", plan, ("blueprint", "references", "comments")))
    register(Pane("plan-count", "tabs", "blueprints/_plan_count.html", plan_count, ("blueprint",)))
    register_digest(Digest("plans", summaries))
    register_stream(Stream("delta", delta))
    register_stream(Stream("thinking", thinking))
