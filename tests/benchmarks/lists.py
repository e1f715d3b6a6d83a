"""Lists in a full database: what pages and API answers cost with 10,000 and with 100,000 operations (20
events each), for somebody who sees all of them and for somebody who sees few; and how they are found. The
small database fills every page already: what grows from there on is the price of finding, not of showing.

Requests are answered in this process, without a network: what is measured is the Studio and its database.
SQLite, and PostgreSQL where this machine has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any, Self

from tests.benchmarks import report, servers
from tests.benchmarks.report import Bar

SIZES = (10_000, 100_000)
QUICK_SIZES = (1_000, 4_000)
EVENTS_EACH = 20
LONG_EVENTS = 10_000
PROJECTS = 200
FEW_PROJECTS = 2
WAITING = 100
ROUNDS = 20
WARM_UP_ROUNDS = 2
# No `collectstatic` ran.
IN_PROCESS = {"STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

BARS = (
    Bar("*.growth.*", at_most=1.5),
    Bar("*.full_scans", at_most=0),
)


def measure(quick: bool = False) -> dict[str, Any]:
    """By database: milliseconds per request as spreads by size, `growth` (p50 in the full database over that
    in the small one), how the full one finds what is asked for (`plans`: indexes), and `full_scans`, how
    many queries read a whole table.

    Both sizes stand side by side and are asked in turns, so that whatever else the machine does meets both.
    """
    figures: dict[str, Any] = {}
    rounds = 5 if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="orchard-bench-") as folder, ExitStack() as stack:
        redis = stack.enter_context(servers.redis())
        small, full = (
            {
                kind: stack.enter_context(_Database(Path(folder, kind, str(size)), size, url, redis))
                for kind, url in stack.enter_context(
                    servers.databases(Path(folder, "databases", str(size)), own=True)
                ).items()
            }
            for size in (QUICK_SIZES if quick else SIZES)
        )
        for kind in small:
            figures[kind] = _compare(small[kind], full[kind], rounds)
    return figures


def _compare(small: _Database, full: _Database, rounds: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"sizes": {}, "growth": {}}
    databases = (small, full)
    for database in databases:
        figures["sizes"][str(database.size)] = database.ask("fill")
    names = full.ask("requests")
    taken: dict[tuple[int, str], list[float]] = {}
    for number in range(WARM_UP_ROUNDS + rounds):
        for name, database in product(names, databases):
            milliseconds = database.ask(name)
            if number >= WARM_UP_ROUNDS:
                taken.setdefault((database.size, name), []).append(milliseconds)
    for (size, name), values in taken.items():
        figures["sizes"][str(size)][name] = report.spread(values)
    before, after = (figures["sizes"][str(database.size)] for database in databases)
    figures["growth"] = {name: round(after[name]["p50"] / before[name]["p50"], 2) for name in names}
    return figures | full.ask("explain")


class _Database:
    """A Studio's process with a database of one size. Answers "fill", "requests" with their names, a name
    with its milliseconds, and "explain"."""

    def __init__(self, home: Path, size: int, url: str, redis: str) -> None:
        (home / "static").mkdir(parents=True)  # WhiteNoise warns about a missing folder
        self.size = size
        self._environment = servers.environment(home, REDIS_URL=redis, DATABASE_URL=url, **IN_PROCESS)

    def __enter__(self) -> Self:
        servers.migrate(self._environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.lists", "--serve", str(self.size)],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, question: str) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def serve(size: int) -> None:
    """In the database that the settings name, migrated and empty: answers the lines it reads."""
    import django

    django.setup()
    from tests.benchmarks.crowd import Crowd

    crowd = Crowd(PROJECTS, FEW_PROJECTS, WAITING)

    def fill() -> dict[str, Any]:
        began = time.perf_counter()
        crowd.grow_to(size, EVENTS_EACH, LONG_EVENTS)
        return {"events": crowd.events(), "fill_seconds": round(time.perf_counter() - began, 1)}

    def explain() -> dict[str, Any]:
        plans = crowd.plans()
        whole = [f"{name}: {plan.sql}" for name, found in plans.items() for plan in found if plan.scans]
        indexes = {
            name: sorted({each for plan in found for each in plan.indexes}) for name, found in plans.items()
        }
        return {
            "plans": {name: ", ".join(names) for name, names in indexes.items()},
            "full_scans": len(whole),
            "full_scans_of": whole,
        }

    requests: dict[str, Callable[[], object]] = {}
    for question in map(str.strip, sys.stdin):
        answer: Any
        match question:
            case "fill":
                answer = fill()
                requests = crowd.requests()
            case "requests":
                answer = list(requests)
            case "explain":
                answer = explain()
            case name:
                answer = _milliseconds(requests[name])
        print(json.dumps(answer), flush=True)


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1_000 * (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lists", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small databases: whether it works, not how fast"
    )
    parser.add_argument("--serve", type=int, metavar="SIZE", help="in the migrated, empty DATABASE_URL")
    parser.add_argument("--out", type=Path, help="also write the figures here, as JSON")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    figures = measure(options.quick)
    print(report.table(figures))
    print(report.bar_table(report.judged("lists", figures, BARS)))
    if options.out:
        report.write(options.out, figures)


if __name__ == "__main__":
    main()
