"""The operations that somebody follows in this process: their latest events as frames, ready to send.

All streams of an operation share one Feed. It subscribes to the operation's channel before it reads the
database, so nothing falls between the two, and then takes from the channel only what follows on what it
has; whatever else arrives (a gap, `MISSED`, a row that the poll finds further on) makes it read the
database. So a stream is no more than a position: what is behind the feed's memory comes from the
database in pages, and a reader that is slow holds nothing here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from django.db import DatabaseError, InterfaceError

from operations import states
from operations.models import Operation, OperationEvent
from operations.reading import readers
from studio.core import hub

logger = logging.getLogger(__name__)

# What a feed remembers, and the most that is sent at once: what a slow reader makes the server hold.
MEMORY_EVENTS = 256
MEMORY_BYTES = 256 << 10
CHUNK_BYTES = 64 << 10
# Rows per look into the database.
PAGE = 250
# Streams stand at few places; those that lag behind are joined for each anew.
CHUNKS_KEPT = 8
RETRY_SECONDS = 1.0
POLL_ROWS = 500
TERMINAL = frozenset({"complete", "error"})


class Follower(Protocol):
    """Somebody who looks at a feed again when it has news."""

    def wake(self) -> None: ...


@dataclass(frozen=True)
class News:
    """Frames that follow on a position, and the position behind them. `ended`: nothing comes after."""

    data: bytes = b""
    last: int = 0
    ended: bool = False


class Feed:
    """One operation. `last` is the number of its last event; `ended` that nothing comes after that one;
    `broken` that this feed cannot go on, so that its followers must come again."""

    def __init__(self, operation_id: uuid.UUID) -> None:
        self.operation_id = operation_id
        self.last = 0
        self.ended = False
        self.broken = False
        self.ready = asyncio.Event()
        self.followers: set[Follower] = set()
        self._frames: deque[bytes] = deque()  # of the events up to `last`
        self._bytes = 0
        self._final: Mapping[str, Any] | None = None  # the payload of `last` when it tells of an end
        self._chunks: dict[int, News] = {}
        self._pages: dict[int, asyncio.Task[News]] = {}  # being read, by the position before them
        self._messages: hub.Subscription | None = None
        self._task = asyncio.create_task(self._run(), name=f"feed {operation_id}")

    def after(self, position: int) -> News | None:
        """What follows on `position`, from memory: nothing yet, or the beginning of it; None when it
        lies too far back."""
        if position >= self.last:
            # Who is ahead has heard of a retry that this feed has not.
            return News(last=position, ended=self.ended and position == self.last)
        skipped = position - (self.last - len(self._frames))
        if skipped < 0:
            return None
        news = self._chunks.get(position)
        if news is None:
            news = self._join(position, skipped)
            if len(self._chunks) < CHUNKS_KEPT:
                self._chunks[position] = news
        return news

    async def page(self, position: int) -> News:
        """What follows on `position`, from the database: read once for all who ask meanwhile."""
        reading = self._pages.get(position)
        if reading is None:
            reading = self._pages[position] = asyncio.create_task(self._read(position))
            reading.add_done_callback(lambda _: self._pages.pop(position))
        return await asyncio.shield(reading)  # one who leaves does not take it from the others

    def look(self, last_seq: int, status: str) -> None:
        """The poll has seen the row so: catch up unless this feed is as far."""
        if self._messages is not None and (last_seq > self.last or (status in states.TERMINAL) > self.ended):
            self._messages.offer(hub.MISSED)

    def close(self) -> None:
        self._task.cancel()
        for reading in self._pages.values():
            reading.cancel()

    async def _read(self, position: int) -> News:
        while True:
            try:
                return await readers.run(_read_page, self.operation_id, position)
            except (DatabaseError, InterfaceError) as error:
                await self._wait_for_database(error)

    async def _run(self) -> None:
        try:
            async with hub.subscribe(f"operation:{self.operation_id}") as messages:
                self._messages = messages
                await self._catch_up()
                self.ready.set()
                while True:
                    if not self._take(await messages.get()):
                        await self._catch_up()
        except Exception:
            logger.exception("The feed of operation %s broke", self.operation_id)
            self.broken = True
            self.ready.set()
            self._tell()

    def _take(self, message: hub.Message | hub.Missed | None) -> bool:
        """Whether the message, together with what is here, is the whole story."""
        if not isinstance(message, dict):
            return False
        if message["seq"] <= self.last:
            return True
        events = [event for event in message.get("events", ()) if event["seq"] > self.last]
        if not events or events[0]["seq"] != self.last + 1:
            return False
        for event in events:
            self._append(event["seq"], event["payload"])
        self.ended = self._final is not None
        self._tell()
        return True

    async def _catch_up(self) -> None:
        while True:
            try:
                tail = await readers.run(_read_tail, self.operation_id, self.last)
                break
            except (DatabaseError, InterfaceError) as error:
                await self._wait_for_database(error)
        for seq, payload in tail.events:
            if seq != self.last + 1:  # too much happened to keep the older ones too
                self._frames.clear()
                self._bytes = 0
                self._final = None
            self._append(seq, payload)
        self.ended = tail.ended and tail.last_seq == self.last
        self._tell()

    async def _wait_for_database(self, error: Exception) -> None:
        logger.warning("Operation %s cannot be read just now: %s", self.operation_id, error)
        await asyncio.sleep(RETRY_SECONDS)

    def _append(self, seq: int, payload: Mapping[str, Any]) -> None:
        if self._final is not None:  # there was a retry: that end is history by now
            self._bytes -= len(self._frames.pop())
            self._remember(_frame(self.last, self._final, superseded=True))
        self._remember(_frame(seq, payload))
        self._final = payload if payload["type"] in TERMINAL else None
        self.last = seq

    def _remember(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._bytes += len(frame)
        while len(self._frames) > 1 and (len(self._frames) > MEMORY_EVENTS or self._bytes > MEMORY_BYTES):
            self._bytes -= len(self._frames.popleft())

    def _join(self, position: int, skipped: int) -> News:
        frames: list[bytes] = []
        size = 0
        for frame in islice(self._frames, skipped, None):
            if frames and size + len(frame) > CHUNK_BYTES:
                break
            frames.append(frame)
            size += len(frame)
        last = position + len(frames)
        return News(b"".join(frames), last, ended=self.ended and last == self.last)

    def _tell(self) -> None:
        self._chunks.clear()
        for follower in self.followers:
            follower.wake()


class Feeds:
    """The feeds of one event loop, each alive while somebody follows it."""

    def __init__(self) -> None:
        self._feeds: dict[uuid.UUID, Feed] = {}

    def join(self, operation_id: uuid.UUID, follower: Follower) -> Feed:
        feed = self._feeds.get(operation_id)
        if feed is None or feed.broken:
            feed = self._feeds[operation_id] = Feed(operation_id)
        feed.followers.add(follower)
        return feed

    def leave(self, feed: Feed, follower: Follower) -> None:
        feed.followers.discard(follower)
        if not feed.followers:
            feed.close()
            if self._feeds.get(feed.operation_id) is feed:
                del self._feeds[feed.operation_id]

    async def poll(self) -> None:
        """The safety net under lost messages: one query for all that is followed, however many streams."""
        followed = list(self._feeds)
        for start in range(0, len(followed), POLL_ROWS):
            for pk, last_seq, status in await readers.run(_read_states, followed[start : start + POLL_ROWS]):
                if feed := self._feeds.get(pk):
                    feed.look(last_seq, status)


@dataclass(frozen=True)
class Tail:
    """An operation's latest events, oldest first, and where its row stands."""

    events: list[tuple[int, Mapping[str, Any]]]
    last_seq: int
    ended: bool


