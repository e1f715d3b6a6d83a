"""The way to Claude: requests run as tasks of one event loop in a thread of its own.

A task can be cancelled wherever it is: connecting, waiting for the first byte, in the SDK's pause between two
attempts. That closes its connection, so nothing more is generated or paid. A blocking read could not be ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import anthropic
from anthropic.types import RawMessageStreamEvent
from django.conf import settings

PULSE_SECONDS = 0.2
CONNECT_SECONDS = 10.0
LONGEST_CALL_SECONDS = 540.0  # less than whoever waits for a reply has patience


@dataclass(frozen=True)
class Accepted:
    """The response has begun."""

    request_id: str
    attempts: int


Item = Accepted | RawMessageStreamEvent
_Queue = SimpleQueue[Item | BaseException | None]


class Line:
    """Started by the first request in each process: a worker forks after this object was made."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._process = 0
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread
        self._clients: dict[tuple[object, ...], anthropic.AsyncAnthropic] = {}

    def stream(self, request: dict[str, Any]) -> Iterator[Item | None]:
        """The events of one answer, and None whenever `PULSE_SECONDS` passed without one. Closing the iterator
        closes the connection.

        Raises what the SDK and its HTTP client raise, and TimeoutError.
        """
        queue: _Queue = SimpleQueue()
        task = asyncio.run_coroutine_threadsafe(self._run(request, queue), self._running_loop())
        try:
            while True:
                try:
                    item = queue.get(timeout=PULSE_SECONDS)
                except Empty:
                    yield None
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            task.cancel()

    def close(self) -> None:
        """End all requests and the thread; the next request starts them anew."""
        with self._starting:
            if self._process != os.getpid():
                return
            self._process = 0
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _run(self, request: dict[str, Any], queue: _Queue) -> None:
        try:
            async with asyncio.timeout(LONGEST_CALL_SECONDS):
                stream = await self._client().messages.create(**request, stream=True)
                async with stream:
                    told = stream.response
                    retries = told.request.headers.get("x-stainless-retry-count", "0")
                    queue.put(Accepted(told.headers.get("request-id", ""), 1 + int(retries)))
                    async for event in stream:
                        queue.put(event)
        except Exception as error:  # noqa: BLE001 — raised where the answer is read
            queue.put(error)
        finally:
            queue.put(None)

    async def _end(self) -> None:
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for client in self._clients.values():
            with contextlib.suppress(Exception):
                await client.close()
        self._clients.clear()

    def _client(self) -> anthropic.AsyncAnthropic:
        """One for all requests, so that connections are used again; made in the loop it belongs to."""
        chosen = (
            settings.ANTHROPIC_API_KEY,
            settings.ANTHROPIC_BASE_URL,
            settings.ANTHROPIC_TIMEOUT_SECONDS,
            settings.ANTHROPIC_MAX_RETRIES,
        )
        if chosen not in self._clients:
            self._clients[chosen] = anthropic.AsyncAnthropic(
                api_key=settings.ANTHROPIC_API_KEY,
                base_url=settings.ANTHROPIC_BASE_URL or None,
                timeout=anthropic.Timeout(settings.ANTHROPIC_TIMEOUT_SECONDS, connect=CONNECT_SECONDS),
                max_retries=settings.ANTHROPIC_MAX_RETRIES,
            )
        return self._clients[chosen]

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._clients = {}
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="claude", daemon=True)
                self._thread.start()
            return self._loop
