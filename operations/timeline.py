"""One operation from its beginning to now, phase by phase: what its page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from pydantic import ValidationError

from blueprints.models import ReferenceComparison
from blueprints.references import comparing
from environments.models import Release
from environments.services import live_url
from operations import branches
from operations.branches import Row
from operations.cards import LogLine, OperationCard, Step, card, line, without_echo
from operations.models import Operation, OperationEvent
from operations.trees.reading import InvalidTree, read_tree
from operations.trees.record import RunRecord, StepRecord, new_run
from operations.trees.schema import AnyStep, Tree

EVENTS_SHOWN = 500
LOG_EVENTS = 50_000
FILES_UNFOLDED = 4
_STATES = {
    "pending": "pending",
    "running": "active",
    "passed": "done",
    "failed": "failed",
    "skipped": "skipped",
    "cancelled": "skipped",
}
_WORDS = {"pending": "waiting", "running": "runs", "skipped": "skipped", "cancelled": "stopped"}
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@dataclass(frozen=True)
class Happening:
    """One line of a chapter; `after` is the time since the operation started."""

    seq: int
    at: datetime
    after: timedelta
    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class FileChange:
    path: str
    added: int
    removed: int


@dataclass
class Chapter:
    """One phase as it went; `step` is None for what happened around the phases. `met` counts items of the
    plan, `unmet` names the others and why."""

    step: Step | None = None
    happenings: list[Happening] = field(default_factory=list)
    files: list[FileChange] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    met: int = 0
    unmet: list[str] = field(default_factory=list)

    @property
    def added(self) -> int:
        return sum(change.added for change in self.files)

    @property
    def removed(self) -> int:
        return sum(change.removed for change in self.files)

    @property
    def is_long(self) -> bool:
        return len(self.files) > FILES_UNFOLDED


@dataclass(frozen=True)
class Output:
    """What a step of a tree found out. `link` leads to the operation it is the id of."""

    name: str
    value: str
    link: str


@dataclass(frozen=True)
class TreeStep:
    """One row of a tree's rail. `row` draws its branch, None in the teardown, which is in order."""

    name: str
    action: str
    description: str
    state: str
    word: str
    needs: tuple[str, ...]
    attempt: int
    started_at: datetime | None
    took: timedelta | None
    note: str
    error: str
    outputs: tuple[Output, ...]
    checks: tuple[str, ...]
    row: Row | None


@dataclass(frozen=True)
class TreeRail:
    """`width` is that of all lanes, in pixels."""

    steps: tuple[TreeStep, ...]
    teardown: tuple[TreeStep, ...]
    width: int

    @property
    def passed(self) -> int:
        return sum(step.state == "done" for step in self.steps)