def _read_states(operations: Iterable[uuid.UUID]) -> list[tuple[uuid.UUID, int, str]]:
    return list(Operation.objects.filter(pk__in=operations).values_list("pk", "last_seq", "status"))


def _read_tail(operation_id: uuid.UUID, known: int) -> Tail:
    """The events behind `known`, at most as many as a feed remembers, the latest of them."""
    row = Operation.objects.filter(pk=operation_id).values_list("last_seq", "status").first()
    if row is None:
        return Tail([], known, ended=True)
    last_seq, status = row
    events = OperationEvent.objects.filter(operation_id=operation_id, seq__gt=known, seq__lte=last_seq)
    latest = list(events.order_by("-seq").values_list("seq", "payload")[:MEMORY_EVENTS])
    return Tail(latest[::-1], last_seq, ended=status in states.TERMINAL)


def _read_page(operation_id: uuid.UUID, position: int) -> News:
    """The next stored events. An end that a retry has superseded is not announced as one."""
    row = Operation.objects.filter(pk=operation_id).values_list("last_seq", "status").first()
    if row is None:
        return News(last=position, ended=True)
    last_seq, status = row
    events = OperationEvent.objects.filter(operation_id=operation_id, seq__gt=position, seq__lte=last_seq)
    frames: list[bytes] = []
    size, last = 0, position
    for seq, payload in events.order_by("seq").values_list("seq", "payload")[:PAGE]:
        frame = _frame(seq, payload, superseded=seq != last_seq)
        if frames and size + len(frame) > CHUNK_BYTES:
            break
        frames.append(frame)
        size += len(frame)
        last = seq
    return News(b"".join(frames), last, ended=last == last_seq and status in states.TERMINAL)


def _frame(seq: int, payload: Mapping[str, Any], *, superseded: bool = False) -> bytes:
    name = "retried" if superseded and payload["type"] in TERMINAL else payload["type"]
    data = json.dumps(payload, ensure_ascii=False)
    # JSON can spell half a character, UTF-8 cannot.
    return f"id: {seq}\nevent: {name}\ndata: {data}\n\n".encode(errors="replace")
