"""A network between workers and their Redis that can lose a connection without telling either end."""

import contextlib
import socket
import threading
from collections.abc import Callable

from django.conf import settings
from redis.connection import parse_url

BLOCK = 65_536


class FaultyNetwork:
    """`url` leads to the tests' Redis. After `silence` the connections on which somebody waits for messages
    carry nothing any more, in neither direction, and stay open; all others, and new ones, are sound."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/{_database()}"
        self._waiting: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def silence(self) -> int:
        """How many connections have gone silent."""
        self._silent |= self._waiting
        return len(self._silent)

    def close(self) -> None:
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._sockets:
            end.close()

    def _run(self, target: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = _connect()
                self._sockets += [client, server]
                self._run(self._carry, client, client, server)
                self._run(self._carry, client, server, client)

    def _carry(self, client: socket.socket, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(BLOCK):
                if source is client and b"BRPOP" in block:
                    self._waiting.add(client)
                if client not in self._silent:
                    target.sendall(block)
        if client not in self._silent:
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def _connect() -> socket.socket:
    where = parse_url(settings.REDIS_URL)
    if "path" in where:
        server = socket.socket(socket.AF_UNIX)
        server.connect(where["path"])
        return server
    return socket.create_connection((where.get("host", "localhost"), where.get("port", 6379)))


def _database() -> int:
    return parse_url(settings.REDIS_URL).get("db", 0)
