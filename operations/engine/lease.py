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
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from operations.engine import events
from operations.engine.dispatch import unblocked
from operations.engine.workflow import LeaseLost
from operations.models import Operation
from studio.core import clock


@dataclass(frozen=True)
class Claim:
    """The right to work on one operation, until the lease runs out and somebody else takes it."""

    operation_id: uuid.UUID
    fence: int

    @property
    def guard(self) -> Q:
        return Q(fence=self.fence, status=Operation.Status.RUNNING)

    def write(
        self,
        *told: events.Event,
        also: Callable[[], object] | None = None,
        unless_cancelled: bool = False,
        **changes: Any,
    ) -> bool:
        """Change the row, tell of it, renew the lease; `also` changes rows that belong to it, in the
        same transaction. Raises LeaseLost, with nothing written. False, with nothing written, when
        `unless_cancelled` and somebody asked to stop."""
        guard = self.guard & Q(cancel_requested_at=None) if unless_cancelled else self.guard
        with transaction.atomic():
            written = events.write(
                self.operation_id, told, guard=guard, **({"lease_until": lease_end()} | changes)
            )
            if written and also is not None:
                also()
        if not written and not (unless_cancelled and self.stands()):
            raise LeaseLost(f"operation {self.operation_id} is not ours any more")
        return written

    def stands(self) -> bool:
        return Operation.objects.filter(self.guard, pk=self.operation_id).exists()

    def renew(self) -> bool:
        """False when it is lost."""
        rows = Operation.objects.filter(self.guard, pk=self.operation_id)
        return rows.update(lease_until=lease_end()) == 1


def take(operation_id: uuid.UUID, *, worker: str) -> Claim | None:
    """Claim a pending operation; None when it is not its turn, or somebody else was faster.

    Where the database can, a row that somebody else is just claiming is skipped and not waited for. A
    unique index lets at most one operation of a project run, whatever races this.
    """
    rows = unblocked().filter(pk=operation_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    try:
        with transaction.atomic():
            fence = rows.values_list("fence", flat=True).first()
            if fence is None:
                return None
            seen = Operation.objects.filter(pk=operation_id, status=Operation.Status.PENDING, fence=fence)
            claimed = seen.update(
                status=Operation.Status.RUNNING,
                worker=worker,
                fence=fence + 1,
                lease_until=lease_end(),
                available_at=None,
                started_at=Coalesce("started_at", clock.now()),
            )
    except IntegrityError:
        return None
    return Claim(operation_id, fence + 1) if claimed else None


def lease_end() -> Combinable:
    return clock.later(settings.OPERATION_LEASE_SECONDS)
