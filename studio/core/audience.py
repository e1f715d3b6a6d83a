"""How many clients listen to this process (event streams, workspace sockets), announced for the metrics."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Literal

import redis

from studio.core import presence

logger = logging.getLogger(__name__)

KIND = "audience"
Way = Literal["sse", "websocket"]

_clients: Counter[str] = Counter()
_lock = threading.Lock()
_announcer: threading.Thread | None = None


@contextlib.asynccontextmanager
async def listening(way: Way) -> AsyncIterator[None]:
    """Around the life of one connection."""
    _change(way, +1)
    try:
        yield
    finally:
        _change(way, -1)


def _change(way: Way, by: int) -> None:
    """The first client brings the thread that announces; counting itself touches no network."""
    global _announcer  # noqa: PLW0603 — one per process
    with _lock:
        _clients[way] += by
        if _announcer is None:
            _announcer = threading.Thread(target=_announce_for_ever, name="audience", daemon=True)
            _announcer.start()


def _announce_for_ever() -> None:
    """Repeated while anybody listens, and once more when nobody does."""
    name, said = presence.this_process(), False
    while True:
        with _lock:
            clients = {way: count for way, count in _clients.items() if count}
        if clients or said:
            try:
                presence.announce(KIND, name, clients)
                said = bool(clients)
            except redis.RedisError as error:
                logger.warning("The audience could not be announced: %s", error)
        time.sleep(presence.INTERVAL_SECONDS)


def present_clients() -> Counter[str]:
    """Of all processes, by way. Raises redis.RedisError."""
    total: Counter[str] = Counter()
    for clients in presence.present(KIND).values():
        total.update(clients)
    return total
