"""The thread beside a running operation: renews its lease, hears of cancels, notices silence.

A phase blocks in compilers, browsers and networks; this thread keeps saying that the process lives,
and separately watches that the phase does get somewhere. There is no total time limit. A phase that has
to stop and blocks all the same is stopped from here, with its process.
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
from operations.engine.giving_up import give_up
from operations.engine.lease import Claim
from operations.engine.requeue import hand_back
from operations.engine.workflow import Cancelled, HandedBack, LeaseLost, Phase
from operations.models import Operation
from studio.runtime import shutdown

logger = logging.getLogger(__name__)

# A cancel stops everything within two seconds: half of one until it is noticed, and as long as
# `Phase.cancel_seconds` for the phase to come back. A look at one row by its key costs next to nothing.
TICK_SECONDS = 0.5
# How long a phase may take to come back when its worker is ending, before the process is given up: shorter
# than supervisord and Kubernetes wait until they kill.
HAND_BACK_SECONDS = 5.0
# The same after it was failed for being stuck, or moved on by somebody else.
STUCK_GRACE_SECONDS = 10.0


class Heartbeat:
    """Context manager around the work on one claim. `on_stuck` is called when a phase must stop and does
    not return, after its operation was moved on: the process is of no use to anybody then."""

    def __init__(self, claim: Claim, *, on_stuck: Callable[[], None] | None = None) -> None:
        self._claim = claim
        self._on_stuck = on_stuck
        self._done = threading.Event()
        self._lost = threading.Event()
        self._cancelled = threading.Event()
        self._phase: Phase | None = None
        self._cancelled_at: float | None = None
        self._ending_at: float | None = None
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

    def watch(self, phase: Phase) -> None:
        """From now on `phase` runs, and its limits hold."""
        self.touch()
        self._phase = phase

    def touch(self) -> None:
        self._progress_at = time.monotonic()

    def hear_of_cancel(self) -> None:
        """Somebody else has seen it in the row first."""
        self._cancelled.set()

    def should_stop(self) -> bool:
        """A process that was asleep past its lease asks the database before it goes on."""
        if time.monotonic() - self._renewed_at > settings.OPERATION_LEASE_SECONDS:
            self._look()
        return self._lost.is_set() or self._cancelled.is_set() or shutdown.has_begun()

    def check(self) -> None:
        """Raises LeaseLost, Cancelled or HandedBack."""
        if self.should_stop():
            if self._lost.is_set():
                raise LeaseLost(f"operation {self._claim.operation_id} is not ours any more")
            raise HandedBack if self._hands_back() else Cancelled

    def _hands_back(self) -> bool:
        """This worker is ending: what is cancelled ends with it, unless it is clearing up."""
        clearing_up = self._phase is not None and self._phase.clears_up
        return shutdown.has_begun() and (clearing_up or not self._cancelled.is_set())

    def _beat(self) -> None:
        try:
            while not self._done.wait(min(TICK_SECONDS, settings.OPERATION_HEARTBEAT_SECONDS)):
                self._look()
                if self._lost.is_set():
                    return
                if self._is_overdue() and self._move_on():
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

    def _is_overdue(self) -> bool:
        """Whether the phase was to stop, and has had its time for it."""
        now = time.monotonic()
        if self._cancelled.is_set() and self._cancelled_at is None:
            self._cancelled_at = now
        if shutdown.has_begun() and self._ending_at is None:
            self._ending_at = now
        if self._hands_back():
            return self._ending_at is not None and now - self._ending_at >= HAND_BACK_SECONDS
        cancel_seconds = self._phase.cancel_seconds if self._phase else HAND_BACK_SECONDS
        return self._cancelled_at is not None and now - self._cancelled_at >= cancel_seconds

    def _move_on(self) -> bool:
        """Do from here what the phase should have let its process do. False when the database is away."""
        try:
            if self._hands_back():
                moved = hand_back(self._claim)
            else:
                moved = ending.cancel(self._claim.operation_id, guard=self._claim.guard)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Operation %s could not be stopped yet: %s", self._claim.operation_id, error)
            return False
        # Moved already: mostly by the phase's own thread, which is on its way back.
        self._abandon(grace_seconds=0 if moved else STUCK_GRACE_SECONDS)
        return True

    def _stalled(self) -> bool:
        phase = self._phase
        return phase is not None and time.monotonic() - self._progress_at > phase.no_progress_seconds

    def _give_up(self) -> bool:
        """False when the database is away: the next tick tries again."""
        seconds = int(self._phase.no_progress_seconds) if self._phase else 0
        try:
            give_up(
                self._claim.operation_id,
                code="no_progress",
                message=f"This step made no progress for {seconds} seconds and was stopped. Retry it.",
                guard=self._claim.guard,
            )
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Operation %s could not be given up yet: %s", self._claim.operation_id, error)
            return False
        self._abandon(grace_seconds=STUCK_GRACE_SECONDS)
        return True

    def _abandon(self, *, grace_seconds: float) -> None:
        self._lost.set()
        if not self._done.wait(grace_seconds) and self._on_stuck is not None:
            logger.error("Operation %s is stuck in a call that does not return", self._claim.operation_id)
            self._on_stuck()
