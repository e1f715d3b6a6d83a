"""The states of an operation and the moves between them.

Every move is one conditional UPDATE on the old state (`operations.engine.events.write`), so two
processes that want to move the same row cannot both succeed.
"""

from __future__ import annotations

from django.db.models import Q

from operations.models import Operation

Status = Operation.Status

MOVES: dict[Status, frozenset[Status]] = {
    # Failed without having run: nobody knows how to.
    Status.PENDING: frozenset({Status.RUNNING, Status.CANCELLED, Status.FAILED}),
    # Back to pending: a phase waits for its next try, or the worker was lost.
    Status.RUNNING: frozenset({Status.PENDING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}),
    Status.SUCCEEDED: frozenset(),
    # Back to pending: a person retries from the phase that failed.
    Status.FAILED: frozenset({Status.PENDING}),
    Status.CANCELLED: frozenset({Status.PENDING}),
}
TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})


def may_become(to: Status) -> Q:
    """The rows that may move to `to`; the guard of the UPDATE that moves them."""
    return Q(status__in=[source for source, targets in MOVES.items() if to in targets])
