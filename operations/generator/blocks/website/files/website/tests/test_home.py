"""The home says what this is and leads to everything it shows."""

from django.conf import settings
from django.test import TestCase
from django.urls import reverse
from django.utils.html import escape

from records.tests.build import build
from website.content import HAS_CONTACT, SECTIONS


class HomeTests(TestCase):
    address = reverse("website:home")

    def test_it_names_the_site_and_what_it_is_about(self) -> None:
        answer = self.client.get(self.address)
        self.assertContains(answer, f"<h1>{escape(settings.PROJECT_NAME)}</h1>", html=True)
        self.assertContains(answer, escape(settings.PROJECT_SUMMARY))

    def test_every_section_shows_its_newest_and_leads_to_all(self) -> None:
        for section in SECTIONS:
            record = build(section.model)
            answer = self.client.get(self.address)
            self.assertContains(answer, escape(str(record)))
            name = section.model._meta.model_name
            self.assertContains(answer, reverse(f"{name}-list"))

    def test_empty_sections_say_so(self) -> None:
        for section in SECTIONS:
            plural = section.model._meta.verbose_name_plural
            self.assertContains(self.client.get(self.address), f"No {escape(plural)} yet")

    def test_every_link_leads_somewhere(self) -> None:
        answer = self.client.get(self.address)
        for part in answer.content.decode().split('href="/')[1:]:
            path = "/" + part.split('"')[0].split("#")[0]
            if not path.startswith("/static/"):
                self.assertIn(self.client.get(path).status_code, (200, 302), path)

    def test_the_next_step_is_offered_where_there_is_one(self) -> None:
        page = self.client.get(self.address).content.decode()
        self.assertEqual("/contact/" in page, HAS_CONTACT)
