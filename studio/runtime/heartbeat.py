"""Which queues are served right now, and how busy: each worker says so in Redis every few seconds.

Celery's own ping takes a second and stops answering when all is busy; this costs two reads, and tells
also of a worker that is alive but has lost its broker, because it speaks from its consumer loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import redis
from celery import bootsteps

from studio.core import presence

logger = logging.getLogger(__name__)

KIND = "workers"


@dataclass(frozen=True)
class Worker:
    """How many tasks it takes at a time from any of its queues, and how many it is at now."""

    queues: frozenset[str]
    slots: int
    busy: int


def sign(name: str, queues: Iterable[str], *, slots: int = 1, busy: int = 0) -> None:
    presence.announce(KIND, name, {"queues": sorted(queues), "slots": slots, "busy": busy})


def sign_off(name: str) -> None:
    presence.withdraw(KIND, name)


def living_workers() -> list[Worker]:
    """Raises redis.RedisError."""
    return [
        Worker(frozenset(said["queues"]), said["slots"], said["busy"])
        for said in presence.present(KIND).values()
    ]


def served_queues() -> set[str]:
    """The queues some worker takes work from. Raises redis.RedisError."""
    return {queue for worker in living_workers() for queue in worker.queues}


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Part of a worker's consumer: starts once it takes work, stops when it no longer does."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        self._sign(consumer)
        self._timer = consumer.timer.call_repeatedly(presence.INTERVAL_SECONDS, self._sign, (consumer,))

    def stop(self, consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._try(consumer, lambda: sign_off(_name(consumer)))

    shutdown = stop

    def _sign(self, consumer: Any) -> None:
        from celery.worker import state  # brings all of Celery's worker, which a web process never needs

        queues = consumer.app.amqp.queues.consume_from
        slots, busy = consumer.pool.num_processes, len(state.active_requests)
        self._try(consumer, lambda: sign(_name(consumer), queues, slots=slots, busy=busy))

    def _try(self, consumer: Any, action: Callable[[], None]) -> None:
        try:
            action()
        except redis.RedisError:
            # The consumer notices a lost broker by itself; the signature expiring is the message here.
            logger.warning("%s could not sign: Redis is away", consumer.hostname)


def _name(consumer: Any) -> str:
    """Celery's name may be shared by two Studios on one machine that work for one database."""
    return f"{consumer.hostname} {presence.this_process()}"
