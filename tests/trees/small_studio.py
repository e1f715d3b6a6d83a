"""A Studio small enough to count what it was asked: a real HTTP server on loopback with an API in memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class SmallStudio:
    """`asked` is every request in order, "POST /project"; `slow` holds back answers by path, in seconds, `held`
    until told;
    `failures` is how often a path answers 500 first, `away` how often 503, as a proxy does before a Studio that
    restarts; `gone` are paths that were deleted; `pieces` is the size of those of an endless answer."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    idempotency_keys: dict[str, list[str | None]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    meet: dict[str, threading.Barrier] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    operation: list[dict[str, Any]] = field(default_factory=list)
    project: list[dict[str, Any]] = field(default_factory=list)
    pieces: int = 1

    handler: type[BaseHTTPRequestHandler] = BaseHTTPRequestHandler
    server: ThreadingHTTPServer | None = None

    def come_back(self, port: int) -> None:
        """Once only: a second call finds it there."""
        if self.server is None:
            self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler)
            self.server.daemon_threads = True
            threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
            self.url = f"http://127.0.0.1:{self.server.server_port}"

    def go_away(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.failures.get(path, 0) > 0:
            self.failures[path] -= 1
            return 500, {"title": "Unavailable", "detail": "Come back later."}
        if method == "DELETE":
            if path in self.gone:
                return 404, {"title": "Not found", "detail": "There is nothing here."}
            self.gone.add(path)
        if self.away.get(path, 0) > 0:
            self.away[path] -= 1
            return 503, None
        if method == "DELETE":
            return 202, {"data": {"operationId": "teardown"}}
        if path.startswith("/operations/"):
            return 200, {"data": _next(self.operation, {"status": "succeeded", "type": "build"})}
        if path == "/project":
            if not body["name"]:
                return 422, {"title": "Invalid", "detail": "A project needs a name."}
            return 201, {
                "data": {"id": "1", "name": body["name"], "slug": body["name"], "operationId": "spawn"}
            }
        if path.endswith("/blueprints"):
            return 201, {"data": {"id": "plan"}}
        if path.endswith("/chat"):
            status = "partial" if body.get("references") else "empty"
            return 200, {"reply": "Well", "blueprint": {"sections": {"designSystem": {"status": status}}}}
        if path.endswith("/build"):
            return 202, {"data": {"operationId": "build"}}
        if path.startswith("/projects/"):
            urls = {"staging": self.url, "production": self.url}
            return 200, {"data": _next(self.project, {"status": "live", "urls": urls})}
        return 404, {"title": "Not found", "detail": "There is nothing here."}


def _next(line: list[dict[str, Any]], last: dict[str, Any]) -> dict[str, Any]:
    return line.pop(0) if line else last


@contextmanager
def small_studio() -> Iterator[SmallStudio]:
    studio = SmallStudio()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api")
            if self.path.startswith("/api/"):
                with lock:
                    studio.asked.append(f"{self.command} {path}")
                    studio.keys.append(self.headers.get("X-API-Key"))
                    studio.bodies.append(json.loads(text or "null"))
                    studio.idempotency_keys.setdefault(path, []).append(self.headers.get("Idempotency-Key"))
                time.sleep(studio.slow.get(path, 0))
                if path in studio.meet:
                    studio.meet[path].wait(60)
                if path in studio.held:
                    studio.held[path].wait(60)
                with lock:
                    status, body = studio.answer(self.command, path, json.loads(text or "null"))
            elif self.path == "/endless":
                self.endless()
                return
            else:
                status, body = self.app(text)
            with suppress(BrokenPipeError, ConnectionResetError):  # a client that did not wait
                self.reply(status, body)

        do_GET = do_POST = do_DELETE = do_any  # noqa: N815

        def app(self, text: bytes) -> tuple[int, Any]:
            """An app with sessions: signing in sets a cookie, which /api-less /private asks for."""
            if self.path == "/sign-in":
                return 200, {"signed": text.decode()}
            if self.path == "/private":
                cookie = self.headers.get("Cookie", "")
                token = self.headers.get("X-CSRFToken")
                return (200, {"token": token}) if "session=1" in cookie else (403, {"detail": "No."})
            return 200, {"count": 3, "results": [{"id": 7}]}

        def endless(self) -> None:
            """Never silent for long, never done."""
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(b"." * studio.pieces)
                    time.sleep(0.01)

        def reply(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            if self.path == "/sign-in":
                self.send_header("Set-Cookie", "session=1; Secure; SameSite=None")
                self.send_header("Set-Cookie", "csrftoken=secret; Secure")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None: ...

    studio.handler = Handler
    studio.come_back(0)
    try:
        yield studio
    finally:
        studio.go_away()
