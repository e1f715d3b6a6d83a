"""The things a village is made of. All lengths are in map units; one unit is one pixel at zoom 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Literal

from .geometry import Point

PlaceKind = Literal["square", "bench", "stall", "house", "pond", "corner", "shelter"]


@dataclass(frozen=True, slots=True)
class Road:
    name: str
    width: float
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Square:
    """The paved oval in the middle, with a fountain in it."""

    x: float
    y: float
    rx: float
    ry: float


@dataclass(frozen=True, slots=True)
class Pond:
    x: float
    y: float
    rx: float
    ry: float
    phase: float

    def covers(self, point: Point, margin: float = 0.0) -> bool:
        dx = (point[0] - self.x) / (self.rx + margin)
        dy = (point[1] - self.y) / (self.ry + margin)
        return hypot(dx, dy) < 1


@dataclass(frozen=True, slots=True)
class House:
    """`x`, `y` is the middle of its floor; `gate` the point of the road its footpath leads to."""

    id: int
    x: float
    y: float
    scale: float
    roof: int
    kind: Literal["cottage", "tall", "hall"]
    flip: bool
    gate: Point
    address: str

    @property
    def door(self) -> Point:
        return self.x, self.y + 44 * self.scale


@dataclass(frozen=True, slots=True)
class Tree:
    x: float
    y: float
    radius: float
    variant: int


@dataclass(frozen=True, slots=True)
class Lamp:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Prop:
    kind: Literal["bench", "stall"]
    x: float
    y: float
    color: int


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go. `node` is its point on the road network; a shelter is any roof in the rain."""

    name: str
    kind: PlaceKind
    node: Point
    house: int | None = None
