"""Each person likes a record once, and may take it back."""

from django.test import TestCase

from social.tests.cast import address, build, of_kind, signed_in


class LikeTests(TestCase):
    def test_there_is_something_to_like(self) -> None:
        self.assertTrue(of_kind("likes"))

    def test_liking_counts_once_a_person_and_can_be_taken_back(self) -> None:
        first, second = signed_in(), signed_in()
        for part in of_kind("likes"):
            whole = build(part.whole)
            for client, count in ((first, 1), (second, 2), (first, 1)):
                client.post(address(part, "like", whole))
                self.assertEqual(getattr(whole, part.related).count(), count)

    def test_the_page_says_who_likes_it(self) -> None:
        client = signed_in()
        for part in of_kind("likes"):
            whole = build(part.whole)
            self.assertContains(client.get(whole.get_absolute_url()), 'aria-pressed="false"')
            answer = client.post(address(part, "like", whole), follow=True)
            self.assertContains(answer, 'aria-pressed="true"')

    def test_nobody_is_sent_to_another_site(self) -> None:
        for part in of_kind("likes"):
            whole = build(part.whole)
            sent = {"next": "//elsewhere.example"}
            answer = signed_in().post(address(part, "like", whole), sent)
            self.assertEqual(answer.headers["location"], whole.get_absolute_url())
