"""Many event-stream clients in one thread, cheap enough to load a server that uses a core of its own.

Each client is a unix socket in one epoll set. Every event carries its number in its message (`n=7 …`);
a client counts what is missing (`gaps`) and what it has seen before (`repeats`), and goes on behind it.
"""

from __future__ import annotations

import re
import select
import socket
import time
from array import array
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# A whole frame: an id (ours is the event's number, nchan's a time), perhaps a name, and one line of data.
FRAME = re.compile(rb"id: ?(\d+)[^\n]*\n(?:event: (\w+)\n)?data: ([^\n]*)\n\n")
NUMBER = re.compile(rb"n=(\d+) ")
RECEIVE_BYTES = 1 << 18


@dataclass(eq=False)
class Client:
    """`seen` is the number of the last event; `status` the answer's, 0 before it came; `ended`, that
    the server closed the connection. `raw` is the
    beginning of an HTTP chunk, `rest` that of a frame."""

    socket: socket.socket
    seen: int = 0
    status: int = 0
    ended: bool = False
    gaps: int = 0
    repeats: int = 0
    chunked: bool = False
    raw: bytes = b""
    rest: bytes = b""


@dataclass
class Crowd:
    """The clients of one server. `arrivals` has, per event, the time (monotonic ns) of each delivery."""

    server: Path
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    arrivals: defaultdict[int, array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")))
    deliveries: int = 0
    gaps: int = 0
    repeats: int = 0

    def __post_init__(self) -> None:
        self._poll = select.epoll()

    def open(self, number: int, *, seen: int = 0) -> list[Client]:
        """Connect, and continue behind the event `seen`, without waiting for the answers."""
        return [self._connect(seen) for _ in range(number)]

    def reopen(self, client: Client) -> Client:
        """The same reader on a new connection."""
        self.close(client)
        return self._connect(client.seen)

    def close(self, client: Client) -> None:
        self.clients.pop(client.socket.fileno(), None)
        client.socket.close()
        self.gaps += client.gaps
        self.repeats += client.repeats

    def close_all(self) -> None:
        for client in list(self.clients.values()):
            self.close(client)

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Read until `done`, at most so long; whether it is done."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                return False
            self.read(0.05)
        return True

    def wait_until_open(self, seconds: float = 60) -> None:
        opened = self.wait(lambda: all(client.status for client in self.clients.values()), seconds)
        answers = {client.status for client in self.clients.values()}
        assert opened and answers <= {200}, f"the streams do not open: {answers}"

    def read(self, seconds: float) -> None:
        """Take what has arrived; wait for it at most so long."""
        for number, _ in self._poll.poll(seconds):
            client = self.clients.get(number)
            if client is not None:
                self._receive(client)

    def behind(self, last: int) -> int:
        """How many clients have not seen the event yet."""
        return sum(client.seen < last for client in self.clients.values())

    def faults(self) -> dict[str, int]:
        """Over all connections, open and closed."""
        now = self.clients.values()
        return {
            "gaps": self.gaps + sum(client.gaps for client in now),
            "repeats": self.repeats + sum(client.repeats for client in now),
        }

    def _connect(self, seen: int) -> Client:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.server))
        position = {"Last-Event-ID": str(seen)} if seen else {}
        headers = {"Host": "localhost", "Accept": "text/event-stream", **self.headers, **position}
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.setblocking(False)
        client = Client(connection, seen)
        self.clients[connection.fileno()] = client
        self._poll.register(connection.fileno(), select.EPOLLIN)
        return client

    def _receive(self, client: Client) -> None:
        try:
            data = client.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            client.ended = True
            self._poll.unregister(client.socket)
            return
        now = time.monotonic_ns()
        if client.raw:
            data = client.raw + data
        if not client.status:
            head, found, after = data.partition(b"\r\n\r\n")
            if not found:
                client.raw = data
                return
            client.status, data = int(head.split(b" ", 2)[1]), after
            client.chunked = b"transfer-encoding: chunked" in head.lower()
        body, client.raw = _dechunk(data) if client.chunked else (data, b"")
        data = client.rest + body
        end = 0
        for frame in FRAME.finditer(data):
            end = frame.end()
            self._count(client, frame, now)
        client.rest = data[end:]

    def _count(self, client: Client, frame: re.Match[bytes], now: int) -> None:
        found = NUMBER.search(frame[3])
        if found is None:
            return
        number = int(found[1])
        assert frame[2] is None or int(frame[1]) == number, "the Studio's ids are the events' numbers"
        if number != client.seen + 1:
            if number <= client.seen:
                client.repeats += 1
                return
            client.gaps += 1
        client.seen = number
        self.deliveries += 1
        self.arrivals[number].append(now)


def _dechunk(data: bytes) -> tuple[bytes, bytes]:
    """(the bodies of the whole chunks, what is left)."""
    bodies = []
    start = 0
    while (line := data.find(b"\r\n", start)) > 0:
        size = int(data[start:line], 16)
        end = line + 2 + size
        if len(data) < end + 2:
            break
        bodies.append(data[line + 2 : end])
        start = end + 2
    return b"".join(bodies) if len(bodies) != 1 else bodies[0], data[start:]
