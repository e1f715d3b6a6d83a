"""A talk in progress: two residents step up to each other and say their lines in turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..village.geometry import Point, distance
from .resident import Resident

STANDING_APART = 15.0
STEP_UP_WITHIN = 140.0
PAUSE_SECONDS = 0.9
READING_SECONDS_PER_LETTER = 0.055
SHORTEST_LINE_SECONDS = 1.9
BUBBLE_LINGERS_SECONDS = 1.3


def reading_seconds(text: str) -> float:
    return max(SHORTEST_LINE_SECONDS, len(text) * READING_SECONDS_PER_LETTER)


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts all lines of the world, so that a bubble is known again in the next snapshot."""

    number: int
    speaker: Resident
    text: str
    at: float

    @property
    def seconds(self) -> float:
        """How long its bubble stays."""
        return reading_seconds(self.text) + BUBBLE_LINGERS_SECONDS


@dataclass(slots=True)
class Talk:
    """`script` holds what is still to be said: (which participant, text)."""

    number: int
    participants: tuple[Resident, Resident]
    topic: str
    script: list[tuple[int, str]]
    started_at: float
    next_at: float
    said: list[Line] = field(default_factory=list)

    def step(self, now: float, seconds: float, line_number: int) -> Line | None:
        """Let the speakers take their stand; return the line that is said now, if one is."""
        self._take_stand(seconds)
        if not self.script or now < self.next_at:
            return None
        who, text = self.script.pop(0)
        line = Line(line_number, self.participants[who], text, now)
        self.said.append(line)
        self.next_at = now + reading_seconds(text) + PAUSE_SECONDS
        return line

    def over(self, now: float) -> bool:
        return not self.script and now >= self.next_at

    def _take_stand(self, seconds: float) -> None:
        """Side by side, so that both faces are seen; from far off they call to each other instead."""
        left, right = sorted(self.participants, key=lambda resident: (resident.x, resident.id))
        if distance(left.position, right.position) > STEP_UP_WITHIN:
            left.face(right.position)
            right.face(left.position)
            return
        middle = ((left.x + right.x) / 2, (left.y + right.y) / 2)
        for resident, side, other in ((left, -1, right), (right, 1, left)):
            spot: Point = (middle[0] + side * STANDING_APART, middle[1])
            if resident.step_toward(spot, resident.speed * seconds * 0.7):
                resident.face(other.position)
