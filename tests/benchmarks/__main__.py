"""`make bench`: measure the promises that have numbers, on this machine, in one run."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from tests.benchmarks import main_job


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="projects to spawn and build (default 3)")
    parser.add_argument("--turns", type=int, default=30, help="chat turns to time (default 30)")
    parser.add_argument(
        "--out", type=Path, default=Path("var/bench/main-job.json"), help="where the figures go"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orchard-bench-") as home:
        figures = main_job.measure(Path(home), rounds=options.rounds, turns=options.turns)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(main_job.table(figures))
    print(f"\nWritten to {options.out}")


main()
