"""A generated app in a folder, run as a stranger would: by its own commands, in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from operations.generator.ledger import ReportedTest, parse_test_results
from operations.generator.migrations import GENERATION_ENVIRONMENT, generation_steps
from operations.generator.model import Plan
from operations.generator.render import is_kept, render


class GeneratedApp:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root.parent / f"{root.name}-data"
        self.data.mkdir(parents=True, exist_ok=True)

    @property
    def staging(self) -> dict[str, str]:
        return {
            "APP_ENVIRONMENT": "staging",
            "SECRET_KEY": "secret",
            "ALLOWED_HOSTS": "app.localhost",
            "DATABASE_URL": f"sqlite:///{self.data / 'app.sqlite3'}",
            "MEDIA_ROOT": str(self.data / "media"),
        }

    def build(self, plan: Plan) -> Mapping[str, bytes]:
        """Write the files of a plan over what is there and bring the migrations up to date."""
        files = render(plan)
        for path in sorted(self.root.rglob("*")) if self.root.exists() else []:
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name not in files and not is_kept(name):
                path.unlink()
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for step in generation_steps(plan):
            self.run(*step.argv[1:], environment=GENERATION_ENVIRONMENT)
        return files

    def run(self, *argv: str, environment: Mapping[str, str] | None = None, succeeds: bool = True) -> str:
        """Run Python with `argv` in the app; its whole output."""
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environment or self.staging),
        }
        done = subprocess.run(
            [sys.executable, *argv], cwd=self.root, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert not succeeds or done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def test(self, *labels: str) -> list[ReportedTest]:
        report = self.data / "report.jsonl"
        environment = {**GENERATION_ENVIRONMENT, "TEST_REPORT": str(report)}
        self.run("manage.py", "test", *labels, environment=environment, succeeds=False)
        return parse_test_results(report.read_text(encoding="utf-8"))

    def assert_clean(self) -> None:
        """The code is as ruff formats it, and ruff finds nothing in it by the app's own rules."""
        ruff = Path(sys.executable).with_name("ruff")
        for command in (["check"], ["format", "--check"]):
            done = subprocess.run(
                [ruff, *command, "--no-cache", "."],
                cwd=self.root,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout

    def test_passing(self, *labels: str) -> list[ReportedTest]:
        """What its own tests reported; every one of them passed."""
        results = self.test(*labels)
        assert results
        assert [(one.id, one.message[-400:]) for one in results if one.outcome != "passed"] == []
        return results

    def shell(self, code: str) -> str:
        """Run statements against the staging database; what they print."""
        lines = "import django; django.setup()\nfrom django.apps import apps\n"
        return self.run(
            "-c", lines + code, environment={**self.staging, "DJANGO_SETTINGS_MODULE": "config.settings"}
        )
