"""Plane geometry of the map: points, distances, and a fast "how far is the nearest road?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import hypot

Point = tuple[float, float]


def distance(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def segment_distance(point: Point, start: Point, end: Point) -> float:
    """Distance from a point to the straight piece between `start` and `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length_squared = dx * dx + dy * dy
    along = 0.0
    if length_squared:
        along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length_squared
        along = max(0.0, min(1.0, along))
    return hypot(point[0] - start[0] - along * dx, point[1] - start[1] - along * dy)


class RoadIndex:
    """Road pieces sorted into square cells, so that a question looks at near pieces only.

    Placing a few hundred trees asks some ten thousand times; comparing with every piece would take
    seconds at each start.
    """

    CELL = 160.0

    def __init__(self, roads: Iterable[tuple[Sequence[Point], float]]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Point, Point, float]]] = defaultdict(list)
        for points, width in roads:
            for start, end in pairwise(points):
                middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
                self._cells[self._cell(middle)].append((start, end, width / 2))

    def distance(self, point: Point) -> float:
        """Distance to the edge of the nearest road; negative on a road; at most one cell's size."""
        column, row = self._cell(point)
        nearest = self.CELL
        for x in (column - 1, column, column + 1):
            for y in (row - 1, row, row + 1):
                for start, end, half_width in self._cells.get((x, y), ()):
                    nearest = min(nearest, segment_distance(point, start, end) - half_width)
        return nearest

    def _cell(self, point: Point) -> tuple[int, int]:
        return int(point[0] // self.CELL), int(point[1] // self.CELL)
