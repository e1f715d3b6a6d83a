"""Reports group, total, and leave the app."""

import csv

from django.test import TestCase
from django.urls import reverse

from insights.tests.cast import SUBJECTS, built, everyone
from records.views import OVERVIEW


class ReportTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(everyone())

    def report(self, **query: str):
        return self.client.get(reverse("insights:report"), query)

    def test_every_choice_makes_a_report(self) -> None:
        for subject in SUBJECTS:
            built(subject), built(subject, days_ago=40)
            offered = self.report(of=subject.name).context["report"]
            for group, _ in offered.groups:
                for measure, _ in offered.measures:
                    with self.subTest(f"{subject.name} {measure} by {group}"):
                        found = self.report(of=subject.name, by=group, show=measure)
                        report = found.context["report"]
                        self.assertEqual((report.group, report.measure.key), (group, measure))
                        self.assertContains(found, "<tfoot>")
                        if report.measure.kind != "average":
                            whole = sum(row.point.value for row in report.rows)
                            self.assertAlmostEqual(whole, report.total.value, 2)

    def test_every_shape_is_drawn(self) -> None:
        for subject in SUBJECTS:
            built(subject)
            for shape, mark in (
                ("bars", 'class="bars"'),
                ("line", "chart__line"),
                ("donut", "donut"),
            ):
                with self.subTest(f"{subject.name} as {shape}"):
                    self.assertContains(self.report(of=subject.name, **{"as": shape}), mark)

    def test_nonsense_leads_to_the_first_report(self) -> None:
        answer = self.report(of="Nothing", by="nothing", show="nothing", **{"as": "nothing"})
        self.assertEqual(answer.status_code, 200)

    def test_a_period_without_records_says_so(self) -> None:
        for subject in SUBJECTS[:1]:
            built(subject)
            answer = self.report(of=subject.name, **{"from": "1990-01-01", "to": "1990-02-01"})
            self.assertContains(answer, "in this period")

    def test_a_report_is_exported(self) -> None:
        for subject in SUBJECTS:
            built(subject)
            answer = self.report(of=subject.name, format="csv")
            rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
            self.assertEqual(
                len(rows), 2 + len(self.report(of=subject.name).context["report"].rows)
            )

    def test_every_list_is_exported(self) -> None:
        for page in OVERVIEW:
            address = reverse(f"{page.model._meta.model_name}-list")
            answer = self.client.get(address, {"format": "csv"})
            self.assertEqual(answer.headers["Content-Type"], "text/csv; charset=utf-8")
