"""One vote a person, and the bars that come of them."""

from django.test import Client, TestCase
from django.urls import reverse

from learning.parameters import OPTION_POLL, OPTION_VOTES, Poll, PollOption
from learning.polls import results
from records.tests.build import build, user


class PollTests(TestCase):
    def setUp(self) -> None:
        self.poll = build(Poll)
        self.options = [
            build(PollOption, **{OPTION_POLL: self.poll, OPTION_VOTES: 0}) for _ in range(2)
        ]
        self.where = reverse("learning:vote", args=[self.poll.pk])
        self.client = self.voter()

    def voter(self) -> Client:
        client = Client()
        client.force_login(user(is_superuser=True, is_staff=True))
        return client

    def test_each_person_counts_once(self) -> None:
        for _ in range(2):
            self.client.post(self.where, {"option": self.options[0].pk})
        self.voter().post(self.where, {"option": self.options[1].pk})
        self.assertEqual([one["votes"] for one in results(self.poll)], [1, 1])

    def test_the_result_is_seen_after_voting(self) -> None:
        self.assertContains(self.client.get(self.poll.get_absolute_url()), "Your vote")
        answer = self.client.post(self.where, {"option": self.options[0].pk}, follow=True)
        self.assertContains(answer, "100 %")

    def test_no_choice_is_no_vote(self) -> None:
        answer = self.client.post(self.where, {}, follow=True)
        self.assertContains(answer, "choose one")
        self.assertEqual(sum(one["votes"] for one in results(self.poll)), 0)
