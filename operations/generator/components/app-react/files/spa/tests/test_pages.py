"""The service hands out the React app, and files only where there are some."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase, override_settings


class PageTests(TestCase):
    def test_every_address_of_the_app_answers_with_its_page(self) -> None:
        with TemporaryDirectory() as folder, override_settings(FRONTEND=folder):
            (Path(folder) / "index.html").write_text('<div id="root"></div>')
            for path in ("/", "/app/anything", "/app/anything/12/edit"):
                page = self.client.get(path)
                self.assertContains(page, '<div id="root">')
                self.assertIn("default-src 'self'", page.headers["Content-Security-Policy"])
                self.assertEqual(page.headers["Cache-Control"], "no-cache")
                self.assertIn("csrftoken", page.cookies)

    def test_a_missing_file_is_no_page(self) -> None:
        self.assertEqual(self.client.get("/app/index-abc.js").status_code, 404)

    def test_says_when_it_is_not_built(self) -> None:
        with TemporaryDirectory() as folder, override_settings(FRONTEND=folder):
            self.assertContains(self.client.get("/"), "npm run build", status_code=503)
