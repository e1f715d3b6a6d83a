"""Each page says something of its own until staff write their words."""

from django.test import TestCase
from django.utils.html import escape

from website.content import PAGES
from website.models import PageText


class PageTests(TestCase):
    def test_each_page_is_headed_by_its_name(self) -> None:
        for path, page in PAGES.items():
            answer = self.client.get(path)
            self.assertContains(answer, f"<h1>{escape(page.name)}</h1>", html=True)

    def test_the_words_of_staff_replace_ours(self) -> None:
        for path, page in PAGES.items():
            PageText.objects.create(path=path, text="We began in a shed.\n\nWe still have it.")
            answer = self.client.get(path)
            self.assertContains(answer, "<p>We still have it.</p>", html=True)
            self.assertContains(answer, escape(page.name))
