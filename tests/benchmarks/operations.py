"""`make bench-operations`: the figures of the engine, its queues and its streams, in one run.

Each part is a module here with `measure(quick) -> figures` and the `BARS` they are held to.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks import report

PARTS = ("dispatch", "fairness", "streams", "lists")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-operations", description=__doc__)
    parser.add_argument("--only", help=f"some of {', '.join(PARTS)}, separated by commas")
    parser.add_argument("--quick", action="store_true", help="few rounds: whether it works, not how fast")
    parser.add_argument("--out", type=Path, default=Path("test-results/bench-operations.json"))
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    figures: dict[str, Any] = {"machine": report.machine() | {"quick": options.quick}}
    print(report.table(figures), flush=True)
    judgements: list[dict[str, Any]] = []
    broken = []
    for part in chosen:
        print(f"\n── {part}", flush=True)
        try:
            module = import_module(f"tests.benchmarks.{part}")
            figures[part] = module.measure(options.quick)
            judgements += report.judged(part, figures[part], getattr(module, "BARS", ()))
        except Exception:  # noqa: BLE001 (the other parts are worth measuring all the same)
            broken.append(part)
            figures.setdefault(part, {})["error"] = traceback.format_exc()
        print(report.table(figures[part]), flush=True)
        figures["bars"] = judgements
        report.write(options.out, figures)
    print(f"\n── bars\n{report.bar_table(judgements)}\n\nWritten to {options.out}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
