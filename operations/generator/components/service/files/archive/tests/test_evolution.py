"""The models and the migrations agree, so nothing that was changed is forgotten."""

from io import StringIO

from django.core.management import call_command
from django.test import TestCase


class MigrationTests(TestCase):
    def test_no_change_is_without_its_migration(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())
