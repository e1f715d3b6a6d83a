"""Words are found wherever they stand, by those who may see them."""

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.urls import reverse
from django.utils.html import escape

from records.tests.build import build, user
from search.views import searched


def everyone():
    return user(is_superuser=True, is_staff=True)


def word_of(page, record) -> str:
    """A text this record is found by, "" when its columns are all empty."""
    own = [name for name in page.search_fields if "__" not in name]
    return next((str(getattr(record, name)) for name in own if getattr(record, name)), "")


class SearchTests(TestCase):
    def setUp(self) -> None:
        self.somebody = everyone()
        self.client.force_login(self.somebody)

    def look_for(self, words: str, **query: str):
        return self.client.get(reverse("search:search"), {"q": words} | query)

    def test_every_list_is_searched(self) -> None:
        for page in searched(self.somebody):
            record = build(page.model)
            word = word_of(page, record)
            if word:
                with self.subTest(page.__name__):
                    name = page.model._meta.model_name
                    answer = self.look_for(word, **{"in": name})
                    self.assertContains(answer, escape(record.get_absolute_url()))
                    self.assertEqual([one.name for one in answer.context["hits"]], [name])

    def test_nothing_found_says_so(self) -> None:
        self.assertContains(self.look_for("xyzzy"), "No matches")

    def test_without_words_the_lists_are_offered(self) -> None:
        answer = self.look_for(" ")
        self.assertContains(answer, "What are you looking for?")
        for _, address in answer.context["lists"]:
            self.assertContains(answer, address)

    def test_words_are_text(self) -> None:
        self.assertNotContains(self.look_for("<script>alert(1)</script>"), "<script>alert")

    def test_every_page_has_the_box(self) -> None:
        self.assertContains(self.client.get(reverse("overview")), 'aria-label="Find anything"')

    def test_strangers_find_nothing_they_may_not_list(self) -> None:
        open_to_all = [page.__name__ for page in searched(AnonymousUser())]
        self.client.logout()
        for page in searched(self.somebody):
            listed = self.client.get(reverse(f"{page.model._meta.model_name}-list"))
            self.assertEqual(listed.status_code == 200, page.__name__ in open_to_all)
