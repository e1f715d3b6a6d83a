"""Writes events, one per byte on stdin, in a process of its own; at its end prints when each was written.

    python -m tests.benchmarks.stream_publisher studio OPERATION
    python -m tests.benchmarks.stream_publisher nchan SOCKET CHANNEL

Each event is a log line of the same size and carries its number, counted from 1. The stamps are
monotonic nanoseconds, which all processes of a machine share: of the Studio's the moment after the
commit, before anybody is told; of nchan's the moment before the POST.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Callable

PADDING = "x" * 130


def text_of(number: int) -> str:
    return f"n={number} {PADDING}"


def to_studio(operation: str) -> Callable[[int], int]:
    import django

    django.setup()
    from django.db import transaction

    from operations.engine import events

    def write(number: int) -> int:
        stamps: list[int] = []
        with transaction.atomic():
            # Registered first, so it runs first.
            transaction.on_commit(lambda: stamps.append(time.monotonic_ns()))
            events.write(operation, [events.log_event(text_of(number))])  # type: ignore[arg-type]
        return stamps[0]

    return write


class OverSocket(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def to_nchan(path: str, channel: str) -> Callable[[int], int]:
    connection = OverSocket(path)
    headers = {"Host": "localhost", "Content-Type": "text/plain"}

    def write(number: int) -> int:
        body = json.dumps({"type": "log", "phase": "", "message": text_of(number)})
        stamp = time.monotonic_ns()
        connection.request("POST", f"/publish/{channel}", body, headers)
        connection.getresponse().read()
        return stamp

    return write


def main() -> None:
    kind, *target = sys.argv[1:]
    write = to_studio(*target) if kind == "studio" else to_nchan(*target)
    stamps: dict[int, int] = {}
    number = 1
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while asked := os.read(0, 4096):
        for _ in asked:
            stamps[number] = write(number)
            number += 1
    json.dump(stamps, sys.stdout)


if __name__ == "__main__":
    main()
