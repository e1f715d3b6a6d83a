"""200 operations of 20 projects waiting in line for 1, 2 and 4 workers: how many get done, and who waits.

Two lines, each in the order that tempts a queue to be unfair: every project has 10, put in line project by
project; and one project has put in 100 before anybody else came. All are in line before the first starts.

A project's wait is the mean over its operations, of two kinds:
- `wait`: from the start to the operation's own;
- `turn`: from when the operation is the first of its project's line and may start, to its start. This one
  a project cannot lengthen by asking for much, so it is the one to compare in the second line.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks import report, servers
from tests.benchmarks.report import Bar

BARS = (
    Bar("*.even.*.wait_max_to_median_ratio", at_most=2),
    Bar("*.even.*.turn_max_to_median_ratio", at_most=2),
    Bar("*.one_came_first.*.turn_max_to_median_ratio", at_most=2),
    Bar("*.one_came_first.*.others_wait_max_to_median_ratio", at_most=2),
    # In whatever order they came: everybody has begun once everybody could have had one turn, or two.
    Bar("*.begun_before_last_project_per_project", at_most=2),
)


def measure(quick: bool) -> dict[str, Any]:
    projects, operations, crews = (10, 40, (1, 2)) if quick else (20, 200, (1, 2, 4))
    orders = {
        "even": [number for number in range(projects) for _ in range(operations // projects)],
        "one_came_first": one_came_first(projects, operations),
    }
    figures: dict[str, Any] = {"projects": projects, "operations": operations}
    with tempfile.TemporaryDirectory(prefix="orchard-bench-") as folder, ExitStack() as stack:
        redis = stack.enter_context(servers.redis())
        databases = stack.enter_context(servers.databases(Path(folder, "databases")))
        for kind, url in databases.items():
            environment = servers.environment(Path(folder, kind), DATABASE_URL=url, REDIS_URL=redis)
            servers.migrate(environment)
            figures[kind] = {
                name: {
                    f"{workers}_workers": _round(order, projects, workers, Path(folder), environment)
                    for workers in crews
                }
                for name, order in orders.items()
            }
    return figures


def one_came_first(projects: int, operations: int) -> list[int]:
    """Half of all are the first project's; then the others come round by round."""
    first = operations // 2
    return [0] * first + [1 + place % (projects - 1) for place in range(operations - first)]


def _round(
    order: Sequence[int], projects: int, workers: int, folder: Path, environment: dict[str, str]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as gates, servers.workers(workers, environment):
        given = {"order": order, "projects": projects, "workers": workers, "gate": f"{gates}/open"}
        return figures_of(servers.work("line", given, environment), projects)


def figures_of(line: Sequence[dict[str, Any]], projects: int) -> dict[str, Any]:
    """`line` has `project`, `started` and `completed` (seconds) of each operation, in its order."""
    waits: list[list[float]] = [[] for _ in range(projects)]
    turns: list[list[float]] = [[] for _ in range(projects)]
    free = [0.0] * projects
    for operation in line:
        project = operation["project"]
        waits[project].append(operation["started"])
        turns[project].append(operation["started"] - free[project])
        free[project] = operation["completed"]
    begins = [min(starts) for starts in waits]
    begun = sum(operation["started"] < max(begins) for operation in line)
    end = max(operation["completed"] for operation in line)
    return {
        "operations_per_second": round(len(line) / end, 1),
        "project_wait_seconds": report.spread([statistics.mean(starts) for starts in waits]),
        "project_turn_seconds": report.spread([statistics.mean(turn) for turn in turns]),
        "wait_max_to_median_ratio": _unfairness([statistics.mean(starts) for starts in waits]),
        "turn_max_to_median_ratio": _unfairness([statistics.mean(turn) for turn in turns]),
        "others_wait_max_to_median_ratio": _unfairness([statistics.mean(starts) for starts in waits[1:]]),
        "begun_before_last_project_per_project": round(begun / projects, 2),
    }


def _unfairness(values: Sequence[float]) -> float:
    return round(max(values) / statistics.median(values), 2)
