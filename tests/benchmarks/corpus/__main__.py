"""`make bench-corpus CORPUS=path`: a fixed sample of requests, each built from one message and then used.

Every app is planned by the offline Architect, rendered, migrated, tested by its own tests, seeded, probed for
its ledger and visited by a browser that follows every link and button and sends every form. No model answers.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from studio.core.colour_difference import delta_e  # noqa: E402
from studio.runtime import binaries  # noqa: E402
from tests.benchmarks.corpus.built import folder, ledger, plan_of, serving  # noqa: E402
from tests.benchmarks.corpus.visit import go_round  # noqa: E402
from tests.benchmarks.corpus.wishes import wished_colors  # noqa: E402
from tests.benchmarks.report import machine, spread  # noqa: E402

SAMPLE = 60
MOST_SECONDS = 600
# Two colours are called by one name up to here (ΔE00): "brown" is a family, not a point.
SAME_NAME = 18.0
WAYS = ("links", "buttons", "forms empty", "forms filled", "signing up", "console", "accessible")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-corpus", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help='JSON lines of {"id", "instruction"}')
    parser.add_argument("--only", nargs="*", help="ids to build instead of the sample")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many, evenly spread (60)")
    parser.add_argument("--jobs", type=int, default=2, help="apps at a time (2)")
    parser.add_argument("--keep", type=Path, help="folder in which apps, logs and screenshots stay")
    parser.add_argument("--out", type=Path, default=Path("test-results/corpus.json"))
    options = parser.parse_args()
    chosen = pick(options.corpus, options.sample, options.only)
    with tempfile.TemporaryDirectory() as scratch:
        root = (options.keep or Path(scratch)).resolve()
        root.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(options.jobs) as pool:
            work = [pool.submit(try_request, key, text, root) for key, text in chosen.items()]
            results = []
            for done in work:
                results.append(done.result())
                print(line(results[-1]), flush=True)
    figures = {"machine": machine(), "totals": totals(results), "requests": results}
    print("\n" + table(figures["totals"]))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {options.out}")


def pick(corpus: Path, sample: int, only: Sequence[str] | None) -> dict[str, str]:
    """Requests by id: those named, else `sample` of them evenly spread over the file."""
    rows = [json.loads(row) for row in corpus.read_text(encoding="utf-8").splitlines() if row.strip()]
    texts = {str(row["id"]): str(row["instruction"]) for row in rows}
    if only:
        return {key: texts[key] for key in only}
    keys = sorted(texts, key=lambda key: (len(key), key))
    step = max(1.0, len(keys) / max(1, sample))
    return {
        keys[int(number * step)]: texts[keys[int(number * step)]] for number in range(min(sample, len(keys)))
    }


def try_request(key: str, message: str, root: Path) -> dict[str, Any]:
    """Everything about one request; a failure of any part is a result, not an end."""
    result: dict[str, Any] = {"id": key, "built": False, "problems": []}
    began = time.monotonic()
    try:
        document, plan = plan_of(message)
        result["plan_seconds"] = round(time.monotonic() - began, 2)
        result["name"] = document.feature_name
        result["blocks"] = [used.name for used in plan.blocks]
        app = folder(root, key)
        files = dict(app.build(plan))
        result["build_seconds"] = round(time.monotonic() - began, 2)
        with serving(app) as origin:
            result["built"] = True
            result["ledger"] = ledger(app, plan, files, origin)
            result |= visited(origin, app.data, message)
    except Exception as error:  # noqa: BLE001  the others go on, and this one says why
        result["problems"].append(f"{type(error).__name__}: {str(error)[-600:]}")
    result["seconds"] = round(time.monotonic() - began, 1)
    return result


def visited(origin: str, data: Path, message: str) -> dict[str, Any]:
    with sync_playwright() as playwright, at_most(MOST_SECONDS):
        browser = playwright.chromium.launch(
            executable_path=str(binaries.chromium()), args=["--no-sandbox", "--disable-background-networking"]
        )
        visit = go_round(browser.new_context(viewport={"width": 1280, "height": 900}), origin, data)
        browser.close()
    wished = wished_colors(message)
    colors = {}
    if "background" in wished:
        colors["background"] = delta_e(wished["background"], visit.background) <= SAME_NAME
    if "components" in wished:
        near = [delta_e(wished["components"], color) for color in visit.filled]
        colors["components"] = bool(near) and min(near) <= SAME_NAME
    return {
        "done": dict(visit.done),
        "well": dict(visit.well),
        "colors": colors,
        "problems": visit.problems,
    }


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """A page that never answers its own script ends the visit, not the run. Main thread only."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"the visit did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def totals(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    done: Counter[str] = Counter()
    well: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for result in results:
        done.update(result.get("done", {}))
        well.update(result.get("well", {}))
        items.update(result.get("ledger", {}).get("items", {}))
        for part, right in result.get("colors", {}).items():
            done[f"colour of {part}"] += 1
            well[f"colour of {part}"] += right
    built = [result for result in results if result["built"]]
    return {
        "requests": len(results),
        "built": len(built),
        "own tests all passed": sum(not r["ledger"]["failed_tests"] for r in built if "ledger" in r),
        "nothing wrong": sum(r["built"] and not r["problems"] for r in results),
        "items": {"met": items["met"], "partial": items["partial"], "unmet": items["unmet"]},
        "items_met": share(items["met"], sum(items.values())),
        "shares": {way: share(well[way], done[way]) for way in sorted(done)},
        "counts": dict(done),
        "seconds": spread([r["seconds"] for r in results]) if results else {},
    }


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def line(result: Mapping[str, Any]) -> str:
    ways = " ".join(f"{way} {result['well'].get(way, 0)}/{n}" for way, n in result.get("done", {}).items())
    return (
        f"{result['id']:>5} {result.get('name', '')[:28]:28} {result['seconds']:5.0f} s  "
        f"{result.get('ledger', {}).get('items', '')} {ways} {len(result['problems'])} problems"
    )


def table(figures: Mapping[str, Any]) -> str:
    rows = [f"{figures['requests']} requests, {figures['built']} built"]
    rows += [
        f"{name:26}{figures[name]:>8}" for name in ("own tests all passed", "nothing wrong", "items_met")
    ]
    rows += [f"{way:26}{value:>8} of {figures['counts'][way]}" for way, value in figures["shares"].items()]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
