"""Each game has a page, and results are kept and ranked."""

from django.contrib.staticfiles import finders
from django.test import TestCase
from django.urls import reverse

from games.catalogue import GAMES
from games.models import MOST, HighScore


class GameTests(TestCase):
    def test_every_game_is_offered_and_has_its_script(self) -> None:
        page = self.client.get(reverse("games:choose"))
        for slug in GAMES:
            where = reverse("games:play", args=[slug])
            self.assertContains(page, where)
            self.assertContains(self.client.get(where), f'data-game="{slug}"')
            self.assertIsNotNone(finders.find(f"js/games/{slug}.js"))

    def test_the_best_stand_first(self) -> None:
        for slug in GAMES:
            where = reverse("games:play", args=[slug])
            self.client.post(where, {"player": "Ben", "points": 10})
            page = self.client.post(where, {"player": "Ada", "points": 30}, follow=True)
            names = [score.player for score in page.context["best"]]
            self.assertEqual(names, ["Ada", "Ben"])

    def test_a_result_that_cannot_be_is_refused(self) -> None:
        where = reverse("games:play", args=[next(iter(GAMES))])
        for wrong in ({"player": "", "points": 5}, {"player": "Ada", "points": MOST + 1}):
            self.assertContains(self.client.post(where, wrong), "field__error")
        self.assertFalse(HighScore.objects.exists())

    def test_an_unknown_game_is_not_there(self) -> None:
        self.assertEqual(self.client.get(reverse("games:play", args=["chess"])).status_code, 404)
