"""Real Celery workers on the tests' own database and Redis, and what to ask of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

# Generous: what is waited for takes a second on a quiet machine.
PATIENCE_SECONDS = 90


class Pool:
    """Workers that one test started; `end` leaves none behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, *, queues: str = "builds", slots: int = 1, name: str = "tests@%h", **environment: str
    ) -> subprocess.Popen[bytes]:
        """A worker that takes work already."""
        log = self._folder / f"worker-{len(self._started)}.log"
        command = [sys.executable, "-m", "celery", "-A", "tests.operations.celery_worker", "worker"]
        command += ["-n", name, "-Q", queues, "--concurrency", str(slots), "--loglevel", "INFO"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with log.open("wb") as output:
            worker = subprocess.Popen(
                command,
                env=_environment() | environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started.append(worker)
        wait_until(lambda: b" ready." in log.read_bytes() or worker.poll() is not None)
        assert worker.poll() is None, log.read_text()
        return worker

    def said(self) -> str:
        return "\n".join(log.read_text() for log in sorted(self._folder.glob("worker-*.log")))

    def end(self) -> None:
        for worker in self._started:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "CELERY_SKIP_CHECKS": "true",
        "LOG_LEVEL": "INFO",
    }


def database_url() -> str:
    """Of the tests' database, for a process of its own."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def wait_until(condition, seconds: float = PATIENCE_SECONDS, *, why: str = "it did not happen in time"):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)
