"""The dashboard shows what there is, to those who may see it."""

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from insights.subjects import subjects_of
from insights.tests.cast import SUBJECTS, built, everyone
from records.samples import plant


class DashboardTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(everyone())

    def test_figures_charts_and_their_tables(self) -> None:
        for subject in SUBJECTS:
            for days in (1, 20, 40):
                built(subject, days_ago=days)
        page = self.client.get(reverse("insights:dashboard"))
        board = page.context["board"]
        self.assertTrue(board.tiles)
        for tile in board.tiles:
            self.assertContains(page, tile.value)
        for chart in board.charts:
            self.assertContains(page, chart.title.split("'")[0])
            for point in chart.points:
                self.assertIn(point.text, page.content.decode())

    def test_it_says_when_there_is_nothing(self) -> None:
        for subject in SUBJECTS:
            subject.model.objects.all().delete()
        self.assertContains(self.client.get(reverse("insights:dashboard")), "Nothing to show yet")

    def test_every_period_answers(self) -> None:
        plant()
        for query in (
            "period=30",
            "period=all",
            "from=2020-01-01",
            "from=2030-01-01&to=2031-01-01",
        ):
            with self.subTest(query):
                page = self.client.get(f"{reverse('insights:dashboard')}?{query}")
                self.assertEqual(page.status_code, 200)

    def test_more_records_need_no_more_queries(self) -> None:
        address = reverse("insights:dashboard")
        for subject in SUBJECTS:
            built(subject, days_ago=1)
        with CaptureQueriesContext(connection) as few:
            self.client.get(address)
        for subject in SUBJECTS:
            for days in (1, 2, 3):
                built(subject, days_ago=days)
        with CaptureQueriesContext(connection) as many:
            self.client.get(address)
        self.assertLessEqual(len(many), len(few) + 2)

    def test_strangers_see_figures_of_nothing_they_may_not_list(self) -> None:
        for subject in SUBJECTS:
            built(subject, days_ago=1)
        offered = {subject.name for subject in subjects_of(AnonymousUser())}
        self.client.logout()
        page = self.client.get(reverse("insights:dashboard"))
        shown = {tile.url for tile in page.context["board"].tiles}
        for subject in SUBJECTS:
            listed = self.client.get(reverse(f"{subject.model._meta.model_name}-list"))
            self.assertEqual(listed.status_code == 200, subject.name in offered)
            if subject.name not in offered:
                self.assertNotIn(reverse(f"{subject.model._meta.model_name}-list"), shown)
