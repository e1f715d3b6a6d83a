"""Which queues are served right now: each worker signs a list in Redis every few seconds.

Celery's own ping takes a second and stops answering when all is busy; this costs one read, and tells
also of a worker that is alive but has lost its broker, because it signs from its consumer loop.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from celery import bootsteps

from studio.core.hub import client

logger = logging.getLogger(__name__)

KEY = "orchard:workers"
INTERVAL_SECONDS = 2.0
# Three missed signatures: slow is forgiven, stopped is seen soon.
TIMEOUT_SECONDS = 3 * INTERVAL_SECONDS


def sign(worker: str, queues: set[str]) -> None:
    """A sorted set of "<queue> <worker>", scored by when the signature expires (Unix time)."""
    now = time.time()
    client().zadd(KEY, {f"{queue} {worker}": now + TIMEOUT_SECONDS for queue in queues})
    client().zremrangebyscore(KEY, "-inf", now)


def sign_off(worker: str, queues: set[str]) -> None:
    client().zrem(KEY, *(f"{queue} {worker}" for queue in queues))


def served_queues() -> set[str]:
    """The queues some worker takes work from. Raises redis.RedisError."""
    signatures: Any = client().zrangebyscore(KEY, time.time(), "+inf")
    return {signature.decode().partition(" ")[0] for signature in signatures}


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Part of a worker's consumer: starts once it takes work, stops when it no longer does."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        self._sign(consumer)
        self._timer = consumer.timer.call_repeatedly(INTERVAL_SECONDS, self._sign, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._try(sign_off, consumer)

    shutdown = stop

    def _sign(self, consumer: Any) -> None:
        self._try(sign, consumer)

    def _try(self, action: Callable[[str, set[str]], None], consumer: Any) -> None:
        try:
            action(consumer.hostname, set(consumer.app.amqp.queues.consume_from))
        except redis.RedisError:
            # The consumer notices a lost broker by itself; the signature expiring is the message here.
            logger.warning("%s could not sign: Redis is away", consumer.hostname)
