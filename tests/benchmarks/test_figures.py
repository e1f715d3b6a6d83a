"""What benchmarks conclude from what they measured."""

import pytest

from tests.benchmarks import report
from tests.benchmarks.corpus.wishes import wished_colors
from tests.benchmarks.fairness import figures_of, one_came_first
from tests.benchmarks.report import Bar

FIGURES = {"sqlite": {"wait_ratio": 1.5, "start_ms": {"p50": 3, "n": 9}}, "postgresql": {"wait_ratio": 2.5}}


def test_a_bar_is_held_to_every_figure_it_names():
    judged = report.judged("line", FIGURES, [Bar("*.wait_ratio", at_most=2), Bar("*.p50", at_least=3)])
    assert [(row["figure"], row["met"]) for row in judged] == [
        ("line.sqlite.wait_ratio", True),
        ("line.postgresql.wait_ratio", False),
        ("line.sqlite.start_ms.p50", True),
    ]


def test_a_bar_for_something_that_was_not_measured_does_not_hold_in_silence():
    with pytest.raises(ValueError, match="measured nothing that is called"):
        report.judged("line", FIGURES, [Bar("*.wait_raito", at_most=2)])


def test_a_line_in_turns_is_fair_and_one_that_serves_a_project_first_is_not():
    order = [0, 0, 1, 1, 2, 2]
    served = {"in turns": [0, 3, 1, 4, 2, 5], "one first": [0, 1, 2, 3, 4, 5]}
    waits = {}
    for name, places in served.items():
        line = [
            {"project": project, "started": float(place), "completed": place + 1.0}
            for project, place in zip(order, places, strict=True)
        ]
        figures = figures_of(line, projects=3)
        waits[name] = (figures["wait_max_to_median_ratio"], figures["begun_before_last_project_per_project"])
    assert waits == {"in turns": (1.4, 0.67), "one first": (1.8, 1.33)}


def test_one_project_puts_in_half_of_all_before_anybody_else():
    order = one_came_first(20, 200)
    assert order[:100] == [0] * 100
    assert sorted(order[100:]) == sorted(1 + place % 19 for place in range(100))


@pytest.mark.parametrize(
    ("message", "colors"),
    [
        (
            "Use pale green for the background and forest green for components.",
            {"background": "#98fb98", "components": "#228b22"},
        ),
        (
            "Set page background to salmon; color all components with crimson.",
            {"background": "#fa8072", "components": "#dc143c"},
        ),
        ("Use ice blue as the background color.", {}),
        ("A shop for tan shoes.", {}),
    ],
)
def test_colours_are_read_from_requests_by_their_own_rules(message, colors):
    assert wished_colors(message) == colors
