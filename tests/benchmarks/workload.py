"""What the benchmarks give to real workers: a workflow that does a fixed small piece of work, one that
holds a worker until all is set up, and a bare Celery task to compare with.

Workers load it with `celery worker -I tests.benchmarks.workload`. As a program it is the other end, a
process of the same instance: `python -m tests.benchmarks.workload line '{"order": …}'`.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    import django

    django.setup()

from celery import shared_task
from django.db import transaction

from operations import services as operations
from operations.engine import sweeper
from operations.engine.workflow import Phase, PhaseContext, Workflow, register
from operations.models import Operation
from studio import services
from studio.core import hub
from studio.models import Project

WORK_SECONDS = 0.05
SWEEP_SECONDS = 5.0  # as beat does
PATIENCE_SECONDS = 600.0
STARTED = "bench:started"


@shared_task(name="bench.start")
def start(number: int) -> None:
    """The first thing a bare task can do; clocks of one machine agree."""
    moment = time.monotonic()
    hub.client().publish(STARTED, json.dumps([number, moment]))


def work(context: PhaseContext) -> None:
    """Takes no processor: what is measured is the line, not how many cores there are."""
    time.sleep(WORK_SECONDS)


def hold(context: PhaseContext) -> None:
    while not Path(context.operation.input["until"]).exists():
        time.sleep(0.005)


def new_projects(*, number: int) -> list[str]:
    """Slugs of new projects that nothing is deployed for."""
    owner, run = services.instance_owner(), uuid.uuid4().hex[:8]
    names = [f"bench-{run}-{place}" for place in range(number)]
    return [services.create_project(name=name, template="blank-service", by=owner).slug for name in names]


def line(*, order: Sequence[int], projects: int, workers: int, gate: str) -> list[dict[str, Any]]:
    """Puts operations of numbered projects in line in this order while all workers are held, then lets
    go. Of each operation, in that order: `project`, `started` and `completed`, in seconds from then."""
    cast = [Project.objects.get(slug=slug) for slug in new_projects(number=projects)]
    for _ in range(workers):
        _queue("bench_hold", None, until=gate)
    holding = Operation.objects.filter(type="bench_hold", status=Operation.Status.RUNNING)
    _wait(lambda: holding.count() == workers)
    queued = [_queue("bench_work", cast[number]).pk for number in order]
    let_go = time.time()
    Path(gate).touch()
    waiting = Operation.objects.filter(pk__in=queued, status__in=Operation.ACTIVE)
    _wait(lambda: not waiting.exists(), sweeping=True)
    rows = Operation.objects.in_bulk(queued)
    told = []
    for number, row in zip(order, (rows[key] for key in queued), strict=True):
        assert row.status == Operation.Status.SUCCEEDED and row.started_at and row.completed_at, row.error
        started, completed = (moment.timestamp() - let_go for moment in (row.started_at, row.completed_at))
        told.append({"project": number, "started": started, "completed": completed})
    return told


def _queue(kind: str, project: Project | None, **given: Any) -> Operation:
    with transaction.atomic():
        if project is not None:
            operations._require_standing(project)
        return operations._queue(kind, project, None, **given)  # type: ignore[arg-type]


def _wait(condition: Any, *, sweeping: bool = False) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    swept = time.monotonic()
    while not condition():
        assert time.monotonic() < deadline, "the workers do not get on"
        if sweeping and time.monotonic() - swept > SWEEP_SECONDS:
            sweeper.sweep()
            swept = time.monotonic()
        time.sleep(0.05)


register(Workflow("bench_work", [Phase("work", "Working", work)], "Done"))
register(Workflow("bench_hold", [Phase("hold", "Waiting", hold, no_progress_seconds=900)], "Done"))

if __name__ == "__main__":
    task = {"projects": new_projects, "line": line}[sys.argv[1]]
    print(json.dumps(task(**json.loads(sys.argv[2]))))
