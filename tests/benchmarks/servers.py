"""What a benchmark measures on: a Redis, each kind of database, and workers of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import servers
from tests.live import CODE

STOP_SECONDS = 20


@contextmanager
def redis() -> Iterator[str]:
    """The URL of an empty Redis that keeps nothing."""
    server = servers.Redis().start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def databases(folder: Path, *, own: bool = False) -> Iterator[dict[str, str]]:
    """URLs of empty databases by kind: SQLite, and PostgreSQL with the settings it comes with, or (unless
    `own`) the empty one that TEST_DATABASE_URL names."""
    folder.mkdir(parents=True, exist_ok=True)
    sqlite = f"sqlite:///{folder / 'bench.sqlite3'}"
    given = os.environ.get("TEST_DATABASE_URL")
    if given and not own:
        yield {"sqlite": sqlite, "postgresql": given}
        return
    postgres = servers.Postgres(durable=True)
    try:
        yield {"sqlite": sqlite, "postgresql": postgres.start().url}
    finally:
        postgres.remove()


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Of processes of an instance in `home`, whatever this machine's environment says."""
    basic = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {"ORCHARD_HOME": str(home), "ORCHARD_ENV_FILE": os.devnull, "LOG_LEVEL": "WARNING"}
    return basic | own | {"DJANGO_SETTINGS_MODULE": "studio.settings"} | settings


def migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=CODE, env=environment, check=True)


def work(task: str, given: Mapping[str, Any], environment: dict[str, str]) -> Any:
    """What `tests.benchmarks.workload` answers, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.workload", task, json.dumps(given)]
    done = subprocess.run(command, cwd=CODE, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def workers(
    number: int, environment: dict[str, str], *, queue: str = "builds", concurrency: int = 1
) -> Iterator[None]:
    """Celery workers with the settings and options of `make run`, that know the benchmarks' workflows.
    Each is a process of its own with `concurrency` children; they may not be ready yet."""
    started = [_worker(place, queue, concurrency, environment) for place in range(number)]
    try:
        yield
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _worker(place: int, queue: str, concurrency: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    options = ["--pool", "prefork", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "studio.celery", "worker", "-n", f"{queue}-{place}@%h"]
    return subprocess.Popen(
        [*command, "-Q", queue, "-I", "tests.benchmarks.workload", *options, *quiet],
        cwd=CODE,
        env=environment | {"PYTHONWARNINGS": "ignore"},  # of Celery, when root runs it
        stdout=subprocess.DEVNULL,
    )
