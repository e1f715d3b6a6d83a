"""Waking readers: messages through Redis to every process that shows something.

The database row is the truth; a message only says that it is worth reading again. So publishing never
fails its caller, and a reader that was too slow, or sat through a Redis restart, is told `MISSED` and
reads the database. Each event loop holds one Redis subscriber and fans out to bounded queues: measured
ten to forty times as fast as a channel layer.

Channels: `project:<uuid>` carries topics for the workspace, `operation:<uuid>` the sequence numbers of
one operation's events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

Message = dict[str, Any]

QUEUE_SIZE = 256
RECONNECT_SECONDS = (0.05, 0.2, 0.5, 1.0)
CONFIRM_SECONDS = 2.0
SILENCE_SECONDS = 15.0
# Nobody publishes here: it keeps the subscriber in subscribed state while no reader is left.
IDLE_CHANNEL = "hub:idle"


class Missed:
    """Takes the place of messages that were lost on the way to a reader."""

    def __repr__(self) -> str:
        return "MISSED"


MISSED: Final = Missed()


def publish(channel: str, message: Message) -> None:
    """Send now. A dead Redis is logged, once, not raised: readers also poll the database."""
    global _mute  # noqa: PLW0603 — one per process
    try:
        client().publish(channel, json.dumps(message))
    except redis.RedisError as error:
        if not _mute:
            logger.warning("Could not announce on %s, and will not say so again: %s", channel, error)
        _mute = True
    else:
        _mute = False


def announce(project_id: uuid.UUID | str, topic: str, **data: Any) -> None:
    """Tell every open workspace of a project, once the running transaction has committed."""
    message = {"topic": topic, **data}
    # A function, not a partial: Django names a robust callback that failed by its __qualname__.
    transaction.on_commit(lambda: publish(f"project:{project_id}", message), robust=True)


@cache
def client() -> redis.Redis:
    """This process's Redis connection pool; safe for threads, and after a fork."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2, health_check_interval=30
    )


@contextlib.asynccontextmanager
async def subscribe(channel: str) -> AsyncIterator[Subscription]:
    """Messages of one channel from here on; inside the block, none published later can be overlooked.

    While Redis is away the block is entered all the same, and `MISSED` comes when it is back.
    """
    hub = _hubs.setdefault(asyncio.get_running_loop(), Hub())
    subscription = Subscription(channel)
    try:
        await hub.join(subscription)  # whoever is cancelled on the way in leaves too
        yield subscription
    finally:
        await hub.leave(subscription)


class Subscription:
    """One reader's bounded queue. A reader that lets it fill loses what is in it, and is told so."""

    def __init__(self, channel: str, size: int = QUEUE_SIZE) -> None:
        self.channel = channel
        self._queue: asyncio.Queue[Message | Missed] = asyncio.Queue(size)

    async def get(self, timeout_seconds: float | None = None) -> Message | Missed | None:
        """The next message, `MISSED` where some were lost, None after `timeout_seconds` of silence."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._queue.get()
        except TimeoutError:
            return None

    def offer(self, message: Message | Missed) -> None:
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(MISSED)
        self._queue.put_nowait(message)


class Hub:
    """The one Redis subscriber of an event loop, alive while it has readers."""

    def __init__(self) -> None:
        self._readers: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._confirmed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._away = False
        # Channels whose readers were there while Redis was not.
        self._cut_off: set[str] = set()
        self._commands = asyncio.Lock()
        self._pubsub: redis.asyncio.client.PubSub | None = None
        self._task: asyncio.Task[None] | None = None

    async def join(self, subscription: Subscription) -> None:
        channel = subscription.channel
        first = not self._readers[channel]
        self._readers[channel].add(subscription)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="hub")
        elif first:
            await self._follow(channel)
        if self._away:
            self._cut_off.add(channel)
            return
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._confirmed[channel].wait()
        except TimeoutError:
            self._cut_off.add(channel)

    async def leave(self, subscription: Subscription) -> None:
        channel = subscription.channel
        self._readers[channel].discard(subscription)
        if self._readers[channel]:
            return
        del self._readers[channel]
        self._confirmed.pop(channel, None)
        self._cut_off.discard(channel)
        if not self._readers and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait({task})
        else:
            await self._follow(channel)

    async def _follow(self, channel: str) -> None:
        """Bring the subscription of one channel to what its readers need now; a failure shows up in
        `_listen`, which starts over with all channels."""
        async with self._commands:
            if self._pubsub is None:
                return
            with contextlib.suppress(redis.RedisError, OSError):
                if channel in self._readers:
                    await self._pubsub.subscribe(channel)
                else:
                    await self._pubsub.unsubscribe(channel)

    async def _listen(self) -> None:
        """Read for ever. redis-py does not bring subscriptions back by itself after a lost connection
        (redis-py issue 2089), so each connection is a fresh subscriber."""
        failures = 0
        while True:
            try:
                async with (
                    redis.asyncio.Redis.from_url(
                        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=None
                    ) as connection,
                    connection.pubsub() as pubsub,
                ):
                    async with self._commands:
                        await pubsub.subscribe(IDLE_CHANNEL)
                        self._pubsub = pubsub
                        if self._readers:
                            await pubsub.subscribe(*self._readers)
                    failures = 0
                    self._away = False
                    await self._read(pubsub)
            except (redis.RedisError, OSError) as error:
                if not failures:
                    logger.warning("Lost the Redis subscriber: %s", error)
                self._pubsub = None
                self._lose()
                await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])
                failures += 1
            finally:
                if self._task in (None, asyncio.current_task()):  # else a successor listens already
                    self._pubsub = None

    async def _read(self, pubsub: redis.asyncio.client.PubSub) -> None:
        """Until the connection ends, or a peer that died silently leaves a ping unanswered."""
        silent = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is not None:
                silent = False
                self._dispatch(message)
            elif silent:
                raise redis.ConnectionError("Redis does not answer")
            else:
                silent = True
                await pubsub.ping()

    def _dispatch(self, message: Message) -> None:
        channel = message["channel"].decode() if message["channel"] else ""
        if message["type"] == "subscribe" and channel in self._readers:
            self._confirmed[channel].set()
            if channel in self._cut_off:  # only now: what is published from here on arrives
                self._cut_off.discard(channel)
                for reader in self._readers[channel]:
                    reader.offer(MISSED)
        elif message["type"] == "message":
            try:
                content = json.loads(message["data"])
            except ValueError:
                logger.warning("Not JSON on %s", channel)
                return
            for reader in self._readers.get(channel, ()):
                reader.offer(content)

    def _lose(self) -> None:
        """Redis is away: nobody waits for it, and whoever is here will be told that something was missed."""
        self._away = True
        self._cut_off.update(self._readers)
        for confirmed in self._confirmed.values():
            confirmed.set()
        self._confirmed.clear()


_mute = False
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()
