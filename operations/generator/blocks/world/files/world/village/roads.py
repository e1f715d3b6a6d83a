"""The road network: where one can walk, and the shortest way there.

Nodes are the points the roads are drawn through, the ring around the fountain and the doors. Places
are few and asked for often, so the shortest-way tree of each destination is worked out once (Dijkstra)
and kept; after that a route is read off in the number of its steps.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from itertools import pairwise
from math import cos, pi, sin

from .builder import POND_PATH, Village, is_walkable
from .geometry import Point, distance
from .places import Place

RING_NODES = 12
CORNER_EVERY = 4


class RoadNetwork:
    def __init__(self, village: Village) -> None:
        self.village = village
        self._links: dict[Point, set[Point]] = defaultdict(set)
        self._trees: dict[Point, dict[Point, Point]] = {}
        self._widths: dict[Point, float] = {}
        square = village.square
        self.ring = [
            _node(
                (square.x + cos(turn) * square.rx * 0.62, square.y + sin(turn) * square.ry * 0.66)
            )
            for turn in (number / RING_NODES * 2 * pi for number in range(RING_NODES))
        ]
        self._link_roads()
        self.places = self._places()

    def nearest(self, point: Point) -> Point:
        return min(self._links, key=lambda node: distance(node, point))

    def route(self, start: Point, end: Point) -> list[Point]:
        """The nodes from (not with) `start` to (with) `end`. Both may be any point of the map."""
        origin, goal = self.nearest(start), self.nearest(end)
        onward = self._trees.get(goal)
        if onward is None:
            onward = self._trees[goal] = self._shortest_ways_to(goal)
        path = [] if distance(start, origin) < 6 else [origin]
        node = origin
        while node != goal:
            node = onward[node]
            path.append(node)
        return path

    def room(self, node: Point) -> float:
        """How far to the side of a node one may walk."""
        return max(0.0, self._widths.get(node, 0.0) / 2 - 8)

    def _link_roads(self) -> None:
        for here, ahead in zip(self.ring, self.ring[1:] + self.ring[:1], strict=True):
            self._link(here, ahead, 30)
        for road in self.village.roads:
            points = [_node(point) for point in road.points if is_walkable(point)]
            for here, ahead in pairwise(points):
                self._link(here, ahead, road.width)
            if distance(points[0], (self.village.square.x, self.village.square.y)) < 120:
                for node in sorted(self.ring, key=lambda node: distance(node, points[0]))[:2]:
                    self._link(points[0], node, 30)
        for house in self.village.houses:
            self._link(_node(house.gate), _node(house.door), 0)

    def _link(self, one: Point, other: Point, width: float) -> None:
        if one == other:
            return
        self._links[one].add(other)
        self._links[other].add(one)
        for node in (one, other):
            self._widths[node] = max(width, self._widths.get(node, 0.0))

    def _places(self) -> list[Place]:
        places = [Place("the square", "square", node) for node in self.ring]
        for prop in self.village.props:
            name = "the square's bench" if prop.kind == "bench" else "the market stall"
            front = (prop.x, prop.y + (10 if prop.kind == "bench" else 20))
            node = _node(front)
            self._link(node, min(self.ring, key=lambda ring: distance(ring, front)), 0)
            places.append(Place(name, prop.kind, node))
        for house in self.village.houses:
            places.append(Place(house.address, "house", _node(house.door), house.id))
        for road in self.village.roads:
            if road.name == POND_PATH:
                places.append(Place("the pond", "pond", _node(road.points[-1])))
            else:
                corners = [_node(point) for point in road.points[CORNER_EVERY::CORNER_EVERY]]
                places += [Place(road.name, "corner", node) for node in corners]
        return [place for place in places if place.node in self._links]

    def _shortest_ways_to(self, goal: Point) -> dict[Point, Point]:
        """For every node, the next one on its shortest way to `goal`."""
        onward: dict[Point, Point] = {}
        best = {goal: 0.0}
        queue = [(0.0, goal)]
        while queue:
            length, node = heappop(queue)
            if length > best[node]:
                continue
            for neighbour in self._links[node]:
                further = length + distance(node, neighbour)
                if further < best.get(neighbour, float("inf")):
                    best[neighbour] = further
                    onward[neighbour] = node
                    heappush(queue, (further, neighbour))
        return onward


def _node(point: Point) -> Point:
    """Rounded, so that roads which meet share a node."""
    return round(point[0], 1), round(point[1], 1)
