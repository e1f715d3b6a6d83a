"""The stream shows the newest first, goes on in pages and knows tags."""

from django.test import TestCase
from django.urls import reverse
from django.utils.html import escape

from social.feed import TAGS, Feed
from social.tests.cast import build, signed_in


class FeedTests(TestCase):
    address = reverse("social:feed")

    def test_the_newest_is_first(self) -> None:
        older, newer = build(Feed.model), build(Feed.model)
        page = signed_in().get(self.address)
        shown = [post.pk for post in page.context["object_list"]]
        self.assertEqual(shown, [newer.pk, older.pk])
        self.assertContains(page, escape(str(newer)))

    def test_older_ones_are_a_page_away(self) -> None:
        for _ in range(Feed.paginate_by + 1):
            build(Feed.model)
        client = signed_in()
        self.assertContains(client.get(self.address), "page=2")
        second = client.get(self.address, {"page": 2})
        self.assertEqual(len(second.context["object_list"]), 1)

    def test_an_empty_stream_says_so(self) -> None:
        label = Feed.model._meta.verbose_name_plural
        self.assertContains(signed_in().get(self.address), f"No {label} yet")

    def test_a_tag_leads_to_its_posts(self) -> None:
        post, other = build(Feed.model), build(Feed.model)
        if TAGS:
            tag = build(Feed.model._meta.get_field(TAGS).related_model)
            getattr(post, TAGS).add(tag)
            found = signed_in().get(self.address, {"tag": tag.pk}).context["object_list"]
            self.assertEqual([one.pk for one in found], [post.pk])
            self.assertNotIn(other, found)

    def test_the_most_liked_can_stand_first(self) -> None:
        build(Feed.model)
        answer = signed_in().get(self.address, {"order": "liked"})
        self.assertEqual(answer.status_code, 200)
