"""Lists in a full database: what pages and API answers cost with 1,000 and with 100,000 operations (20
events each), for somebody who sees all of them and for somebody who sees few; and how they are found.

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
from pathlib import Path
from typing import Any

from tests.benchmarks import report, servers
from tests.benchmarks.report import Bar

SIZES = (1_000, 100_000)
QUICK_SIZES = (200, 2_000)
EVENTS_EACH = 20
LONG_EVENTS = 10_000
PROJECTS = 200
FEW_PROJECTS = 2
WAITING = 100
ROUNDS = 20
# No `collectstatic` ran.
IN_PROCESS = {"STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

BARS = (
    Bar("*.growth.*", at_most=2.0),
    Bar("*.full_scans", at_most=0),
)


def measure(quick: bool = False) -> dict[str, Any]:
    """By database: milliseconds per request as spreads by size, `growth` (p50 in the full database over
    that in the small one), the plans of the queries, and `full_scans`, how many read a whole table."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="orchard-bench-") as folder, ExitStack() as stack:
        redis = stack.enter_context(servers.redis())
        databases = stack.enter_context(servers.databases(Path(folder, "databases")))
        for kind, url in databases.items():
            Path(folder, kind, "static").mkdir(parents=True)  # WhiteNoise warns about a missing folder
            environment = servers.environment(
                Path(folder, kind), REDIS_URL=redis, DATABASE_URL=url, **IN_PROCESS
            )
            servers.migrate(environment)
            command = [sys.executable, "-m", "tests.benchmarks.lists", "--here"]
            done = subprocess.run(
                [*command, "--quick"] if quick else command,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            figures[kind] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure_here(quick: bool) -> dict[str, Any]:
    """In the database that the settings name: migrated, and empty."""
    import django

    django.setup()
    from tests.benchmarks.crowd import Crowd

    crowd = Crowd(PROJECTS, FEW_PROJECTS, WAITING)
    figures: dict[str, Any] = {"sizes": {}, "growth": {}}
    small, full = QUICK_SIZES if quick else SIZES
    for size in (small, full):
        began = time.perf_counter()
        crowd.grow_to(size, EVENTS_EACH, LONG_EVENTS)
        filled = round(time.perf_counter() - began, 1)
        figures["sizes"][str(size)] = {
            "events": crowd.events(),
            "fill_seconds": filled,
            **{name: _spread(call, 5 if quick else ROUNDS) for name, call in crowd.requests().items()},
        }
    for name in crowd.requests():
        before, after = (figures["sizes"][str(size)][name]["p50"] for size in (small, full))
        figures["growth"][name] = round(after / before, 2)
    plans = crowd.plans()
    figures["plans"] = {
        name: sorted({index for plan in found for index in plan.indexes}) for name, found in plans.items()
    }
    whole = [f"{name}: {plan.sql}" for name, found in plans.items() for plan in found if plan.scans]
    figures["full_scans"] = len(whole)
    figures["full_scans_of"] = whole
    return figures


def _spread(call: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds, after two calls that warm caches up."""
    call()
    call()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        taken.append(1_000 * (time.perf_counter() - began))
    return report.spread(taken)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lists", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small databases: whether it works, not how fast"
    )
    parser.add_argument("--here", action="store_true", help="in the migrated, empty database of DATABASE_URL")
    parser.add_argument("--out", type=Path, help="also write the figures here, as JSON")
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure_here(options.quick)))
        return
    figures = measure(options.quick)
    print(report.table(figures))
    print(report.bar_table(report.judged("lists", figures, BARS)))
    if options.out:
        report.write(options.out, figures)


if __name__ == "__main__":
    main()
