"""What `manage.py doctor` looks at: each probe tries one thing for real and says what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from studio.checks import PORTS
from studio.core import hub, ports
from studio.core.errors import OrchardError
from studio.core.sandbox import bubblewrap
from studio.core.sandbox.port import Sandbox, SandboxSpec
from studio.runtime import binaries, preparation

NEEDED_BYTES = 1 << 30
OLDEST_SQLITE = (3, 37)


@dataclass(frozen=True)
class Finding:
    """`ok` False fails the doctor. A warning is `ok` with a `remedy`: it works, but could be better."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def findings() -> Iterator[Finding]:
    """In the order in which things depend on each other. No probe raises."""
    for name, probe in _PROBES.items():
        try:
            yield probe()
        except OrchardError as error:
            yield Finding(name, ok=False, detail=error.message)
        except Exception as error:  # noqa: BLE001 — whatever goes wrong in a probe is its finding
            yield Finding(name, ok=False, detail=f"{type(error).__name__}: {error}")
    yield from _settings()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", ok=sys.version_info >= (3, 11), detail=version, remedy="")


def _git() -> Finding:
    git = binaries.git()
    return Finding("git", ok=True, detail=f"{_output(str(git), '--version')} ({git})")


def _home() -> Finding:
    home: Path = settings.ORCHARD_HOME
    remedy = "set ORCHARD_HOME to a folder of yours on a disk with more room"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home) as probe:
            probe.write(b"\0" * (1 << 20))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return Finding("ORCHARD_HOME", ok=False, detail=f"{home}: {error.strerror}", remedy=remedy)
    free = shutil.disk_usage(home).free
    enough = free >= NEEDED_BYTES
    return Finding(
        "ORCHARD_HOME", enough, f"{home}, {free / (1 << 30):.1f} GiB free", "" if enough else remedy
    )


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor != "sqlite":
        return Finding("Database", ok=True, detail=connection.display_name)
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    detail = f"SQLite {sqlite3.sqlite_version}, journal {mode}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return Finding(
            "Database", ok=False, detail=detail, remedy="use a Python with a newer SQLite, or PostgreSQL"
        )
    remedy = (
        ""
        if mode == "wal"
        else "put ORCHARD_HOME on a local disk: write-ahead logging does not work on network disks"
    )
    return Finding("Database", mode == "wal", detail, remedy)


def _schema() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not waiting:
        return Finding("Schema", ok=True, detail="up to date")
    remedy = "make run applies them, manage.py migrate too"
    return Finding("Schema", ok=True, detail=f"{waiting} migrations to apply", remedy=remedy)


def _redis() -> Finding:
    try:
        server: Any = hub.client().info("server")
    except redis.RedisError as error:
        if settings.REDIS_IS_EMBEDDED:
            return Finding(
                "Redis", ok=True, detail=f"{binaries.redis_server()}; not running, make run starts it"
            )
        return Finding(
            "Redis",
            ok=False,
            detail=str(error),
            remedy="start it, or unset REDIS_URL to use the bundled server",
        )
    return Finding("Redis", ok=True, detail=f"version {server['redis_version']} answers")


def _caddy() -> Finding:
    caddy = binaries.caddy()
    return Finding("Caddy", ok=True, detail=f"{_output(str(caddy), 'version').split(' ')[0]} ({caddy})")


def _sandbox() -> Finding:
    sandbox: Sandbox = ports.load("ORCHARD_SANDBOX")
    done = sandbox.run(SandboxSpec(argv=["/bin/true"], working_directory="/"), timeout_seconds=10)
    if done.exit_code:
        return Finding("Sandbox", ok=False, detail=f"a command in it fails: {done.output.strip()[-200:]}")
    if sandbox.level() == "bubblewrap":
        return Finding("Sandbox", ok=True, detail="bubblewrap")
    remedy = "install bubblewrap (apt-get install bubblewrap) and allow user namespaces"
    return Finding(
        "Sandbox", ok=True, detail="resource limits only: generated code can read your files", remedy=remedy
    )


def _browser() -> Finding:
    found = binaries.chromium(settings.ORCHARD_CHROMIUM)
    if found and bubblewrap.program():
        return Finding("Browser", ok=True, detail=f"{found}, in a sandbox without a network of its own")
    if found:
        remedy = "install bubblewrap (apt-get install bubblewrap): what a page tries then meets nothing"
        return Finding("Browser", ok=True, detail=f"{found}, told to use the egress proxy", remedy=remedy)
    remedy = (
        "install chromium, or run .venv/bin/playwright install chromium; only captures of references need it"
    )
    return Finding("Browser", ok=True, detail="no Chromium found", remedy=remedy)


def _architect() -> Finding:
    """Who answers in the conversation, and what it may cost. Nothing is asked: that would cost."""
    path = settings.ORCHARD_ARCHITECT
    name = ports.load("ORCHARD_ARCHITECT").name
    if not path.endswith(".ClaudeArchitect"):
        return Finding("Architect", ok=True, detail=name)
    if not settings.ANTHROPIC_API_KEY:
        remedy = "set ANTHROPIC_API_KEY, or unset ORCHARD_ARCHITECT for the offline Architect"
        return Finding("Architect", ok=False, detail=f"{name} without a key", remedy=remedy)
    where = settings.ANTHROPIC_BASE_URL or "api.anthropic.com"
    budgets = ", ".join(
        f"{scope} {amount if amount == 'none' else '$' + amount}"
        for scope, amount in (
            ("message", settings.ORCHARD_BUDGET_MESSAGE),
            ("project a month", settings.ORCHARD_BUDGET_PROJECT_MONTH),
            ("Studio a month", settings.ORCHARD_BUDGET_MONTH),
        )
    )
    detail = (
        f"{settings.ANTHROPIC_MODEL} at {where}, {settings.ANTHROPIC_TIMEOUT_SECONDS:g} s of patience, "
        f"{settings.ANTHROPIC_MAX_RETRIES} retries; budgets: {budgets}"
    )
    return Finding("Architect", ok=True, detail=detail)


def _apps() -> Finding:
    for step in preparation.steps():
        try:
            step.run()
        except OrchardError as error:
            remedy = "check the network and the package index, then run manage.py doctor again"
            return Finding("App runtime", ok=False, detail=f"{step.label}: {error.message}", remedy=remedy)
    return Finding(
        "App runtime",
        ok=True,
        detail=", ".join(step.label for step in preparation.steps()) or "nothing to prepare",
    )


_PROBES: dict[str, Callable[[], Finding]] = {
    "Python": _python,
    "git": _git,
    "ORCHARD_HOME": _home,
    "Database": _database,
    "Schema": _schema,
    "Redis": _redis,
    "Caddy": _caddy,
    "Sandbox": _sandbox,
    "Browser": _browser,
    "Architect": _architect,
    "App runtime": _apps,
}


def _settings() -> Iterator[Finding]:
    try:
        problems = [problem for problem in checks.run_checks() if not problem.is_silenced()]
    except DatabaseError as error:
        yield Finding("Settings", ok=False, detail=str(error))
        return
    for problem in problems:
        yield Finding(
            "Settings", problem.level < checks.ERROR, f"{problem.msg} ({problem.id})", problem.hint or ""
        )
    if not problems:
        adapters = [getattr(settings, name).rpartition(".")[2] for name in PORTS]
        yield Finding("Settings", ok=True, detail=f"no complaints; {', '.join(adapters)}")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()
