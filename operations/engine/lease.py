"""Owning an operation: one process at a time, proven on every write.

A claim is a conditional UPDATE that sets a lease and raises the row's fence. Whoever writes later
carries that fence; once somebody else has claimed the row, the old owner's writes match no row and
raise `LeaseLost`, however long it had been asleep. The design follows what was measured to survive
SIGKILL and SIGSTOP: the broker's redelivery alone loses or doubles work.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from operations.engine import events
from operations.engine.dispatch import unblocked
from operations.engine.workflow import LeaseLost
from operations.models import Operation


@dataclass(frozen=True)
class Claim:
    """The right to work on one operation, until the lease runs out and somebody else takes it."""

    operation_id: uuid.UUID
    fence: int

    @property
    def guard(self) -> Q:
        return Q(fence=self.fence, status=Operation.Status.RUNNING)

    def write(self, *told: events.Event, also: Callable[[], object] | None = None, **changes: Any) -> None:
        """Change the row, tell of it, renew the lease; `also` changes rows that belong to it, in the
        same transaction. Raises LeaseLost, with nothing written."""
        with transaction.atomic():
            if not events.write(
                self.operation_id, told, guard=self.guard, **({"lease_until": lease_end()} | changes)
            ):
                raise LeaseLost(f"operation {self.operation_id} is not ours any more")
            if also is not None:
                also()

    def renew(self) -> bool:
        """False when it is lost."""
        rows = Operation.objects.filter(self.guard, pk=self.operation_id)
        return rows.update(lease_until=lease_end()) == 1


def take(operation_id: uuid.UUID, *, worker: str) -> Claim | None:
    """Claim a pending operation; None when it is not its turn, or somebody else was faster.

    A unique index lets at most one operation of a project run, whatever races this UPDATE.
    """
    rows = unblocked().filter(pk=operation_id)
    try:
        with transaction.atomic():
            claimed = rows.update(
                status=Operation.Status.RUNNING,
                worker=worker,
                fence=F("fence") + 1,
                lease_until=lease_end(),
                available_at=None,
                started_at=Coalesce(F("started_at"), timezone.now()),
            )
            if not claimed:
                return None
            fence = Operation.objects.values_list("fence", flat=True).get(pk=operation_id)
    except IntegrityError:
        return None
    return Claim(operation_id, fence)


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.OPERATION_LEASE_SECONDS)