@dataclass(frozen=True)
class Evidence:
    """What shows the cause of a failure: the last lines of a test, of the app, of a command."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class DeployedRelease:
    """`url` is "" unless it is live; `word` says what it is."""

    environment: str
    number: int
    commit: str
    word: str
    url: str


@dataclass(frozen=True)
class Story:
    """The page of an operation. `earlier` is the event in front of which the shown ones begin, None when
    they begin with the first."""

    card: OperationCard
    line: Chapter
    chapters: tuple[Chapter, ...]
    end: Chapter
    tree: TreeRail | None
    evidence: tuple[Evidence, ...]
    releases: tuple[DeployedRelease, ...]
    url: str
    commit: str
    ledger: Mapping[str, int]
    comparisons: tuple[ReferenceComparison, ...]
    shown: int
    earlier: int | None


def story(operation: Operation, *, before: int | None = None) -> Story:
    """With the newest `EVENTS_SHOWN` events, or the newest in front of the event `before`."""
    found = _events(operation, before)
    shown = card(operation)
    line_, chapters, end = _chapters(operation, shown.steps, found)
    result = operation.result if isinstance(operation.result, dict) else {}
    releases = _releases(operation)
    return Story(
        card=shown,
        line=line_,
        chapters=chapters,
        end=end,
        tree=_tree(operation) if operation.type == Operation.Type.TREE else None,
        evidence=tuple(_evidence(operation.error or {})),
        releases=releases,
        url=str(result.get("url", "")),
        commit=str(result.get("commit", "")) or next((release.commit for release in releases), ""),
        ledger=result.get("ledger") or {},
        comparisons=tuple(comparing.of_build(operation.pk)) if operation.type == Operation.Type.BUILD else (),
        shown=len(found),
        earlier=found[0].seq if found and found[0].seq > 1 else None,
    )


def log_text(operation: Operation) -> str:
    """Everything it said as plain text, a line each: time (UTC), seconds since the start, phase, words."""
    events = operation.events.order_by("-seq")[:LOG_EVENTS]
    told = [_log_line(event, operation) for event in reversed(events)]
    return "\n".join([f"{operation} ({operation.status}), operation {operation.pk}", "", *told, ""])


def _log_line(event: OperationEvent, operation: Operation) -> str:
    told = line(event, operation)
    at = f"{event.created_at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{at} {told.at.total_seconds():8.1f}  {told.phase:<12}  {told.text}".rstrip()


def _events(operation: Operation, before: int | None) -> list[OperationEvent]:
    rows = operation.events.all() if before is None else operation.events.filter(seq__lt=before)
    return [*reversed(rows.order_by("-seq")[:EVENTS_SHOWN])]


# Chapters


def _chapters(
    operation: Operation, steps: Sequence[Step], events: Iterable[OperationEvent]
) -> tuple[Chapter, tuple[Chapter, ...], Chapter]:
    """What was said in the line, in each phase, and at the end."""
    chapters = {step.slug: Chapter(step) for step in steps}
    waiting, end = Chapter(), Chapter()
    under_way: Chapter | None = None
    for event in events:
        elsewhere = under_way or waiting if event.event_type == "log" else end
        chapter = chapters.get(str(event.payload.get("phase", "")), elsewhere)
        if event.event_type in ("phase", "complete", "error"):
            under_way = chapter if event.payload.get("status") == "in_progress" else None
        _tell(chapter, event, operation)
    for chapter in chapters.values():
        chapter.log = [*without_echo(chapter.log)]
    return waiting, tuple(chapters.values()), end


def _tell(chapter: Chapter, event: OperationEvent, operation: Operation) -> None:
    payload, told = event.payload, line(event, operation)
    if event.event_type == "file":
        change = FileChange(
            str(payload.get("path", "")), int(payload.get("added", 0)), int(payload.get("removed", 0))
        )
        chapter.files.append(change)
    elif event.event_type == "ledger":
        _count(chapter, payload)
    elif event.event_type == "log" and payload.get("phase") and chapter.step is not None:
        chapter.log.append(told)
    elif event.event_type == "phase" and operation.type == Operation.Type.TREE and _is_news_of_a_step(event):
        chapter.log.append(told)  # the rail of its steps shows it better
    else:
        status = payload.get("status", "")
        text = str(payload.get("message", "")) or event.event_type
        icon, tone = {
            "in_progress": ("chev-right", "bark"),
            "complete": ("check", "leaf"),
            "success": ("check", "leaf"),
            "failed": ("alert", "cherry"),
            "cancelled": ("stop", "bark"),
        }.get(str(status), ("clock", "bark"))
        if event.event_type == "phase" and status == "complete":
            text = f"{text}: done"
        if chapter.happenings and chapter.happenings[-1].text == text:
            return  # a failed phase and the failed operation say the same thing twice
        chapter.happenings.append(Happening(event.seq, event.created_at, told.at, text, tone, icon))


def _is_news_of_a_step(event: OperationEvent) -> bool:
    return event.payload.get("status") == "in_progress"


def _count(chapter: Chapter, payload: Mapping[str, Any]) -> None:
    """Each item once, as it was judged last."""
    name = f"{payload.get('item', '')} {payload.get('title', '')}"
    chapter.unmet = [told for told in chapter.unmet if not told.startswith(f"{name}: ")]
    if payload.get("status") == "met":
        chapter.met += 1
    else:
        chapter.unmet.append(f"{name}: {payload.get('reason') or payload.get('status', '')}")


# What it came to


def _releases(operation: Operation) -> tuple[DeployedRelease, ...]:
    """A release's key begins with the operation that made it."""
    if operation.project_id is None:
        return ()
    rows = Release.objects.filter(
        environment__project=operation.project_id, key__startswith=f"{operation.pk}/"
    ).select_related("environment")
    return tuple(
        DeployedRelease(
            environment=row.environment.name,
            number=row.number,
            commit=row.commit,
            word="replaced" if row.status == Release.Status.RETIRED else row.status,
            url=live_url(row.environment) if row.status == Release.Status.LIVE else "",
        )
        for row in rows
    )


