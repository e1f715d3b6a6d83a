"""A small internet on loopback: a site that may be reached, and a canary that must never be."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SITE, CANARY = "127.0.0.3", "127.0.0.2"


@dataclass
class Canary:
    """Counts connections, not requests: even a knock would tell a stranger what is there. `asked` are the
    words ("img", "fetch") in the addresses that were asked for."""

    port: int
    connections: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


@contextlib.contextmanager
def canary() -> Iterator[Canary]:
    """Listens with the same port on several addresses of this machine."""
    first = socket.create_server((CANARY, 0))
    told = Canary(first.getsockname()[1])
    listeners = [first]
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        with contextlib.suppress(OSError):
            listeners.append(socket.create_server((host, told.port), family=family))
    threads = [threading.Thread(target=_count, args=(listener, told), daemon=True) for listener in listeners]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        for listener in listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in threads:
            thread.join(10)


def _count(listener: socket.socket, told: Canary) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            told.connections.append(str(listener.getsockname()))
            threading.Thread(target=_listen_to, args=(connection, told), daemon=True).start()


def _listen_to(connection: socket.socket, told: Canary) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(10)
        request = connection.recv(4_096).decode("latin-1")
        told.asked |= set(re.findall(r"^[A-Z]+ [^ ]*?/leak/([\w-]+)", request))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass
class Site:
    port: int
    pages: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"


@contextlib.contextmanager
def site(address: str = SITE) -> Iterator[Site]:
    """Serves `pages` by path, and keeps what it was asked for: (method, path, headers)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.body = self.rfile.read(length)
            told.requests.append((self.command, self.path, dict(self.headers.items())))
            page = told.pages.get(self.path.partition("?")[0], Answer(b"nothing here", 404))
            if not isinstance(page, Answer):
                page(self)
                return
            self.send_response(page.status)
            for name, value in page.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page.body)

        do_GET = do_POST = do_HEAD = do_OPTIONS = answer  # noqa: N815 — the library's names

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that goes away is what some tests are about

    server = Server((address, 0), Handler)
    told = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
