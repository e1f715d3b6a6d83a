"""A generated world: rendered, migrated, tested and served as a deployer would, on a unix socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from blueprints.schemas import BlueprintDocument
from operations.generator.migrations import GENERATION_ENVIRONMENT, generation_steps
from operations.generator.plan import ProjectFacts, make_plan
from operations.generator.render import render

PROJECT = ProjectFacts(name="Aeries", slug="aeries", template="social-world")
START_SECONDS = 20.0


class Village:
    """One repository with one database. `build` may be called again with more documents."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "app"
        self.data = folder / "data"
        self.data.mkdir(parents=True)

    def build(self, *documents: BlueprintDocument) -> Village:
        plan = make_plan(documents, PROJECT)
        for name, content in render(plan).items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for step in generation_steps(plan):
            self.run(*step.argv[1:], **GENERATION_ENVIRONMENT)
        return self

    def migrate(self) -> Village:
        self.run("manage.py", "migrate", "--no-input", **self.environment)
        return self

    def run(self, *arguments: str, **environment: str) -> str:
        """What a Python command in the repository prints. Fails with it when it fails."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return {
            "APP_ENVIRONMENT": "staging",
            "DATABASE_URL": f"sqlite:///{self.data}/app.sqlite3",
            "SECRET_KEY": "only-for-this-test",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "MEDIA_ROOT": str(self.data / "media"),
        }

    @contextmanager
    def serve(self, *binding: str) -> Iterator[Release]:
        """A running release; on a unix socket unless `binding` says otherwise (uvicorn's options)."""
        release = Release(self, binding)
        try:
            release.wait_until_healthy()
            yield release
        finally:
            release.stop()


class Release:
    count = 0

    def __init__(self, village: Village, binding: tuple[str, ...]) -> None:
        Release.count += 1
        self.socket = village.data / f"{Release.count}.sock"
        self.log = village.data / f"{Release.count}.log"
        command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--log-level", "info"]
        command += ["--timeout-graceful-shutdown", "2", *(binding or ("--uds", str(self.socket)))]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=village.root,
                env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **village.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_healthy(self) -> None:
        self.wait_for(lambda: "Application startup complete" in self.log.read_text(), START_SECONDS)

    def wait_for(self, condition: Any, seconds: float) -> None:
        """Until it holds. Fails with the log when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def connect(self) -> HTTPConnection:
        connection = HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(str(self.socket))
        return connection

    def get(self, path: str) -> Any:
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        return json.loads(body) if "json" in (answer.getheader("Content-Type") or "") else body.decode()

    def post(self, path: str, value: object) -> int:
        connection = self.connect()
        connection.request("POST", path, json.dumps(value), {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status

    @contextmanager
    def watch(self) -> Iterator[Iterator[dict[str, Any]]]:
        """The snapshots of the stream as they come."""
        connection = self.connect()
        connection.request("GET", "/api/world/stream")
        answer = connection.getresponse()
        assert answer.getheader("Content-Type") == "text/event-stream"
        try:
            yield (json.loads(line[6:]) for line in answer if line.startswith(b"data: "))
        finally:
            connection.close()

    def stop(self) -> float:
        """Ask it to end; the seconds it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError(f"the release does not stop:\n{self.log.read_text()}") from None
        return time.monotonic() - began
