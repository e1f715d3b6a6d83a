"""Event streams as clients have them: the application in a real server, and a reader on a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.test import Client

from operations import stream

PATIENCE_SECONDS = 60


class Server:
    """uvicorn on a unix socket, in a thread of its own."""

    def __init__(self, application: Any, path: Path) -> None:
        self.path = path
        config = uvicorn.Config(
            application, uds=str(path), lifespan="off", log_level="error", timeout_graceful_shutdown=0
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()))

    def start(self) -> Server:
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


class Reader:
    """One GET, whose body is parsed as a browser's EventSource does."""

    def __init__(self, path: Path, address: str, headers: dict[str, str], *, method: str = "GET") -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.connect(str(path))
        lines = [f"{method} {address} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in ({"Host": "localhost"} | headers).items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._file.readline().decode().strip():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self._text = ""
        self.comments: list[str] = []

    def event(self) -> tuple[int, str, dict[str, Any]] | None:
        """The next event as (id, name, data); None when the stream has ended."""
        while (frame := self._frame()) is not None:
            fields = dict(line.split(": ", 1) for line in frame.split("\n"))
            if "id" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
            self.comments.append(frame)
        return None

    def rest(self) -> list[tuple[int, str, dict[str, Any]]]:
        found = []
        while (event := self.event()) is not None:
            found.append(event)
        return found

    def comment(self) -> str:
        """The next frame, which is no event."""
        frame = self._frame()
        assert frame is not None and not frame.startswith("id"), frame
        return frame

    def document(self) -> dict[str, Any]:
        """The body of an answer that is no stream."""
        return dict(json.loads(self._file.read(int(self.headers["content-length"]))))

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _frame(self) -> str | None:
        while "\n\n" not in self._text:
            size = int(self._file.readline().strip() or b"0", 16)
            chunk = self._file.read(size + 2)
            if not size:
                return None
            self._text += chunk[:-2].decode()
        frame, _, self._text = self._text.partition("\n\n")
        return frame


def session_of(user: Any) -> dict[str, str]:
    """The headers of this person's browser."""
    client = Client()
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.01)


def open_streams() -> int:
    """How many this process has open."""
    return stream._open.total()
