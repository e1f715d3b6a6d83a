"""What the doctor and the system checks say about a machine and its settings."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from studio.runtime import heartbeat

pytestmark = pytest.mark.django_db

CODE = Path(__file__).resolve().parent.parent.parent


def manage(*arguments: str, home: Path, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ORCHARD_HOME": str(home), "DJANGO_SETTINGS_MODULE": "studio.settings"}
    command = [*prefix, sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=CODE, env=environment, capture_output=True, text=True, check=False)


def test_a_sound_machine_gets_a_clean_bill():
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    found = {one["name"]: one for one in json.loads(out.getvalue())}
    assert all(one["ok"] for one in found.values()), found
    assert {"git", "ORCHARD_HOME", "Database", "Redis", "Caddy", "Sandbox", "Browser", "App runtime"} <= set(
        found
    )


def test_a_missing_git_is_named_with_its_remedy_and_fails_the_command(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)
    assert ended.value.code == 1
    assert "✗ git" in out.getvalue()
    assert "apt-get install git" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="makes its full disk with bubblewrap")
def test_a_full_disk_is_named_with_its_remedy(tmp_path):
    (tmp_path / "small").mkdir()
    small_disk = ["bwrap", "--dev-bind", "/", "/", "--size", "500000", "--tmpfs", str(tmp_path / "small")]
    done = manage("doctor", "--json", home=tmp_path / "small", prefix=small_disk)
    assert done.returncode == 1, done.stderr
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert not found["ORCHARD_HOME"]["ok"]
    assert os.strerror(errno.ENOSPC) in found["ORCHARD_HOME"]["detail"]
    assert "more room" in found["ORCHARD_HOME"]["remedy"]


def test_a_home_that_cannot_be_written_is_one_line_for_every_command(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = manage("doctor", home=tmp_path / "file" / "home")
    assert done.returncode == 1
    assert done.stderr.startswith("ORCHARD_HOME=")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("ORCHARD_ARCHITECT", "no.such.Architect", "orchard.E001"),
        ("ORCHARD_PORT", 99999, "orchard.E002"),
        ("ORCHARD_SCHEME", "gopher", "orchard.E003"),
        ("ORCHARD_URL", "https://localhost:8000", "orchard.E004"),
        ("ORCHARD_LISTEN", ["0.0.0.0"], "orchard.W001"),
        ("ALLOWED_HOSTS", ["*"], "orchard.W002"),
        ("ALLOWED_HOSTS", ["studio.example.org"], "orchard.E008"),
        ("REDIS_URL", "localhost:6379", "orchard.E006"),
        ("OPERATION_LEASE_SECONDS", 5, "orchard.E007"),
        ("ORCHARD_METRICS_TOKEN", "guess", "orchard.E009"),
    ],
)
def test_a_setting_that_cannot_work_is_explained_with_a_hint(settings, setting, value, complaint):
    assert complaint not in {problem.id for problem in run_checks(tags=["orchard"])}
    setattr(settings, setting, value)
    problems = {problem.id: problem for problem in run_checks(tags=["orchard"])}
    assert complaint in problems
    assert problems[complaint].hint


def test_a_queue_is_served_while_its_worker_signs():
    heartbeat.sign("builds@one", {"builds"})
    heartbeat.sign("all@two", {"builds", "architect"}, slots=4, busy=3)
    assert heartbeat.served_queues() == {"builds", "architect"}
    heartbeat.sign("all@two", {"builds", "architect"}, slots=4, busy=1)
    assert heartbeat.Worker(frozenset({"builds", "architect"}), slots=4, busy=1) in heartbeat.living_workers()
    heartbeat.sign_off("all@two")
    assert heartbeat.served_queues() == {"builds"}
    heartbeat.sign_off("builds@one")
    assert heartbeat.served_queues() == set()
