"""`make bench-references`: looking at pages, warm against cold, and how much of what they declare is found.

Pages come from a site on loopback, so the figures are the browser's and ours, not a network's. Cold is a
new browser for the page, warm one that is open already; both are measured in turn, in one run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from blueprints.references import facts, layout, tokens  # noqa: E402
from blueprints.references.browser import BrowserThread, CaptureBrowser, Tell  # noqa: E402
from blueprints.references.capture import LIMITS, capture  # noqa: E402
from studio.core.colour_difference import delta_e  # noqa: E402
from studio.core.egress.addresses import networks  # noqa: E402
from tests.benchmarks.report import Bar, bar_table, judged, machine, spread, table, write  # noqa: E402
from tests.egress.places import SITE, Answer, Site, site  # noqa: E402
from tests.references.fixture_pages import FixturePage, fixture_pages  # noqa: E402

ALIKE = 3.0  # ΔE00
BARS = [
    Bar("full_page.warm_of_cold", at_most=0.75),
    Bar("viewport.per_minute", at_least=60),
    Bar("memory.growth", at_most=1.2),
    Bar("tokens.covering_colours_found", at_least=0.9),
    Bar("tokens.font_sizes_found", at_least=1.0),
    Bar("tokens.radii_found", at_least=1.0),
]


@contextmanager
def open_browser() -> Iterator[BrowserThread]:
    thread = BrowserThread(lambda: CaptureBrowser(allowed=networks([SITE])))
    try:
        yield thread
    finally:
        thread.close()


def full_page(told: Site, pages: Sequence[FixturePage], rounds: int) -> dict[str, Any]:
    """Seconds for whole pages, both widths, tokens included."""
    cold, warm = [], []
    with open_browser() as ready:
        capture(address(told, pages[0]), through=ready)
        for number in range(rounds):
            page = address(told, pages[number % len(pages)])
            began = time.monotonic()
            with open_browser() as fresh:
                capture(page, through=fresh)
                cold.append(time.monotonic() - began)
            began = time.monotonic()
            capture(page, through=ready)
            warm.append(time.monotonic() - began)
    share = statistics.median(warm) / statistics.median(cold)
    return {"cold_seconds": spread(cold), "warm_seconds": spread(warm), "warm_of_cold": round(share, 3)}


def viewport(
    told: Site, pages: Sequence[FixturePage], captures: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """One screen of a page and its tokens, again and again; and what the browser holds meanwhile."""

    def look(browser: CaptureBrowser, _: Tell, url: str) -> int:
        script = Path(tokens.__file__).with_name("tokens.js").read_text()
        with browser.visit(LIMITS) as (context, _account):
            page = context.new_page()
            page.goto(url, wait_until="load")
            page.screenshot(scale="css")
            page.evaluate(script)
        return browser.memory_bytes()

    held: list[int] = []
    took: list[float] = []
    with open_browser() as ready:
        for number in range(captures + 1):
            url = address(told, pages[number % len(pages)])
            began = time.monotonic()
            held.append(ready.run(lambda browser, tell, url=url: look(browser, tell, url)))
            took.append(time.monotonic() - began)
    took, held = took[1:], held[1:]  # the first opens the browser
    quarter = max(1, captures // 4)
    early, late = statistics.median(held[:quarter]), statistics.median(held[-quarter:])
    speed = {"seconds": spread(took), "per_minute": round(60 * len(took) / sum(took), 1)}
    memory = {
        "captures": captures,
        "early_mib": round(early / 2**20),
        "late_mib": round(late / 2**20),
        "most_mib": round(max(held) / 2**20),
        "growth": round(late / early, 3),
    }
    return speed, memory


def accuracy(told: Site, pages: Sequence[FixturePage]) -> dict[str, Any]:
    """What share of what the pages declare is found; roles and layout are told without a bar."""
    counts: dict[str, list[bool]] = {name: [] for name in ("covering", "roles", "sizes", "radii", "layout")}
    missed = []
    with open_browser() as ready:
        for page in pages:
            measured = facts.parse(capture(address(told, page), through=ready).facts)
            if measured is None:
                raise RuntimeError(f"{page.name} could not be measured")
            found = tokens.read(measured, layout.read(measured))
            roles = {color.role: color.value for color in found.colors}
            checks = {
                "covering": [
                    (value, _near(value, [one for one, _ in found.palette])) for value in page.covers
                ],
                "roles": [
                    (role, role in roles and _near(value, [roles[role]]))
                    for role, value in page.roles.items()
                ],
                "sizes": [(size, size in found.scale) for size in page.sizes],
                "radii": [(radius, radius in found.radii) for radius in page.radii],
                "layout": [(fact, fact in found.layout) for fact in page.layout],
            }
            for name, results in checks.items():
                counts[name] += [ok for _, ok in results]
                missed += [f"{page.name}: {name} {what}" for what, ok in results if not ok]
    share = {name: round(sum(results) / len(results), 3) for name, results in counts.items()}
    return {
        "pages": len(pages),
        "covering_colours": len(counts["covering"]),
        "covering_colours_found": share["covering"],
        "roles_found": share["roles"],
        "font_sizes_found": share["sizes"],
        "radii_found": share["radii"],
        "layout_facts_found": share["layout"],
        "missed": "; ".join(missed) or "nothing",
    }


def _near(value: str, others: Sequence[str]) -> bool:
    return any(delta_e(value, other) <= ALIKE for other in others)


def address(told: Site, page: FixturePage) -> str:
    return told.url(f"/{page.name}", host=SITE)


def measure(*, rounds: int, captures: int) -> Mapping[str, Any]:
    pages = fixture_pages()
    with site() as told:
        told.pages |= {f"/{page.name}": Answer(page.html) for page in pages}
        found = accuracy(told, pages)
        whole = full_page(told, pages, rounds)
        speed, memory = viewport(told, pages, captures)
    return {"full_page": whole, "viewport": speed, "memory": memory, "tokens": found}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-references", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="full pages, cold and warm each (default 10)")
    parser.add_argument("--captures", type=int, default=200, help="viewport captures (default 200)")
    parser.add_argument("--out", type=Path, default=Path("test-results/bench-references.json"))
    options = parser.parse_args()
    figures = measure(rounds=options.rounds, captures=options.captures)
    bars = judged("references", figures, BARS)
    write(options.out, {"machine": machine(), "references": figures, "bars": bars})
    print(table(figures))
    print(f"\n{bar_table(bars)}\n\nWritten to {options.out}")
    sys.exit(0 if all(bar["met"] for bar in bars) else 1)


if __name__ == "__main__":
    main()