def _evidence(error: Mapping[str, Any]) -> Iterable[Evidence]:
    for test in _list(error.get("tests")):
        if isinstance(test, dict):
            yield Evidence(str(test.get("id", "")), tuple(map(str, _list(test.get("lines")))))
        else:
            yield Evidence(str(test), ())
    if lines := _list(error.get("lines")):
        yield Evidence("Last words", tuple(map(str, lines)))
    if paths := _list(error.get("paths")):
        yield Evidence("Files", tuple(map(str, paths)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# Trees


def _tree(operation: Operation) -> TreeRail | None:
    """None when its text is none that this version can read."""
    source, name = operation.input.get("source", ""), operation.input.get("tree", "")
    try:
        tree = read_tree(source, name=name)
        saved = operation.phases.values_list("checkpoint__run", flat=True).first()
        if saved:
            run = RunRecord.model_validate({**saved, "source": source})
        else:
            run = new_run(tree, operation.input.get("vars", {}), run_id="", now=operation.created_at)
    except (InvalidTree, ValidationError):
        return None
    needs = {step: tree.steps[step].depends_on for step in tree.steps}
    records = {record.name: record for record in run.steps}
    rows = branches.rows(needs)
    steps = [
        _tree_step(records[row.name], tree.steps[row.name], row, ended=not operation.is_active)
        for row in rows
        if row.name in records
    ]
    teardown = tuple(_teardown(run, tree, ended=not operation.is_active))
    return TreeRail(tuple(steps), teardown, width=rows[0].width)


def _teardown(run: RunRecord, tree: Tree, *, ended: bool) -> Iterable[TreeStep]:
    for record in run.teardown:
        if record.name in tree.teardown:
            yield _tree_step(record, tree.teardown[record.name], None, ended=ended)


def _tree_step(record: StepRecord, step: AnyStep, row: Row | None, *, ended: bool) -> TreeStep:
    # A run that was cut off leaves steps that nobody works on any more.
    status = "cancelled" if ended and record.status in ("pending", "running") else record.status
    return TreeStep(
        name=record.name,
        action=record.action,
        description=step.description,
        state=_STATES[status],
        word=_WORDS.get(status, status),
        needs=tuple(step.depends_on),
        attempt=record.attempt,
        started_at=record.started_at,
        took=record.ended_at - record.started_at if record.started_at and record.ended_at else None,
        note=record.note if record.status == "running" else "",
        error=record.error,
        outputs=tuple(_output(name, value) for name, value in record.outputs.items()),
        checks=tuple(_checks(step)),
        row=row,
    )


def _checks(step: AnyStep) -> Iterable[str]:
    """What an assertion asks for, in its own words."""
    yield from getattr(step, "that", ())
    for request in getattr(step, "requests", ()):
        wanted = [f"{request.method} {request.path} answers {request.status}"]
        wanted += [f"with “{text}”" for text in request.contains]
        wanted += [f"where {expression}" for expression in request.that]
        yield ", ".join(wanted)


def _output(name: str, value: Any) -> Output:
    text = str(value)
    is_operation = name.startswith("operation") and _UUID.match(text) is not None
    return Output(name, text, reverse("operation", args=[text]) if is_operation else "")
