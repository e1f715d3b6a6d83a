"""Hands each moment of the world to everybody who watches, from the world's thread to the server's.

A moment is serialised once for all. Watchers always get the newest one, so a slow connection misses
moments instead of holding anybody up, and nobody's queue grows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from .simulation.snapshot import encode

KEEP_ALIVE_SECONDS = 15.0
RECONNECT_MILLISECONDS = 1000


@dataclass(frozen=True)
class Moment:
    """`snapshot` is what browsers are told; `energy` (0 to 1) is known by agent id."""

    snapshot: dict[str, Any]
    energy: dict[int, float]

    @cached_property
    def event(self) -> bytes:
        return encode(self.snapshot)

    @cached_property
    def agents(self) -> dict[int, dict[str, Any]]:
        return {agent["id"]: agent for agent in self.snapshot["agents"]}


class Broadcast:
    def __init__(self) -> None:
        self.latest: Moment | None = None
        self._lock = Lock()
        self._watchers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def publish(self, moment: Moment) -> None:
        """Called from any thread."""
        self.latest = moment
        with self._lock:
            watchers = list(self._watchers)
        for loop, news in watchers:
            try:
                loop.call_soon_threadsafe(news.set)
            except RuntimeError:  # the server has closed its loop
                with self._lock:
                    self._watchers.discard((loop, news))

    async def watch(self) -> AsyncIterator[bytes]:
        """Server-sent events until the reader goes away."""
        watcher = (asyncio.get_running_loop(), asyncio.Event())
        news = watcher[1]
        with self._lock:
            self._watchers.add(watcher)
        try:
            yield f"retry: {RECONNECT_MILLISECONDS}\n\n".encode()
            shown = None
            while True:
                news.clear()
                moment = self.latest
                if moment is not None and moment is not shown:
                    shown = moment
                    yield moment.event
                try:
                    await asyncio.wait_for(news.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            with self._lock:
                self._watchers.discard(watcher)


broadcast = Broadcast()
