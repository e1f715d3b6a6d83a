"""A whole Studio of its own, as `make run` starts it, for tests that need real processes."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from studio.runtime.layout import socket_folder
from studio.runtime.supervisor import connect
from tests import servers
from tests.servers import free_port

CODE = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 240
STOP_TIMEOUT_SECONDS = 120


class LiveStudio:
    """`url` is the front door, `home` its ORCHARD_HOME, `link` the one-time sign-in link it printed.

    Embedded stores, unless `TEST_DATABASE_URL` is set: then `database_url` names a database of this
    home's own on that server, and `redis` is a server of this home's own. `close` when done.
    """

    def __init__(
        self, home: Path, *, port: int | None = None, console: str = "console.log", **environment: str
    ) -> None:
        self.home = home
        self.console = home / console
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.link = ""
        self._key = ""
        self._environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        } | {
            "ORCHARD_ENV_FILE": os.devnull,
            "ORCHARD_HOME": str(home),
            "ORCHARD_PORT": str(self.port),
            "ORCHARD_ARCHITECT": "blueprints.architect.offline.OfflineArchitect",
            "ANTHROPIC_API_KEY": "sk-canary",  # the offline Architect needs none; nothing may leak it
            **environment,
        }
        self.process: subprocess.Popen[str] | None = None
        self.database_url = _database_url(home)
        self.redis: servers.Redis | None = None

    def launch(self) -> subprocess.Popen[str]:
        """Start it without waiting for anything. Its console goes to `console`."""
        self.home.mkdir(parents=True, exist_ok=True)
        shared = os.environ.get("TEST_HOME")  # within a test run the apps' packages are installed once
        if shared and not (self.home / "runtimes").exists():
            runtimes = Path(shared, "runtimes")
            runtimes.mkdir(exist_ok=True)
            (self.home / "runtimes").symlink_to(runtimes)
        if self.database_url and self.redis is None:
            servers.make_database(self.database_url)
            self.redis = servers.Redis().start()
            self._environment |= {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis.url}
        with self.console.open("w") as console:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runstudio", "--stop-with-parent"],
                cwd=CODE,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        return self.process

    def start(self) -> LiveStudio:
        """Start it and wait until it says that it is ready. Fails with all it wrote."""
        process = self.launch()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while "Ctrl-C stops everything" not in self.said:
            assert process.poll() is None, f"the Studio ended while starting:\n{self.tell()}"
            assert time.monotonic() < deadline, f"the Studio is not ready:\n{self.tell()}"
            time.sleep(0.05)
        found = re.search(r"Sign in\s+(\S+)", self.said)
        assert found, self.said
        self.link = found[1]
        return self

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end; its exit code. Kills it, and fails, when it does not."""
        assert self.process is not None
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the Studio does not stop:\n{self.tell()}") from None

    def close(self) -> None:
        """Stop it if it runs, and give back what it had of outside servers."""
        try:
            if self.process and self.process.poll() is None:
                self.stop()
        finally:
            if self.redis is not None:
                self.redis.stop()
                servers.drop_database(self.database_url)
                self.redis = None

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Its Redis is gone inside the block, and empty afterwards."""
        if self.redis is not None:
            self.redis.stop()
            try:
                yield
            finally:
                self.redis.start()
            return
        with connect(self.sockets / "supervisor.sock") as server:
            server.supervisor.stopProcess("redis")
            try:
                yield
            finally:
                server.supervisor.startProcess("redis")

    def manage(self, *arguments: str) -> str:
        """What a management command prints, run against this instance."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=CODE, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def processes(self) -> list[str]:
        """The command lines of every living process that names this home, or works for one that does."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                )
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.home) in command or f"ORCHARD_HOME={self.home}".encode() in environment.split(b"\0"):
                found[int(entry.name)] = command
        return [f"{pid} {command}" for pid, command in found.items() if command]

    def api(self, method: str, path: str, body: object = None) -> Any:
        """The `data` of an API answer, asked with a key that may do everything."""
        if not self._key:
            self._key = self.manage(
                "create_api_key", "tests", "--scopes", "projects:read,projects:execute"
            ).split()[-1]
        answer = httpx.request(
            method, f"{self.url}/api{path}", json=body, headers={"X-API-Key": self._key}, timeout=60
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    @property
    def sockets(self) -> Path:
        return socket_folder(self.home)

    @property
    def said(self) -> str:
        return self.console.read_text()

    def tell(self, lines: int = 40) -> str:
        """Its console and the end of each log."""
        logs = sorted((self.home / "logs").glob("*.log"))
        parts = [
            self.said,
            *(f"── {log.name}\n" + "\n".join(log.read_text().splitlines()[-lines:]) for log in logs),
        ]
        return "\n".join(parts)


def _database_url(home: Path) -> str:
    """The database of a home, which keeps it over restarts; "" where the Studio brings its own."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return servers.with_name(server, f"orchard_live_{digest}") if server else ""
