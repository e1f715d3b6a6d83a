"""Cards stand in lanes, move between them and keep their order."""

from django.test import TestCase
from django.urls import reverse
from django.utils.html import escape

from board.lanes import BOARDS, lanes
from records.tests.build import build, user


class BoardTests(TestCase):
    def setUp(self) -> None:
        self.slug, (self.model, self.column) = next(iter(BOARDS.items()))
        self.first, self.last = [
            str(self.model._meta.get_field(self.column).choices[place][0]) for place in (0, -1)
        ]
        self.person = user(is_superuser=True)
        self.client.force_login(self.person)
        self.cards = [build(self.model, **{self.column: self.first}) for _ in range(3)]

    def move(self, card, **sent):
        return self.client.post(reverse("board:move", args=[self.slug, card.pk]), sent)

    def order(self, value: str) -> list[int]:
        lane = next(one for one in lanes(self.slug, self.person) if one.value == value)
        return [card.pk for card in lane.cards]

    def test_the_board_shows_every_lane_and_card(self) -> None:
        page = self.client.get(reverse("board:board", args=[self.slug]))
        for _, label in self.model._meta.get_field(self.column).choices:
            self.assertContains(page, escape(str(label)))
        for card in self.cards:
            self.assertContains(page, card.get_absolute_url())

    def test_a_card_moves_to_another_lane_by_a_form(self) -> None:
        answer = self.move(self.cards[0], to=self.last)
        self.assertRedirects(answer, reverse("board:board", args=[self.slug]))
        self.assertEqual(self.order(self.last), [self.cards[0].pk])

    def test_the_order_within_a_lane_stays(self) -> None:
        one, two, three = [card.pk for card in self.cards]
        self.move(self.cards[2], to=self.first, before=one)
        self.assertEqual(self.order(self.first), [three, one, two])
        self.move(self.cards[2], to=self.first)
        self.assertEqual(self.order(self.first), [one, two, three])

    def test_there_is_no_way_to_a_lane_that_is_none(self) -> None:
        self.assertEqual(self.move(self.cards[0], to="nowhere").status_code, 404)
        self.assertEqual(self.order(self.first), [card.pk for card in self.cards])
