"""The thread beside a running operation: renews its lease, hears of cancels, notices silence.

A phase blocks in compilers, browsers and networks; this thread keeps saying that the process lives,
and separately watches that the phase does get somewhere. There is no total time limit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from operations.engine import ending
from operations.engine.lease import Claim
from operations.engine.workflow import Cancelled, LeaseLost
from operations.models import Operation

logger = logging.getLogger(__name__)

# Cancel must be noticed within two seconds; a look at one row by its key costs next to nothing.
TICK_SECONDS = 1.0
# How long a stuck phase may take to notice that it was failed, before the process is given up.
STUCK_GRACE_SECONDS = 10.0


class Heartbeat:
    """Context manager around the work on one claim. `on_stuck` is called when a phase was failed for
    lack of progress and still did not return: the process is of no use to anybody then."""

    def __init__(self, claim: Claim, *, on_stuck: Callable[[], None] | None = None) -> None:
        self._claim = claim
        self._on_stuck = on_stuck
        self._done = threading.Event()
        self._lost = threading.Event()
        self._cancelled = threading.Event()
        self._limit_seconds: float | None = None
        self._progress_at = self._renewed_at = time.monotonic()
        self._thread = threading.Thread(
            target=self._beat, name=f"heartbeat-{claim.operation_id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def watch(self, limit_seconds: float) -> None:
        """From now on, fail the operation when nothing was `touch`ed for this long."""
        self.touch()
        self._limit_seconds = limit_seconds

    def touch(self) -> None:
        self._progress_at = time.monotonic()

    def should_stop(self) -> bool:
        """A process that was asleep past its lease asks the database before it goes on."""
        if time.monotonic() - self._renewed_at > settings.OPERATION_LEASE_SECONDS:
            self._look()
        return self._lost.is_set() or self._cancelled.is_set()

    def check(self) -> None:
        """Raises LeaseLost or Cancelled."""
        if self.should_stop():
            if self._lost.is_set():
                raise LeaseLost(f"operation {self._claim.operation_id} is not ours any more")
            raise Cancelled

    def _beat(self) -> None:
        try:
            while not self._done.wait(min(TICK_SECONDS, settings.OPERATION_HEARTBEAT_SECONDS)):
                self._look()
                if self._lost.is_set():
                    return
                if self._stalled() and self._give_up():
                    return
        finally:
            connection.close()

    def _look(self) -> None:
        """One look at the row; a database that is away is no reason to stop until the lease is over."""
        try:
            close_old_connections()
            row = Operation.objects.filter(self._claim.guard, pk=self._claim.operation_id)
            cancel_requested_at = row.values_list("cancel_requested_at", flat=True).first()
            if cancel_requested_at is not None:
                self._cancelled.set()
            age = time.monotonic() - self._renewed_at
            if age >= settings.OPERATION_HEARTBEAT_SECONDS:
                if self._claim.renew():
                    self._renewed_at = time.monotonic()
                else:
                    self._lost.set()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Heartbeat of operation %s: %s", self._claim.operation_id, error)
            if time.monotonic() - self._renewed_at > settings.OPERATION_LEASE_SECONDS:
                self._lost.set()

    def _stalled(self) -> bool:
        limit = self._limit_seconds
        return limit is not None and time.monotonic() - self._progress_at > limit

    def _give_up(self) -> bool:
        """False when the database is away: the next tick tries again."""
        seconds = int(self._limit_seconds or 0)
        try:
            ending.fail(
                self._claim.operation_id,
                code="no_progress",
                message=f"This step made no progress for {seconds} seconds and was stopped. Retry it.",
                guard=self._claim.guard,
            )
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Operation %s could not be given up yet: %s", self._claim.operation_id, error)
            return False
        self._lost.set()
        if not self._done.wait(STUCK_GRACE_SECONDS) and self._on_stuck is not None:
            logger.error("Operation %s is stuck in a call that does not return", self._claim.operation_id)
            self._on_stuck()
        return True
