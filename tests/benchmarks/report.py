"""Figures of one run: their spread, the machine they were measured on, the bars they are held to, a table."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.live import CODE

SPREAD = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Bar:
    """What figures are held to. `figure` is a dotted path, or a pattern of several; of a spread it names
    the percentile too ("sqlite.start_ms.p50")."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"

    def holds(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and tails; `n` is how many there were."""
    ordered = sorted(values)
    rank = {name: min(len(ordered) - 1, int(int(name[1:]) / 100 * len(ordered))) for name in SPREAD[1:]}
    tails = {name: round(ordered[place], 3) for name, place in rank.items()}
    return {"p50": round(statistics.median(ordered), 3), **tails, "n": len(ordered)}


def machine() -> dict[str, Any]:
    """Where and when, as far as it explains figures."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain")),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def judged(part: str, figures: Mapping[str, Any], bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """Every figure that a bar is set for. Raises ValueError for a bar that names none: it would hold for ever."""
    found = []
    known = dict(flat(figures))
    for bar in bars:
        matching = [name for name in known if fnmatchcase(name, bar.figure)]
        if not matching:
            raise ValueError(f"{part} measured nothing that is called {bar.figure}")
        found += [
            {
                "figure": f"{part}.{name}",
                "value": known[name],
                "bar": str(bar),
                "met": bar.holds(known[name]),
            }
            for name in matching
        ]
    return found


def flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """Each number with its dotted path."""
    for name, value in figures.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from flat(value, path)
        elif isinstance(value, int | float):
            yield path, value


def write(path: Path, figures: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: Mapping[str, Any]) -> str:
    """One line per figure; a spread is one figure."""
    return "\n".join(_lines(figures))


def bar_table(judgements: Sequence[Mapping[str, Any]]) -> str:
    width = max((len(row["figure"]) for row in judgements), default=0)
    return "\n".join(
        f"{'ok' if row['met'] else 'MISSED':<7}{row['figure']:<{width}} {row['value']:>10g}  {row['bar']}"
        for row in judgements
    )


def _lines(figures: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    for name, value in figures.items():
        if isinstance(value, Mapping) and set(value) & set(SPREAD):
            parts = "  ".join(f"{key} {value[key]:g}" for key in value)
            yield f"{indent}{name:<{44 - len(indent)}} {parts}"
        elif isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from _lines(value, depth + 1)
        else:
            yield f"{indent}{name:<{44 - len(indent)}} {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    # A text stands whole: it may be a traceback.
    return value if isinstance(value, str) else textwrap.shorten(str(value), 100, placeholder=" …")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=CODE, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
