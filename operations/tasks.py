"""The Celery tasks of operations: an id in, the engine called. The broker may lose or double them."""

from __future__ import annotations

import os
import uuid

from celery import shared_task

from operations import counters, services
from operations.engine import runner, sweeper
from studio.celery import refuse_when_ending
from studio.runtime import processes


@shared_task(name="operations.tasks.run_operation")
def run_operation(operation_id: str) -> None:
    refuse_when_ending()
    runner.run(uuid.UUID(operation_id), on_stuck=_end_this_process)


@shared_task(name="operations.tasks.sweep")
def sweep() -> None:
    sweeper.sweep()


@shared_task(name="operations.tasks.fold_counters")
def fold_counters() -> None:
    counters.fold()


@shared_task(name="operations.tasks.prune")
def prune() -> None:
    services.forget_old_keys()


def _end_this_process() -> None:
    """A pool child that hangs in a call can only be replaced, which Celery does at once."""
    processes.kill_descendants()
    os._exit(1)
