"""What the workspace and the start page show of operations: badge, build bar, dock, ledger marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from blueprints.models import Blueprint
from blueprints.panes import Happening, register_happenings
from blueprints.plan.pane import Mark, register_marks
from blueprints.schemas import Blocker
from blueprints.services import current_blueprint
from operations import listing
from operations.cards import LIVE_UNFINISHED, LogLine, OperationCard, asked, card, lines
from operations.listing import brief
from operations.models import LedgerEntry, Operation
from studio.access import Viewer
from studio.models import Project
from studio.templatetags.workspace import clock
from studio.workspace.slots import (
    Activity,
    Digest,
    Pane,
    register,
    register_activity,
    register_digest,
)

# How long the end of an operation stays on the preview; a failure stays until something follows it.
GOOD_NEWS = timedelta(seconds=45)
CANDIDATES = 20
BUILDS_TOLD = 50


def latest(project: Project) -> Operation | None:
    """What runs, else what waits longest, else what ended last."""
    recent = list(brief(project.operations.all())[:CANDIDATES])
    running = [operation for operation in recent if operation.status == Operation.Status.RUNNING]
    waiting = [operation for operation in recent if operation.status == Operation.Status.PENDING]
    return next(iter([*running, *reversed(waiting), *recent]), None)


# The badge beside the project's name


@dataclass(frozen=True)
class Badge:
    """`shape` is "live" (sways), "busy" (spins) or "" (stands still)."""

    word: str
    tone: str
    shape: str = ""


def badge(project: Project, viewer: Viewer) -> Badge:
    return badge_of(project, latest(project))


def badge_of(project: Project, operation: Operation | None) -> Badge:
    if operation and operation.is_active:
        words = {"spawn": "Setting up", "build": "Building", "teardown": "Deleting"}
        return Badge(words.get(operation.type, "Working"), "apricot", "busy")
    if operation and operation.failed_live:
        return Badge(LIVE_UNFINISHED, "cherry", "live")
    if operation and operation.status == Operation.Status.FAILED:
        words = {"spawn": "Set-up failed", "build": "Build failed", "teardown": "Deleting failed"}
        return Badge(words.get(operation.type, "Failed"), "cherry")
    if project.status == Project.Status.LIVE:
        return Badge("Live", "leaf", "live")
    return Badge({"spawning": "Setting up", "deleting": "Deleting"}.get(project.status, "Not live"), "bark")


# The bar under the plan


@dataclass(frozen=True)
class BuildBar:
    """`state` is what the button can do: empty and blocked say why not, building shows the rail."""

    state: Literal["empty", "blocked", "ready", "building", "failed", "built"]
    version: int
    blockers: tuple[Blocker, ...]
    operation: OperationCard | None


def buildbar(project: Project, viewer: Viewer) -> BuildBar:
    blueprint = current_blueprint(project)
    operation = _last_build(project)
    built = card(operation) if operation else None
    if blueprint is None:
        return BuildBar("empty", 0, (), built)
    blockers = tuple(Blocker.model_validate(blocker) for blocker in blueprint.blockers)
    return BuildBar(_bar_state(blueprint, built), blueprint.version, blockers, built)


def _last_build(project: Project) -> Operation | None:
    return brief(project.operations.filter(type=Operation.Type.BUILD)).order_by("-created_at").first()


def _bar_state(
    blueprint: Blueprint, build: OperationCard | None
) -> Literal["empty", "blocked", "ready", "building", "failed", "built"]:
    if build and build.active:
        return "building"
    if not blueprint.ready_to_build:
        return "blocked" if blueprint.version else "empty"
    if build and build.status == "failed" and build.version == blueprint.version:
        return "failed"
    return "built" if blueprint.built_version == blueprint.version else "ready"


# The dock on the preview


@dataclass(frozen=True)
class Dock:
    operation: OperationCard
    lines: tuple[LogLine, ...]

    @property
    def shape(self) -> str:
        """Which face of the dock to draw: spawn, queued, running, failed, succeeded or cancelled."""
        if self.operation.type == "spawn" and self.operation.active:
            return "spawn"
        return {"pending": "queued"}.get(self.operation.status, self.operation.status)


def dock(project: Project, viewer: Viewer) -> Dock | None:
    operation = latest(project)
    if operation is None or _is_old_news(operation):
        return None
    shown = lines(operation) if operation.status in ("running", "failed") else ()
    return Dock(card(operation), shown)


def _is_old_news(operation: Operation) -> bool:
    if operation.is_active or operation.status == Operation.Status.FAILED:
        return False
    return operation.completed_at is None or timezone.now() - operation.completed_at > GOOD_NEWS


# Many projects at once


def digest(projects: Sequence[Project]) -> Mapping[UUID, Badge]:
    """Each project's badge, from two queries."""
    open_or_failed: dict[UUID, Operation] = {}
    rows = Operation.objects.filter(project__in=projects).defer("input", "result").order_by("-created_at")
    active = rows.filter(status__in=Operation.ACTIVE)
    newest = rows.filter(pk__in=_newest_ids(projects))
    for operation in [*newest, *active]:
        if operation.project_id is not None:
            open_or_failed[operation.project_id] = operation
    return {project.pk: badge_of(project, open_or_failed.get(project.pk)) for project in projects}


def _newest_ids(projects: Sequence[Project]) -> object:
    """The newest operation of each project, as a subquery."""
    newest = Operation.objects.filter(project=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    return Project.objects.filter(pk__in=[project.pk for project in projects]).values(
        newest_id=Subquery(newest)
    )


def bustle(user: AbstractBaseUser) -> listing.Bustle | None:
    found = listing.bustle(user)
    return found if found.active else None


def builds(blueprint: Blueprint) -> list[Happening]:
    """One line of the conversation for each build of the plan."""
    rows = blueprint.operations.filter(type=Operation.Type.BUILD).order_by("-created_at")
    return [_told(build) for build in brief(rows)[:BUILDS_TOLD]]


def _told(build: Operation) -> Happening:
    version = asked(build, "version")
    took = build.completed_at - build.started_at if build.completed_at and build.started_at else None
    text, tone, icon = {
        "pending": (f"Build of v{version} waits for a worker", "bark", "clock"),
        "running": (f"Building v{version}", "apricot", "sprout"),
        "succeeded": (f"Built v{version} in {clock(took)}", "leaf", "fruit"),
        "failed": (f"Build of v{version} stopped at {build.current_phase or 'the start'}", "cherry", "alert"),
        "cancelled": (f"Build of v{version} cancelled", "bark", "stop"),
    }[build.status]
    link = reverse("operation", args=[build.pk])
    return Happening(f"build-{build.pk}", build.created_at, text, tone, icon, link)


def ledger_marks(blueprint: Blueprint) -> Mapping[str, Mark]:
    entries = LedgerEntry.objects.filter(blueprint=blueprint)
    return {entry.item_id: Mark(entry.status, entry.reason, entry.location) for entry in entries}


def register_panes() -> None:
    register(
        Pane("project-badge", "topbar", "operations/_badge.html", badge, ("operation", "project"), order=10)
    )
    register(Pane("buildbar", "plan-foot", "operations/_buildbar.html", buildbar, ("blueprint", "operation")))
    register(Pane("dock", "stage", "operations/_dock.html", dock, ("operation", "progress"), order=200))
    register_digest(Digest("badges", digest))
    register_activity(Activity("operations", "operations/_bustle.html", bustle))
    register_marks(ledger_marks)
    register_happenings(builds)
