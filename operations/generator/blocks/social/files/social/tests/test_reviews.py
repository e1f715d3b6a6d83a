"""People rate with stars, and the average is shown."""

from django.test import TestCase

from social.templatetags.social import stars
from social.tests.cast import address, of_kind, open_record, signed_in, words_for


class ReviewTests(TestCase):
    def test_there_is_something_to_review(self) -> None:
        self.assertTrue(of_kind("reviews"))

    def test_a_review_stands_below_the_record_with_the_average(self) -> None:
        client = signed_in()
        for part in of_kind("reviews"):
            whole = open_record(part)
            client.post(address(part, "say", whole), words_for(part, **{part.rating: 5}))
            client.post(address(part, "say", whole), words_for(part, **{part.rating: 2}))
            page = client.get(whole.get_absolute_url())
            self.assertContains(page, "3.5 of 5 stars")
            self.assertEqual(getattr(whole, part.related).count(), 2)

    def test_a_review_without_stars_is_refused(self) -> None:
        client = signed_in()
        for part in of_kind("reviews"):
            whole = open_record(part)
            for wrong in ("", "9"):
                sent = words_for(part, **{part.rating: wrong})
                answer = client.post(address(part, "say", whole), sent)
                self.assertEqual(answer.status_code, 422)
            self.assertEqual(getattr(whole, part.related).count(), 0)

    def test_stars_never_leave_their_five(self) -> None:
        self.assertEqual(stars(3.4), "★★★☆☆")
        self.assertEqual(stars(11), "★★★★★")
        self.assertEqual(stars(None), "☆☆☆☆☆")
