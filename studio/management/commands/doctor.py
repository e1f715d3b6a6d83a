"""`manage.py doctor`: tries everything the Studio needs of this machine, and says what to do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from studio.runtime.diagnosis import Finding, findings


class Command(BaseCommand):
    help = "Try everything the Studio needs of this machine; exit code 1 when something does not work."
    requires_system_checks: list[str] = []  # they are among the findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON list of {name, ok, detail, remedy}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for finding in findings():
            found.append(finding)
            if not options["json"]:
                self._tell(finding)
        if options["json"]:
            self.stdout.write(json.dumps([finding.as_json() for finding in found], indent=2))
        if not all(finding.ok for finding in found):
            raise SystemExit(1)

    def _tell(self, finding: Finding) -> None:
        style, mark = (self.style.SUCCESS, "✓") if finding.ok else (self.style.ERROR, "✗")
        self.stdout.write(f"{style(mark)} {finding.name:<18} {finding.detail}")
        if finding.remedy:
            self.stdout.write(f"  {'':<18} → {finding.remedy}")
