"""`make run`: the whole Studio on this machine, in the foreground."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from studio.core.errors import OrchardError
from studio.runtime import launch, tether


class Command(BaseCommand):
    help = (
        "Run the whole Studio on this machine until Ctrl-C: front door, Redis, web, workers and the apps. "
        "ORCHARD_HOME holds all state, ORCHARD_PORT is the front door's port; .env.example lists every setting."
    )
    requires_system_checks: list[
        str
    ] = []  # `doctor` and `check` run them; they would cost a warm start a second

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="also stop when the process that started this one ends",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop_with_parent"]:
            tether.end_with_parent(signal.SIGTERM)
        os.umask(0o077)  # the home holds sessions, conversations and what people typed into apps
        try:
            launch.run(self._say)
        except (OrchardError, OSError) as error:
            self._fail(str(error))
        except DatabaseError as error:
            self._fail(f"The database cannot be used: {str(error).strip()}. `manage.py doctor` tells more.")

    def _fail(self, message: str) -> NoReturn:
        self.stderr.write(self.style.ERROR(message))
        raise SystemExit(1)

    def _say(self, text: str) -> None:
        """Goes on when nobody listens any more: a closed terminal must not keep us from stopping."""
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError:
            self.stdout._out = open(os.devnull, "w")  # noqa: SIM115 — lives as long as the process
