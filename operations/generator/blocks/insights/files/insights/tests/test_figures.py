"""Figures are those of the records, and of the period alone."""

from datetime import date

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from insights.figures import Measure, by_category, by_time, measures, span, total, within
from insights.periods import Period, steps
from insights.tests.cast import SUBJECTS, built, everyone


class PeriodTests(SimpleTestCase):
    def test_a_preset_ends_today(self) -> None:
        period = Period.read({"period": "30"})
        self.assertEqual(period.end, timezone.localdate())
        self.assertEqual((period.end - period.start).days, 29)

    def test_the_period_before_is_as_long_and_ends_where_this_begins(self) -> None:
        before = Period.read({"from": "2026-03-11", "to": "2026-03-20"}).before
        self.assertEqual((before.start, before.end), (date(2026, 3, 1), date(2026, 3, 10)))

    def test_dates_the_wrong_way_round_are_turned(self) -> None:
        period = Period.read({"from": "2026-03-20", "to": "2026-03-11"})
        self.assertLess(period.start, period.end)

    def test_nonsense_is_the_usual_period(self) -> None:
        self.assertEqual(Period.read({"period": "x", "from": "y"}), Period.read({}))

    def test_all_time_has_no_before(self) -> None:
        self.assertIsNone(Period.read({"period": "all"}).before)

    def test_steps_leave_no_day_out(self) -> None:
        first, last = date(2026, 1, 30), date(2026, 3, 2)
        self.assertEqual(len(list(steps(first, last, "day"))), 32)
        self.assertEqual([one.month for one in steps(first, last, "month")], [1, 2, 3])


class FigureTests(TestCase):
    def test_only_the_period_counts(self) -> None:
        for subject in SUBJECTS:
            with self.subTest(subject.name):
                subject.model.objects.all().delete()
                built(subject, days_ago=1), built(subject, days_ago=400)
                records = subject.records(everyone())
                month = within(records, subject, Period.read({"period": "30"}))
                self.assertEqual(total(month, Measure()), 1)
                self.assertEqual(total(records, Measure()), 2)

    def test_sums_and_means_are_those_of_the_values(self) -> None:
        for subject in SUBJECTS:
            for measure in measures(subject):
                with self.subTest(f"{subject.name} {measure.key}"):
                    subject.model.objects.all().delete()
                    held = [built(subject) for _ in range(3)]
                    values = [float(getattr(one, measure.field or "pk") or 0) for one in held]
                    wanted = {
                        "count": 3.0,
                        "sum": sum(values),
                        "average": sum(values) / 3,
                    }[measure.kind]
                    self.assertAlmostEqual(total(subject.records(everyone()), measure), wanted, 2)

    def test_groups_add_up_to_the_whole(self) -> None:
        for subject in SUBJECTS:
            for name in subject.categories:
                with self.subTest(f"{subject.name} by {name}"):
                    built(subject), built(subject)
                    records = subject.records(everyone())
                    points = by_category(records, subject, Measure(), name)
                    self.assertEqual(sum(one.value for one in points), records.count())

    def test_steps_add_up_to_the_whole(self) -> None:
        for subject in SUBJECTS:
            for step in ("day", "week", "month"):
                with self.subTest(f"{subject.name} per {step}"):
                    subject.model.objects.all().delete()
                    built(subject), built(subject, days_ago=9), built(subject, days_ago=70)
                    records = subject.records(everyone())
                    days = span(records, subject)
                    points = by_time(records, subject, Measure(), step, days)
                    self.assertEqual(sum(one.value for one in points), 3)
