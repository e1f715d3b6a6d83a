"""Recall and precision over the judged conversations never fall below what has been reached.

`make bench-architect` prints the figures. Raise a floor when the figure has risen for good.
"""

from __future__ import annotations

import pytest

from tests.architect.judging import Score, conversations, judge, total

# part → (recall, precision); None where precision says nothing
FLOORS: dict[str, dict[str, tuple[float, float | None]]] = {
    "tuned": {
        "entities": (0.95, 0.93),
        "fields": (0.95, 0.94),
        "types": (0.97, None),
        "relations": (0.9, 0.9),
        "permissions": (0.9, 0.75),
        "other": (0.92, None),
    },
    "held_out": {
        "entities": (0.9, 0.76),
        "fields": (0.89, 0.92),
        "types": (0.93, None),
        "relations": (0.66, 0.66),
        "permissions": (0.8, 0.9),
        "other": (0.8, None),
    },
}


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    judged = [judge(name, body) for name, body in conversations().items()]
    return {
        "tuned": total(entry for entry in judged if not entry.held_out),
        "held_out": total(entry for entry in judged if entry.held_out),
    }


def test_there_are_enough_conversations_of_several_turns() -> None:
    bodies = conversations().values()
    assert len(bodies) >= 60
    assert sum(bool(body.get("held_out")) for body in bodies) >= len(bodies) / 4
    assert all(2 <= len(body["say"]) <= 6 for body in bodies)


@pytest.mark.parametrize(
    ("group", "part"), [(group, part) for group, parts in FLOORS.items() for part in parts]
)
def test_no_figure_falls(scores: dict[str, Score], group: str, part: str) -> None:
    count = scores[group][part]
    recall, precision = FLOORS[group][part]
    misses = "; ".join(count.misses) if group == "tuned" else "see make bench-architect"
    assert count.recall >= recall, misses
    assert precision is None or count.precision >= precision, misses
