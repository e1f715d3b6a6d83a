"""A resident: an `Agent` row come alive."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import atan2, hypot, pi
from typing import Literal

from ..village.geometry import Point
from ..village.places import House, Place

State = Literal["walk", "idle", "sit", "talk", "indoors"]

LOOKS = 48


def look_of(agent_id: int) -> int:
    """Which of the drawn figures somebody is; the same in every release."""
    return agent_id * 7 % LOOKS


@dataclass(slots=True)
class Bond:
    """What one resident keeps of another: how often they talked, and about what last."""

    talks: int = 0
    topic: str = ""
    at: float = float("-inf")

    @property
    def strength(self) -> float:
        """0 to 1; the first talks count most."""
        return 1 - 0.8**self.talks


@dataclass(slots=True)
class Resident:
    """`heading` is in radians, 0 east and +y south; `speed` in units per second.

    `until` ends a rest. `free_at` is when the resident is ready to talk again. `lane` (-1 to 1) is
    the side of the road, so that a crowd does not walk in single file.
    """

    id: int
    name: str
    role: str
    interests: tuple[str, ...]
    home: House
    x: float
    y: float
    speed: float = 40.0
    mood: str = "content"
    energy: float = 0.8
    state: State = "idle"
    heading: float = pi / 2
    lane: float = 0.0
    path: list[Point] = field(default_factory=list)
    place: Place | None = None
    until: float = 0.0
    free_at: float = 0.0
    awaits: int | None = None
    bonds: dict[int, Bond] = field(default_factory=dict)

    @property
    def look(self) -> int:
        return look_of(self.id)

    @property
    def has_umbrella(self) -> bool:
        return self.look % 3 != 0

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else "friend"

    @property
    def position(self) -> Point:
        return self.x, self.y

    def bond(self, other: Resident) -> Bond:
        return self.bonds.setdefault(other.id, Bond())

    def can_talk(self, now: float) -> bool:
        return self.state not in ("talk", "indoors") and now >= self.free_at

    def face(self, point: Point) -> None:
        self.heading = atan2(point[1] - self.y, point[0] - self.x)

    def step_toward(self, target: Point, reach: float) -> bool:
        """Walk at most `reach` units toward `target`; True when there."""
        dx, dy = target[0] - self.x, target[1] - self.y
        length = hypot(dx, dy)
        if length <= reach:
            self.x, self.y = target
            return True
        self.heading = atan2(dy, dx)
        self.x += dx / length * reach
        self.y += dy / length * reach
        return False
