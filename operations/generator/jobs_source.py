"""The Python of the worker's schedules and of their tests."""

from __future__ import annotations

from collections.abc import Sequence

from operations.generator.model import PlannedJob
from operations.generator.python_source import call, import_line, literal


def schedule_imports(jobs: Sequence[PlannedJob]) -> list[str]:
    actions = sorted({job.action for job in jobs})
    lines = [import_line("jobs.actions", actions)] if actions else []
    return [*lines, "from jobs.schedule import Schedule"]


def schedule(job: PlannedJob) -> str:
    values = [f"{name}={literal(value)}" for name, value in job.arguments]
    action = call(f"{job.action}", values, indent=1)
    return call(f"{job.constant} = Schedule", [literal(job.name), literal(job.every), action], indent=0)


def schedule_names(jobs: Sequence[PlannedJob]) -> list[str]:
    return [job.constant for job in jobs]


def schedule_test_imports(jobs: Sequence[PlannedJob]) -> list[str]:
    cases = sorted({job.case for job in jobs})
    lines = ["from jobs import schedules", "from jobs.registry import function_of"]
    return [*lines, import_line("jobs.tests.cases", cases)] if cases else lines
