"""A client that follows one operation over SSE, as a browser's EventSource would, through everything."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx

# A browser waits as long as `retry:` says; we are less patient, to meet more of the recovery.
RETRY_SECONDS = 0.2
END = frozenset({"complete", "error"})


class Follower:
    """`seen` holds (seq, payload) in the order of coming, over all connections; `faults` what must not
    be: a gap, a repetition, a refusal. `drop_after` ends a connection by itself after so many events.
    """

    def __init__(self, url: str, key: str, *, drop_after: int | None = None) -> None:
        self.seen: list[tuple[int, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.connections = 0
        self._url, self._key, self._drop_after = url, key, drop_after
        self._ended = threading.Event()
        self._left = threading.Event()
        self._connection: httpx.Response | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    @property
    def last(self) -> int:
        return self.seen[-1][0] if self.seen else 0

    def await_end(self, seconds: float) -> None:
        """Fails when the stream did not tell of the end by then."""
        assert self._ended.wait(seconds), f"the stream tells of no end; last seen {self.seen[-1:]}"

    def leave(self) -> None:
        self._left.set()
        self._thread.join(30)

    def _follow(self) -> None:
        while not (self._ended.is_set() or self._left.is_set()):
            # What breaks a connection is what the drills do; that nothing is missing afterwards is the point.
            with contextlib.suppress(httpx.HTTPError):
                self._connect()
            time.sleep(RETRY_SECONDS)

    def _connect(self) -> None:
        headers = {"X-API-Key": self._key, "Accept": "text/event-stream"}
        if self.last:
            headers["Last-Event-ID"] = str(self.last)
        timeout = httpx.Timeout(10, read=20)  # a keep-alive comes every 15 s
        with httpx.stream("GET", self._url, headers=headers, timeout=timeout) as answer:
            if answer.status_code == httpx.codes.NO_CONTENT:
                self._ended.set()
                return
            if answer.status_code >= 500:  # the door is there, the Studio behind it not yet again
                return
            if answer.status_code != httpx.codes.OK:
                self.faults.append(f"answered {answer.status_code}")
                self._left.set()
                return
            self.connections += 1
            for count, (seq, name, payload) in enumerate(_events(answer), start=1):
                if seq != self.last + 1:
                    self.faults.append(f"{seq} came after {self.last}")
                self.seen.append((seq, payload))
                if name in END:
                    self._ended.set()
                    return
                if self._left.is_set() or count == self._drop_after:
                    return


def _events(answer: httpx.Response) -> Iterator[tuple[int, str, dict[str, Any]]]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        else:
            if "data" in fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}
