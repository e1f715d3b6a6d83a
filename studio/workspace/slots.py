"""The frame's named slots: what apps hang into the pages, so that nobody edits the frame for them.

An app registers in `AppConfig.ready()`. A pane is a view model and a template: `build` is called for
the first render, for HTMX replies and for pushes alike, and `template` renders `#<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from studio.access import Viewer
from studio.models import Project

# Where a pane may hang: the top bar; the conversation and, inside its composer, what goes with the next
# message and the send button; the plan and the bar under it; the preview's address bar, its stage and its
# status line; the tab bar's counters; the sheet over everything.
Slot = Literal[
    "topbar",
    "chat",
    "chat-head",
    "tray",
    "composer",
    "plan",
    "plan-foot",
    "chrome",
    "stage",
    "statusline",
    "tabs",
    "sheet",
]


@dataclass(frozen=True)
class Pane:
    """`name` is also the id of the rendered element. `build` returns the view model, which the
    template sees as `pane`, beside `project`, `viewer` and `oob`. None leaves an empty placeholder,
    so that a later push finds its place.

    `topics` are what it shows: a `hub.announce` of one of them renders and pushes the pane anew to
    every open workspace of the project ("conversation", "blueprint", "operation", "project",
    "environment", and "progress" for lines that an operation adds). Without topics it is rendered
    with the page and then left to the browser.
    """

    name: str
    slot: Slot
    template: str
    build: Callable[[Project, Viewer], Any | None]
    topics: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True)
class Stream:
    """A push too frequent for a whole pane, such as the words of a reply as they come.

    `render` turns the announced message into out-of-band HTML.
    """

    topic: str
    render: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Digest:
    """What an app tells of many projects at once, for lists: one call, whatever their number.

    The templates find it as `digests.<name>`, by project id.
    """

    name: str
    build: Callable[[Sequence[Project]], Mapping[UUID, Any]]


@dataclass(frozen=True)
class Activity:
    """A line in every page's top bar, for one person; `build` returns None to show nothing."""

    name: str
    template: str
    build: Callable[[AbstractBaseUser], Any | None]


_panes: dict[str, Pane] = {}
_streams: dict[str, Stream] = {}
_digests: dict[str, Digest] = {}
_activities: dict[str, Activity] = {}


def register(pane: Pane) -> None:
    """Hang a pane into its slot. Raises ValueError when the name is taken."""
    _add(_panes, pane.name, pane)


def register_stream(stream: Stream) -> None:
    _add(_streams, stream.topic, stream)


def register_digest(digest: Digest) -> None:
    _add(_digests, digest.name, digest)


def register_activity(activity: Activity) -> None:
    _add(_activities, activity.name, activity)


def pane(name: str) -> Pane | None:
    return _panes.get(name)


def in_slot(slot: str) -> list[Pane]:
    return sorted(
        (pane for pane in _panes.values() if pane.slot == slot), key=lambda pane: (pane.order, pane.name)
    )


def showing(topics: set[str]) -> list[Pane]:
    """The panes that show one of these topics."""
    return [pane for pane in _panes.values() if topics.intersection(pane.topics)]


def pushed() -> list[Pane]:
    """Every pane that is ever pushed: together, the whole state of a workspace."""
    return [pane for pane in _panes.values() if pane.topics]


def stream(topic: str) -> Stream | None:
    return _streams.get(topic)


def digests(projects: Sequence[Project]) -> dict[str, Mapping[UUID, Any]]:
    return {digest.name: digest.build(projects) for digest in _digests.values()}


def activities() -> list[Activity]:
    return list(_activities.values())


def _add(registry: dict[str, Any], name: str, thing: Any) -> None:
    if name in registry:
        raise ValueError(f"{name!r} is registered already")
    registry[name] = thing
