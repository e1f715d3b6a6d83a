"""How residents get about: they choose a place, walk there by road, rest a while, choose again."""

from __future__ import annotations

from math import exp
from random import Random

from ..village.geometry import Point, distance
from ..village.places import Place
from ..village.roads import RoadNetwork
from .resident import Resident

# How much residents are drawn to a kind of place, and how long they stay (seconds).
PULL = {"square": 1.4, "stall": 4.0, "bench": 3.0, "pond": 2.5, "corner": 0.7, "house": 0.4}
STAY = {
    "square": (2, 8),
    "stall": (4, 9),
    "bench": (8, 20),
    "pond": (6, 14),
    "corner": (1, 4),
    "house": (8, 20),
    "shelter": (4, 9),
}
HOME_PULL = 4.0
NEAR = 480.0
ENERGY_PER_UNIT = 1 / 9000
ENERGY_PER_RESTED_SECOND = 1 / 240


class Walking:
    """Moves residents over one road network.

    `pace` multiplies everybody's speed, `homesickness` the wish to be at home: the world around sets
    them.
    """

    def __init__(self, network: RoadNetwork, random: Random) -> None:
        self.network = network
        self.random = random
        self.pace = 1.0
        self.homesickness = 1.0

    def step(self, resident: Resident, now: float, seconds: float) -> None:
        if resident.state == "walk":
            self._walk(resident, now, seconds)
            return
        resident.energy = min(1.0, resident.energy + seconds * ENERGY_PER_RESTED_SECOND)
        if now >= resident.until:
            self.set_out(resident, self._choose(resident))

    def set_out(self, resident: Resident, place: Place) -> None:
        resident.place = place
        resident.lane = self.random.uniform(-1, 1)
        nodes = self.network.route(resident.position, place.node)
        resident.path = [*self._beside(nodes[:-1], resident), self._spot(place)]
        resident.state = "walk"

    def go_to(self, resident: Resident, point: Point) -> None:
        """Walk to somebody or something that is no place of its own."""
        resident.place = None
        resident.path = self.network.route(resident.position, point)
        resident.state = "walk"

    def rest(self, resident: Resident, until: float) -> None:
        resident.path = []
        resident.state = "idle"
        resident.until = until

    def _walk(self, resident: Resident, now: float, seconds: float) -> None:
        reach = resident.speed * self.pace * seconds
        resident.energy = max(0.0, resident.energy - reach * ENERGY_PER_UNIT)
        if resident.path and resident.step_toward(resident.path[0], reach):
            resident.path.pop(0)
        if not resident.path:
            self._arrive(resident, now)

    def _arrive(self, resident: Resident, now: float) -> None:
        place = resident.place
        if place is None:
            self.rest(resident, now + self.random.uniform(2, 5))
            return
        self.rest(resident, now + self.random.uniform(*STAY[place.kind]))
        if place.kind == "shelter":
            resident.state = "indoors"
        elif place.kind == "house" and place.house == resident.home.id:
            resident.state = "indoors"
            resident.until = now + self.random.uniform(6, 16) * self.homesickness
        elif place.kind == "bench":
            resident.state = "sit"
            resident.face((resident.x, resident.y + 1))
        elif place.kind == "stall":
            resident.face((resident.x, resident.y - 1))

    def _choose(self, resident: Resident) -> Place:
        """Anywhere may be next; what is near and pleasant, or home when tired, is more likely."""
        weights = []
        for place in self.network.places:
            pull = PULL[place.kind]
            if place.house == resident.home.id:
                pull = HOME_PULL * self.homesickness * (1.6 - resident.energy)
            weights.append(pull * exp(-distance(resident.position, place.node) / NEAR))
        return self.random.choices(self.network.places, weights)[0]

    def _spot(self, place: Place) -> Point:
        """A standing spot at the place, so that two visitors do not stand in each other."""
        x, y = place.node
        if place.kind in ("house", "shelter"):
            return place.node
        if place.kind == "bench":
            return x + self.random.choice((-11, 11)), y
        return x + self.random.uniform(-18, 18), y + self.random.uniform(-8, 8)

    def _beside(self, nodes: list[Point], resident: Resident) -> list[Point]:
        """The route moved to the resident's side of the road."""
        path = []
        before = resident.position
        for x, y in nodes:
            length = distance(before, (x, y)) or 1.0
            aside = resident.lane * self.network.room((x, y)) / length
            path.append((x - (y - before[1]) * aside, y + (x - before[0]) * aside))
            before = (x, y)
        return path
