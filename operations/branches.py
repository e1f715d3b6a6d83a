"""A graph of steps as rows, one below the other, with its branches as lanes beside them, as in a git log.

Lines run downwards from a step to those that need it. A line that another path already says (a → c beside
a → b → c) is left out: it would only cross the others.
"""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LANE_PIXELS = 16
ROW_PIXELS = 40


@dataclass(frozen=True)
class Line:
    """An SVG path, and the step it comes from."""

    source: str
    path: str


@dataclass(frozen=True)
class Row:
    """One step. `head` are the lines beside its first line of text, `tail` those beside whatever follows;
    `x` is the middle of its dot, `width` that of all lanes."""

    name: str
    x: int
    width: int
    head: tuple[Line, ...]
    tail: tuple[Line, ...]


@dataclass
class _Edge:
    source: str
    target: str


def rows(needs: Mapping[str, Sequence[str]]) -> list[Row]:
    """`needs` names, for each step, the steps it depends on. Raises graphlib.CycleError."""
    order = _in_order(needs)
    children = _reduced(needs, order)
    lanes: list[_Edge | None] = []
    drawn = [_place(name, children[name], lanes) for name in order]
    width = max((row[1] for row in drawn), default=1) * LANE_PIXELS
    return [
        Row(name, _x(lane), width, head, tail)
        for name, (lane, _, head, tail) in zip(order, drawn, strict=True)
    ]


def _in_order(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Each step below all that it needs, otherwise in the order in which they were written."""
    places = {name: place for place, name in enumerate(needs)}
    sorter = graphlib.TopologicalSorter(needs)
    sorter.prepare()
    ready: list[str] = []
    order: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=places.__getitem__)
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return order


def _reduced(needs: Mapping[str, Sequence[str]], order: Sequence[str]) -> dict[str, list[str]]:
    """The steps right below each step, in their order."""
    above: dict[str, set[str]] = {}
    children: dict[str, list[str]] = {name: [] for name in order}
    for name in order:
        beyond = {far for near in needs[name] for far in above[near]}
        above[name] = beyond | set(needs[name])
        for near in set(needs[name]) - beyond:
            children[near].append(name)
    return children


def _place(
    name: str, children: Sequence[str], lanes: list[_Edge | None]
) -> tuple[int, int, tuple[Line, ...], tuple[Line, ...]]:
    """Take the row's place among the open `lanes` and leave those open that go on below it."""
    arriving = [lane for lane, edge in enumerate(lanes) if edge and edge.target == name]
    passing = [(lane, edge) for lane, edge in enumerate(lanes) if edge and edge.target != name]
    lane = arriving[0] if arriving else _free(lanes)
    head = [Line(edge.source, f"M{_x(at)} 0V{ROW_PIXELS}") for at, edge in passing]
    for at in arriving:
        edge = lanes[at]
        assert edge is not None
        head.append(Line(edge.source, _curve(at, lane, 0)))
        lanes[at] = None
    wide = len(lanes)
    for number, child in enumerate(children):
        at = lane if number == 0 else _free(lanes)
        lanes[at] = _Edge(name, child)
        head.append(Line(name, _curve(lane, at, ROW_PIXELS // 2)))
        wide = max(wide, at + 1)
    while lanes and lanes[-1] is None:
        lanes.pop()
    tail = [Line(edge.source, f"M{_x(at)} 0V1000") for at, edge in enumerate(lanes) if edge]
    return lane, max(wide, lane + 1), tuple(head), tuple(tail)


def _free(lanes: list[_Edge | None]) -> int:
    for lane, edge in enumerate(lanes):
        if edge is None:
            return lane
    lanes.append(None)
    return len(lanes) - 1


def _x(lane: int) -> int:
    return lane * LANE_PIXELS + LANE_PIXELS // 2


def _curve(start: int, end: int, top: int) -> str:
    """Half a row, from one lane to another."""
    half, x, to = ROW_PIXELS // 2, _x(start), _x(end)
    if start == end:
        return f"M{x} {top}v{half}"
    middle = top + half // 2
    return f"M{x} {top}C{x} {middle} {to} {middle} {to} {top + half}"
