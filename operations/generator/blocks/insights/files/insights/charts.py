"""Where lines, bars and arcs of a chart go. Pure: numbers in, coordinates out; templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10, pi

from insights.figures import Point

WIDTH, HEIGHT = 720, 270
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 16, 240
MOST_LABELS = 7
COLOURS = 6
RADIUS = 54


@dataclass(frozen=True)
class Mark:
    """A point that can be reached: `x` and `y` its place, `start` and `size` what it answers to."""

    point: Point
    x: float
    y: float
    start: float
    size: float
    is_labelled: bool = False


@dataclass(frozen=True)
class Line:
    path: str
    area: str
    earlier: str
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Bar:
    """`length` in percent of the longest."""

    point: Point
    length: float
    colour: int


@dataclass(frozen=True)
class Arc:
    """`dash` and `offset` are lengths along a circle of RADIUS; `share` is in percent."""

    point: Point
    dash: float
    gap: float
    offset: float
    share: int
    colour: int


def line(points: Sequence[Point], earlier: Sequence[Point] = ()) -> Line:
    most = top_of(max((one.value for one in [*points, *earlier]), default=0))
    places = _places([one.value for one in points], most)
    before = _places([one.value for one in earlier][: len(points)], most, len(points))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    every = -(-len(points) // MOST_LABELS)
    marks = tuple(
        Mark(point, x, y, round(x - width / 2, 1), round(width, 1), number % every == 0)
        for number, (point, (x, y)) in enumerate(zip(points, places, strict=True))
    )
    path = curve(places)
    area = f"{path}V{BOTTOM}H{places[0][0]}z" if path else ""
    ticks = tuple(
        (round(BOTTOM - (BOTTOM - TOP) * part / 4, 1), short(most * part / 4)) for part in range(5)
    )
    return Line(path, area, curve(before), marks, ticks)


def spark(points: Sequence[Point]) -> tuple[str, str]:
    """A line and the area below it, 120 wide and 34 high."""
    most = max((one.value for one in points), default=0) or 1
    gap = 116 / max(1, len(points) - 1)
    places = [
        (round(2 + gap * number, 1), round(30 - 26 * one.value / most, 1))
        for number, one in enumerate(points)
    ]
    path = curve(places)
    return path, f"{path}V34H2z" if path else ""


def bars(points: Sequence[Point]) -> list[Bar]:
    most = max((abs(one.value) for one in points), default=0) or 1
    return [Bar(one, round(max(1, 100 * abs(one.value) / most), 1), 1) for one in points]


def arcs(points: Sequence[Point]) -> list[Arc]:
    """Shares of a whole, the smallest ones as one: six colours can be told apart."""
    positive = [one for one in points if one.value > 0]
    shown, rest = positive[: COLOURS - 1], positive[COLOURS - 1 :]
    if len(rest) == 1:
        shown, rest = positive, []
    if rest:
        value = sum(one.value for one in rest)
        shown = [*shown, Point(f"{len(rest)} others", value, short(value))]
    whole = sum(one.value for one in shown) or 1
    around, done, found = 2 * pi * RADIUS, 0.0, []
    for number, one in enumerate(shown):
        length = around * one.value / whole
        dash = round(max(0.5, length - (2 if len(shown) > 1 else 0)), 2)
        share = round(100 * one.value / whole)
        gap = round(around - dash, 2)
        found.append(Arc(one, dash, gap, round(-done, 2), share, number % COLOURS + 1))
        done += length
    return found


def curve(places: Sequence[tuple[float, float]]) -> str:
    """A smooth path through these places that never swings beyond them."""
    if not places:
        return ""
    parts = [f"M{places[0][0]} {places[0][1]}"]
    for (x, y), (onward_x, onward_y) in zip(places, places[1:], strict=False):
        middle = round((x + onward_x) / 2, 1)
        parts.append(f"C{middle} {y} {middle} {onward_y} {onward_x} {onward_y}")
    if len(places) == 1:
        parts.append(f"h{WIDTH - LEFT - RIGHT}")
    return "".join(parts)


def top_of(most: float) -> float:
    """A round number that is not below `most`: 1, 2, 2.5, 4, 5 or 8 times a power of ten, at least 4."""
    if most <= 4:
        return 4
    power = 10.0 ** floor(log10(most))
    return next(part * power for part in (1, 2, 2.5, 4, 5, 8, 10) if part * power >= most)


def short(value: float) -> str:
    """For an axis: 1,200 is "1.2k"."""
    for size, letter in ((1_000_000_000, "b"), (1_000_000, "m"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.1f}".removesuffix(".0")


def _places(
    values: Sequence[float], most: float, count: int | None = None
) -> list[tuple[float, float]]:
    width = WIDTH - LEFT - RIGHT
    gap = width / max(1, (count or len(values)) - 1)
    return [
        (round(LEFT + gap * number, 1), round(BOTTOM - (BOTTOM - TOP) * max(0, value) / most, 1))
        for number, value in enumerate(values)
    ]
