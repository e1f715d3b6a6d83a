"""Functions that jobs are made of, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Takes the job's arguments; what it returns is kept as the job's result.
Function = Callable[..., Any]
FUNCTIONS: dict[str, Function] = {}


def job(name: str) -> Callable[[Function], Function]:
    """`@job("send-welcome")` above a function of jobs/tasks.py makes it something to enqueue."""

    def register(function: Function) -> Function:
        FUNCTIONS[name] = function
        return function

    return register


def function_of(name: str) -> Function:
    """Raises LookupError for a job that this version of the app does not know."""
    from jobs import tasks  # noqa: F401 (registers what it defines)
    from jobs.schedules import SCHEDULES

    known = FUNCTIONS | {schedule.name: schedule.action for schedule in SCHEDULES}
    if name not in known:
        raise LookupError(f"No job is called {name}.")
    return known[name]
