"""The service itself: health, headers, errors, logs, environment."""

import json
import logging
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, TestCase

from config.environment import Environment
from config.logs import JsonFormatter


class HealthTests(TestCase):
    def test_is_healthy_when_the_database_answers(self) -> None:
        self.assertEqual(self.client.get("/healthz").json(), {"status": "ok"})

    def test_only_this_app_and_known_origins_may_frame_it(self) -> None:
        policy = self.client.get("/healthz").headers["Content-Security-Policy"]
        self.assertIn("frame-ancestors 'self'", policy)
        self.assertIn("default-src 'self'", policy)

    def test_unknown_addresses_get_a_page_or_json(self) -> None:
        self.assertContains(self.client.get("/nothing-here/"), "nothing here", status_code=404)
        self.assertEqual(
            self.client.get("/api/nothing/").json(), {"detail": "There is nothing here"}
        )


class EnvironmentTests(SimpleTestCase):
    def test_names_everything_that_is_missing(self) -> None:
        with self.assertRaisesMessage(
            ImproperlyConfigured, "SECRET_KEY is missing; DATABASE_URL is"
        ):
            Environment.read({"APP_ENVIRONMENT": "production"}, Path("/app"))

    def test_reads_a_deployed_environment(self) -> None:
        environment = Environment.read(
            {
                "APP_ENVIRONMENT": "staging",
                "SECRET_KEY": "secret",
                "DATABASE_URL": "sqlite:////data/app.sqlite3",
                "ALLOWED_HOSTS": "a.localhost,b.localhost",
                "FRAME_ANCESTORS": "http://studio.localhost:8000 http://other.localhost",
            },
            Path("/app"),
        )
        self.assertEqual(environment.database["NAME"], "/data/app.sqlite3")
        self.assertEqual(environment.allowed_hosts, ["a.localhost", "b.localhost"])
        self.assertEqual(len(environment.frame_ancestors), 2)


class LogTests(SimpleTestCase):
    def test_writes_one_json_object_per_line(self) -> None:
        record = logging.LogRecord("app", logging.INFO, __file__, 1, "Hello %s", ("you",), None)
        entry = json.loads(JsonFormatter().format(record))
        self.assertEqual((entry["level"], entry["message"]), ("info", "Hello you"))
