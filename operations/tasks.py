"""The Celery tasks of operations: an id in, the engine called. The broker may lose or double them."""

from __future__ import annotations

import os
import uuid

from celery import shared_task

from operations import counters
from operations.engine import runner, sweeper


@shared_task(name="operations.tasks.run_operation")
def run_operation(operation_id: str) -> None:
    runner.run(uuid.UUID(operation_id), on_stuck=_end_this_process)


@shared_task(name="operations.tasks.sweep")
def sweep() -> None:
    sweeper.sweep()


@shared_task(name="operations.tasks.fold_counters")
def fold_counters() -> None:
    counters.fold()


def _end_this_process() -> None:
    """A pool child that hangs in a call can only be replaced, which Celery does at once."""
    os._exit(1)
