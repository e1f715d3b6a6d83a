"""Charts go where their numbers say."""

from django.test import SimpleTestCase

from insights import charts
from insights.figures import Point


def points(*values: float) -> list[Point]:
    return [Point(f"P{number}", value, str(value)) for number, value in enumerate(values)]


class LineTests(SimpleTestCase):
    def test_the_largest_stands_highest(self) -> None:
        low, high = charts.line(points(1, 4)).marks
        self.assertLess(high.y, low.y)
        self.assertEqual(high.y, charts.TOP)

    def test_nothing_draws_nothing(self) -> None:
        self.assertEqual(charts.line([]).path, "")
        self.assertEqual(charts.line([]).marks, ())

    def test_zeroes_lie_on_the_ground(self) -> None:
        self.assertEqual({mark.y for mark in charts.line(points(0, 0)).marks}, {charts.BOTTOM})

    def test_an_axis_ends_at_a_round_number_that_holds_all(self) -> None:
        for value in (3, 7, 42, 99, 1234, 87_000, 0.2):
            top = charts.top_of(value)
            self.assertGreaterEqual(top, value)
            self.assertLessEqual(top, max(4, value * 2.5))

    def test_large_numbers_are_short_on_an_axis(self) -> None:
        said = [charts.short(one) for one in (0, 950, 1200, 2_500_000)]
        self.assertEqual(said, ["0", "950", "1.2k", "2.5m"])


class BarTests(SimpleTestCase):
    def test_lengths_are_shares_of_the_longest(self) -> None:
        self.assertEqual([one.length for one in charts.bars(points(8, 4, 2))], [100, 50, 25])


class DonutTests(SimpleTestCase):
    def test_shares_make_a_whole(self) -> None:
        arcs = charts.arcs(points(5, 3, 2))
        self.assertEqual([one.share for one in arcs], [50, 30, 20])

    def test_many_small_ones_become_one(self) -> None:
        arcs = charts.arcs(points(*range(12, 0, -1)))
        self.assertEqual(len(arcs), charts.COLOURS)
        self.assertEqual(arcs[-1].point.label, "7 others")

    def test_nothing_is_no_arc(self) -> None:
        self.assertEqual(charts.arcs(points(0, 0)), [])
