"""Ends a worker that has gone deaf, so that whoever supervises it starts another.

After a lost connection a worker may live on, answer and sign, and yet take no more work (Celery issue
10205 and its predecessors). Nothing inside it knows. What can be seen from outside: work waits in its
queues, it has a place free, and for a minute it takes none; or its event loop stands still. A broker that
is away is no reason: another worker would not reach it either.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

import redis
from celery import bootsteps
from django.conf import settings

from studio.runtime import shutdown
from studio.runtime.chores import Chores

logger = logging.getLogger(__name__)

EXIT_CODE = 70
HAND_BACK_SECONDS = 8.0


class Watchdog(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Part of a worker's main process: a thread, because the event loop is one of those it watches."""

    requires = {"celery.worker.components:Pool"}

    def start(self, worker: Any) -> None:
        threading.Thread(target=self._watch, args=(worker,), name="watchdog", daemon=True).start()

    def _watch(self, worker: Any) -> None:
        from celery.worker import state

        limit = settings.ORCHARD_WORKER_DEAF_SECONDS
        # Of its own: the pool's processes are forked while this thread runs, and must find no lock held.
        broker = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)
        queues = list(worker.app.amqp.queues.consume_from)
        received, fine_at = -1, time.monotonic()
        while not shutdown.has_begun():
            time.sleep(limit / 10)
            now = time.monotonic()
            try:
                waiting = any(broker.llen(queue) for queue in queues)
            except redis.RedisError:
                fine_at = now
                continue
            taken, received = state.all_total_count[0] != received, state.all_total_count[0]
            busy = len(state.active_requests) >= worker.pool.num_processes
            if now - Chores.ticked_at < limit and (taken or busy or not waiting):
                fine_at = now
            if now - fine_at > limit:
                self._end(bool(state.active_requests))

    def _end(self, is_working: bool) -> None:
        logger.critical("This worker has gone deaf: work waits, and it takes none. Ending it")
        shutdown.begin()
        if is_working:
            time.sleep(HAND_BACK_SECONDS)
        os._exit(EXIT_CODE)
