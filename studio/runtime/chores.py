"""What every worker does beside its work: look for lost work (`settings.ORCHARD_SWEEPS`), and for what was
left in its machine's temporary folder.

Beat does so too; but then one dead process would keep everything lost. The tasks are given straight to
the worker's own pool, so that neither the broker nor a long queue stands in between.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import bootsteps
from django.conf import settings
from django.db import connections

from studio.core import scratch

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 5.0
LONGEST_SECONDS = 30.0
TICK_SECONDS = 1.0


class Chores(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Part of a worker's consumer. `ticked_at` tells others that its event loop turns (monotonic time)."""

    requires = {"celery.worker.consumer.tasks:Tasks"}
    ticked_at = time.monotonic()

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timers: list[Any] = []
        self._began_at: float | None = None

    def start(self, consumer: Any) -> None:
        self._tick()
        repeatedly = consumer.timer.call_repeatedly
        self._timers = [
            repeatedly(TICK_SECONDS, self._tick),
            repeatedly(INTERVAL_SECONDS, self._sweep, (consumer,)),
        ]

    def stop(self, consumer: Any) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    shutdown = stop

    def _tick(self) -> None:
        Chores.ticked_at = time.monotonic()

    def _sweep(self, consumer: Any) -> None:
        from celery.worker import state  # brings all of Celery's worker, which a web process never needs

        # A worker that is busy in every place leaves it to the others; one of them has a place free, or
        # there is nobody who could do what is found.
        if len(state.active_requests) >= consumer.pool.num_processes:
            return
        # One at a time; but a process that was killed over it says nothing, and must not be waited for.
        if self._began_at is not None and time.monotonic() - self._began_at < LONGEST_SECONDS:
            return
        self._began_at = time.monotonic()
        consumer.pool.apply_async(run_sweeps, callback=self._done, error_callback=self._done)

    def _done(self, _: Any) -> None:
        self._began_at = None


def run_sweeps() -> None:
    """In a process of the pool."""
    from studio.celery import app

    for chore in (scratch.remove_abandoned, *(app.tasks[name] for name in settings.ORCHARD_SWEEPS)):
        try:
            chore()
        except Exception:  # one that fails keeps the others from nothing
            logger.exception("%s failed", chore)
    connections.close_all()
