"""What a clause can state about an application: the grammar's output, the planner's input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class HasFields:
    """ "recipes with title, ingredients and minutes": a thing and the items said to be in it."""

    subject: str
    items: tuple[str, ...]
    add: bool = False  # "add a due date to tasks": to something already there


@dataclass(frozen=True)
class Relates:
    """ "a project has many tasks". `optional` when the clause says "may" or "optionally"; `sure` False
    when it only makes sense between things that are known otherwise ("photos of an organ")."""

    subject: str
    kind: Literal["has_many", "belongs_to", "many_to_many", "has_one"]
    target: str
    optional: bool = False
    sure: bool = True


@dataclass(frozen=True)
class Wants:
    """Something the app is to hold, from what people do with it. `weight` says how sure that is."""

    noun: str
    weight: float
    action: str = ""
    counted: bool = False  # said in the plural: even an abstract word is then a thing ("feedings")


@dataclass(frozen=True)
class Permits:
    """ "only admins can delete posts". `noun` "" means the app's main thing."""

    who: str
    action: str
    noun: str
    text: str


@dataclass(frozen=True)
class Removes:
    """ "remove comments", "remove the due date from tasks"."""

    target: str
    owner: str = ""


@dataclass(frozen=True)
class Renames:
    """ "rename tasks to jobs"; `old` "" means the app itself. `sure` False when other readings fit."""

    old: str
    new: str
    sure: bool = True


@dataclass(frozen=True)
class Adds:
    """ "add comments", "add a due date": an entity, a part or a field of what was spoken of."""

    noun: str


ScreenKind = Literal[
    "settings", "board", "calendar", "dashboard", "search", "auth", "landing", "gallery", "page",
    "contact", "newsletter", "game",
]  # fmt: skip


@dataclass(frozen=True)
class Shows:
    """ "a kanban board for tasks", "a dashboard": a kind of screen, of `noun` or the main thing."""

    kind: ScreenKind
    noun: str = ""


@dataclass(frozen=True)
class Behaves:
    """A sentence about behaviour that no capability fits: kept in the person's words."""

    text: str


@dataclass(frozen=True)
class Offers:
    """ "generate monthly reports", "role management": an ability that a block has, as the rule `kind`.

    `whole`: these words name nothing else.
    """

    kind: str
    text: str
    whole: bool = True


@dataclass(frozen=True)
class Does:
    """One function a person listed ("voice training"): kept as a wish when nothing in the plan answers to it."""

    text: str


@dataclass(frozen=True)
class Uses:
    """ "add a background worker": a component of the app, by the generator's name for it."""

    component: str


@dataclass(frozen=True)
class Happens:
    """ "every night, mark overdue tasks": `kind` is a rule of the worker, `every` "" when nobody said how
    often, `noun` "" for what was spoken of. The others are what that kind is about."""

    kind: str
    every: str
    noun: str = ""
    of: str = ""
    value: str = ""
    date: str = ""
    days: int = 0
    when: str = "after"
    text: str = ""


Statement = (
    HasFields
    | Relates
    | Wants
    | Permits
    | Removes
    | Renames
    | Adds
    | Shows
    | Offers
    | Behaves
    | Does
    | Uses
    | Happens
)
