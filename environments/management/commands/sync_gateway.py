"""`manage.py sync_gateway`: let gateway and supervisor serve what the database says is live."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from environments.services import restore_live_releases


class Command(BaseCommand):
    help = "Route every live release again and start those that are not running."

    def handle(self, *args: Any, **options: Any) -> None:
        for problem in restore_live_releases():
            self.stderr.write(problem)
