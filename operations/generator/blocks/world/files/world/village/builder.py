"""Draws a village from a seed: roads first, then whatever finds room beside them.

The server is the only one who knows the map; browsers draw what `GET /api/world/` tells them.
The same seed always gives the same village, so residents keep their homes across releases.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, hypot, pi, sin, sqrt
from random import Random

from .geometry import Point, RoadIndex, distance
from .places import House, Lamp, Pond, Prop, Road, Square, Tree

WIDTH, HEIGHT = 2600, 1800
SPOKES = 6
STEP = 30
ROAD_NAMES = ("Mill Lane", "Pond Row", "East Road", "Orchard Rise", "Bell Street", "Weir Walk")
POND_PATH = "the pond path"
RING_NAMES = ("Hedge Ring", "Upper Ring", "Willow Ring", "Lower Ring", "Garden Ring")
HOUSES, TREES, PONDS, TUFTS, PATCHES = 34, 420, 3, 1300, 34


@dataclass(frozen=True)
class Village:
    """The finished map. `tufts` and `patches` only dress the ground: (x, y, kind) and
    (x, y, radius, flatness, turn).
    """

    seed: int
    width: int
    height: int
    square: Square
    roads: list[Road]
    ponds: list[Pond]
    houses: list[House]
    trees: list[Tree]
    lamps: list[Lamp]
    props: list[Prop]
    tufts: list[tuple[float, float, float]]
    patches: list[tuple[float, float, float, float, float]]


@cache
def build_village(seed: int = 7) -> Village:
    return _Builder(seed).build()


class _Builder:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311

    def build(self) -> Village:
        between = self.random.uniform
        self.square = Square(WIDTH * between(0.47, 0.53), HEIGHT * between(0.47, 0.53), 165, 118)
        self.roads = self._spokes()
        self.roads += self._ring()
        self.index = RoadIndex((road.points, road.width) for road in self.roads)
        self.ponds = self._ponds()
        self.roads += [self._pond_path(pond) for pond in self.ponds]
        self.index = RoadIndex((road.points, road.width) for road in self.roads)
        self.houses = self._houses()
        return Village(
            seed=self.seed,
            width=WIDTH,
            height=HEIGHT,
            square=self.square,
            roads=self.roads,
            ponds=self.ponds,
            houses=self.houses,
            trees=self._trees(),
            lamps=self._lamps(),
            props=self._props(),
            tufts=self._tufts(),
            patches=self._patches(),
        )

    # Roads

    def _spokes(self) -> list[Road]:
        roads = []
        for number in range(SPOKES):
            angle = (number + 0.5 + self.random.uniform(-0.25, 0.25)) / SPOKES * 2 * pi
            bend = self.random.uniform(-0.45, 0.45)
            points: list[Point] = []
            for reach in range(0, 2000, STEP):
                far = reach / 900
                heading = angle + bend * far * 0.6 + sin(far * 3 + number) * 0.1
                x = self.square.x + cos(heading) * (self.square.rx * 0.6 + reach)
                y = self.square.y + sin(heading) * (self.square.ry * 0.6 + reach) * 0.82
                points.append((x, y))
                if not (-60 < x < WIDTH + 60 and -60 < y < HEIGHT + 60):
                    break
            roads.append(Road(ROAD_NAMES[number], 44 if number % 2 else 54, points))
        return roads

    def _ring(self) -> list[Road]:
        """Bows from spoke to spoke, so that not every way leads over the square. One gap stays."""
        corners = [
            road.points[min(len(road.points) - 2, self.random.randint(13, 15))]
            for road in self.roads
        ]
        roads = []
        for number in range(SPOKES):
            if number == 2:
                continue
            start, end = corners[number], corners[(number + 1) % SPOKES]
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
            pull = (
                middle[0] + (middle[0] - self.square.x) * 0.3,
                middle[1] + (middle[1] - self.square.y) * 0.3,
            )
            points = [_bow(start, pull, end, step / 14) for step in range(15)]
            roads.append(Road(RING_NAMES[len(roads)], 34, points))
        return roads

    def _pond_path(self, pond: Pond) -> Road:
        """A footpath from the nearest road to the bank."""
        walkable = [point for road in self.roads for point in road.points if is_walkable(point)]
        start = min(walkable, key=lambda point: distance(point, (pond.x, pond.y)))
        dx, dy = start[0] - pond.x, start[1] - pond.y
        reach = 1 / hypot(dx / (pond.rx + 26), dy / (pond.ry + 26))
        bank = (pond.x + dx * reach, pond.y + dy * reach)
        steps = max(2, round(distance(start, bank) / STEP))
        points = [
            (
                start[0] + (bank[0] - start[0]) * step / steps,
                start[1] + (bank[1] - start[1]) * step / steps,
            )
            for step in range(steps + 1)
        ]
        return Road(POND_PATH, 18, points)

    def _road_distance(self, point: Point) -> float:
        """Distance to the nearest road or to the square, negative when on it."""
        oval = hypot(
            (point[0] - self.square.x) / self.square.rx, (point[1] - self.square.y) / self.square.ry
        )
        return min(self.index.distance(point), oval * 130 - 130)

    # What stands beside them

    def _ponds(self) -> list[Pond]:
        ponds: list[Pond] = []
        for _ in range(900):
            point = self.random.uniform(140, WIDTH - 140), self.random.uniform(120, HEIGHT - 120)
            room = self._road_distance(point)
            if room > 120 and all(distance(point, (pond.x, pond.y)) > 560 for pond in ponds):
                rx = min(190.0, room * 0.98)
                ponds.append(Pond(*point, rx=rx, ry=rx * 0.62, phase=self.random.uniform(0, 6)))
                if len(ponds) == PONDS:
                    break
        return ponds

    def _houses(self) -> list[House]:
        houses: list[House] = []
        numbers: dict[str, int] = {}
        streets = [road for road in self.roads if road.width > 20]
        for _ in range(3000):
            road = self.random.choice(streets)
            gate = self.random.choice(road.points)
            if not is_walkable(gate):
                continue
            side = self.random.choice((-1, 1))
            x = gate[0] + self.random.uniform(-40, 40)
            y = gate[1] + side * (road.width / 2 + self.random.uniform(62, 108))
            if not self._room_for_house((x, y), houses):
                continue
            numbers[road.name] = numbers.get(road.name, 0) + 1
            roll = self.random.random()
            houses.append(
                House(
                    id=len(houses),
                    x=x,
                    y=y,
                    scale=self.random.uniform(0.86, 1.12),
                    roof=self.random.randint(1, 3),
                    kind="hall" if roll < 0.16 else "tall" if roll < 0.42 else "cottage",
                    flip=self.random.random() < 0.5,
                    gate=gate,
                    address=f"{numbers[road.name]} {road.name}",
                )
            )
            if len(houses) == HOUSES:
                break
        return houses

    def _room_for_house(self, point: Point, houses: list[House]) -> bool:
        x, y = point
        return (
            110 < x < WIDTH - 110
            and 130 < y < HEIGHT - 130
            and self._road_distance(point) >= 52
            and self._road_distance((x - 58, y + 30)) >= 6
            and self._road_distance((x + 58, y + 30)) >= 6
            and self._road_distance((x, y - 60)) >= 2
            and not self._wet(point, 76)
            and not any(abs(house.x - x) < 158 and abs(house.y - y) < 128 for house in houses)
        )

    def _trees(self) -> list[Tree]:
        """Most stand in groves, the others alone."""
        between = self.random.uniform
        groves = [(between(0, WIDTH), between(0, HEIGHT), between(120, 310)) for _ in range(16)]
        trees: list[Tree] = []
        for _ in range(7000):
            if self.random.random() < 0.6:
                x, y, reach = self.random.choice(groves)
                turn, out = between(0, 2 * pi), sqrt(self.random.random()) * reach
                point = x + cos(turn) * out, y + sin(turn) * out * 0.75
            else:
                point = between(-40, WIDTH + 40), between(-20, HEIGHT + 60)
            radius = between(17, 34)
            if self._room_for_tree(point, radius, trees):
                trees.append(Tree(*point, radius, self.random.randrange(8)))
                if len(trees) == TREES:
                    break
        return trees

    def _room_for_tree(self, point: Point, radius: float, trees: list[Tree]) -> bool:
        x, y = point
        if self._road_distance(point) < radius * 0.7 + 8 or self._wet(point, 26):
            return False
        for house in self.houses:
            beside = abs(house.x - x) < 82 * house.scale + radius
            if beside and house.y - 80 * house.scale < y < house.y + 62 * house.scale + radius * 2:
                return False
        return all(
            hypot(tree.x - x, (tree.y - y) * 1.3) >= (tree.radius + radius) * 0.7 for tree in trees
        )

    def _lamps(self) -> list[Lamp]:
        """Every sixth road point has one, left and right by turns, where it stands in nobody's way."""
        lamps = []
        for road in self.roads:
            if road.width < 20:
                continue
            for number in range(3, len(road.points) - 1, 6):
                (x, y), ahead = road.points[number], road.points[number + 1]
                length = distance((x, y), ahead) or 1
                side = (1 if number % 12 < 6 else -1) * (road.width / 2 + 9) / length
                spot = x - (ahead[1] - y) * side, y + (ahead[0] - x) * side
                near_house = any(
                    abs(house.x - spot[0]) < 70 and abs(house.y - spot[1]) < 66
                    for house in self.houses
                )
                if self._road_distance(spot) > 3 and not self._wet(spot, 10) and not near_house:
                    lamps.append(Lamp(*spot))
        return lamps

    def _props(self) -> list[Prop]:
        props = []
        for number in range(6):
            turn = number / 6 * 2 * pi + 0.3
            x = self.square.x + cos(turn) * self.square.rx * 0.92
            y = self.square.y + sin(turn) * self.square.ry * 0.92
            props.append(Prop("bench" if number % 2 else "stall", x, y, 1 + number % 3))
        return props

    def _tufts(self) -> list[tuple[float, float, float]]:
        roll = self.random.random
        tufts = [(roll() * WIDTH, roll() * HEIGHT, roll()) for _ in range(TUFTS)]
        return [
            tuft
            for tuft in tufts
            if self._road_distance(tuft[:2]) > 8 and not self._wet(tuft[:2], 12)
        ]

    def _patches(self) -> list[tuple[float, float, float, float, float]]:
        between = self.random.uniform
        return [
            (
                between(0, WIDTH),
                between(0, HEIGHT),
                between(120, 360),
                between(0.4, 0.7),
                between(0, 3),
            )
            for _ in range(PATCHES)
        ]

    def _wet(self, point: Point, margin: float) -> bool:
        return any(pond.covers(point, margin) for pond in self.ponds)


def is_walkable(point: Point) -> bool:
    """Roads run on past the edge of the map, people do not."""
    return 90 < point[0] < WIDTH - 90 and 120 < point[1] < HEIGHT - 70


def _bow(start: Point, pull: Point, end: Point, t: float) -> Point:
    """A point of the quadratic Bézier curve from `start` to `end`."""
    u = 1 - t
    return (
        u * u * start[0] + 2 * u * t * pull[0] + t * t * end[0],
        u * u * start[1] + 2 * u * t * pull[1] + t * t * end[1],
    )
