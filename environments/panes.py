"""The preview: an app in a frame of another origin, and the truth about it when it is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from environments import services
from environments.models import Environment
from environments.ports import AppStatus, DeployError
from studio.access import Viewer
from studio.models import Project
from studio.workspace.slots import Digest, Pane, register, register_digest

LOG_LINES = 40


def looked_at(project: Project, viewer: Viewer) -> Environment | None:
    environments = project.environments.select_related("current_release__environment__project")
    return environments.filter(name=viewer.environment).first()


@dataclass(frozen=True)
class Chrome:
    """The address bar. `url` is "" while nothing answers there."""

    environment: str
    tone: str
    hostname: str
    url: str


def chrome(project: Project, viewer: Viewer) -> Chrome:
    environment = looked_at(project, viewer)
    tone = "leaf" if viewer.environment == Environment.Name.PRODUCTION else "blueberry"
    if environment is None or environment.current_release is None:
        return Chrome(viewer.environment, tone, environment.hostname if environment else "", "")
    return Chrome(viewer.environment, tone, environment.hostname, services.live_url(environment))


# `crashed` comes up again by itself, `down` does not until it is deployed again.
StageState = Literal["empty", "live", "starting", "crashed", "down"]


@dataclass(frozen=True)
class Stage:
    """`frame` changes with every release, so that the browser loads the new one. `log` are the last
    lines the app wrote, when it does not run."""

    state: StageState
    environment: str
    frame: str = ""
    url: str = ""
    log: tuple[str, ...] = ()


def stage(project: Project, viewer: Viewer) -> Stage:
    environment = looked_at(project, viewer)
    if environment is None or environment.current_release is None:
        return Stage("empty", viewer.environment)
    state = _state(environment)
    return Stage(
        state=state,
        environment=environment.name,
        frame=f"frame-{environment.name}-{environment.current_release.number}",
        url=services.live_url(environment),
        log=_last_words(environment) if state in ("crashed", "down") else (),
    )


def _state(environment: Environment) -> StageState:
    """The supervisor calls a process starting for its first second. A release is live only once it has
    answered, so that until it falls it is shown; while it comes up again with the Studio, the gateway's
    own page stands in the frame and tries again by itself."""
    status = _status(environment)
    if status is None or status.state == "running" or (status.state == "starting" and not status.restarts):
        return "live"
    if status.state == "starting":
        return "starting"
    return "crashed" if status.state == "backing_off" else "down"


def _status(environment: Environment) -> AppStatus | None:
    """None when the deployer cannot be asked: then the app itself has the last word, in its frame."""
    try:
        return services.release_status(environment)
    except DeployError:
        return None


def _last_words(environment: Environment) -> tuple[str, ...]:
    try:
        return tuple(services.release_logs(environment, LOG_LINES))
    except DeployError:
        return ()


@dataclass(frozen=True)
class StatusLine:
    tone: str
    word: str
    deployed_at: datetime | None
    commit: str


def statusline(project: Project, viewer: Viewer) -> StatusLine:
    environment = looked_at(project, viewer)
    if environment is None or environment.current_release is None:
        return StatusLine("bark", "Nothing runs here yet", None, "")
    words = {
        "live": ("leaf", "Running"),
        "starting": ("apricot", "Starting"),
        "crashed": ("cherry", "Stopped working"),
        "down": ("cherry", "Not running"),
    }
    tone, word = words[_state(environment)]
    release = environment.current_release
    return StatusLine(tone, word, release.live_at, release.commit[:7])


@dataclass(frozen=True)
class Address:
    name: str
    tone: str
    hostname: str
    url: str


def addresses(projects: Sequence[Project]) -> Mapping[UUID, tuple[Address, ...]]:
    """Where each project's apps answer; only environments with a live release."""
    found: dict[UUID, tuple[Address, ...]] = {}
    rows = Environment.objects.filter(project__in=projects, current_release__isnull=False)
    for environment in rows.order_by("-name"):
        tone = "leaf" if environment.name == Environment.Name.PRODUCTION else "blueberry"
        address = Address(environment.name, tone, environment.hostname, services.live_url(environment))
        found[environment.project_id] = (*found.get(environment.project_id, ()), address)
    return found


def register_panes() -> None:
    topics = ("environment", "project")
    register(Pane("chrome", "chrome", "environments/_chrome.html", chrome, topics))
    register(Pane("app", "stage", "environments/_stage.html", stage, topics, order=10))
    register(Pane("statusline", "statusline", "environments/_statusline.html", statusline, topics))
    register_digest(Digest("addresses", addresses))
