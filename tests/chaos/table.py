"""What was struck and what came of it: collected row by row, printed at the end, stored as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "test-results" / "chaos.json"


@dataclass
class Row:
    """`recovered_seconds`: from the strike until a worker went on, None where nothing had to be taken
    over. `slowness`: how many times as long as on two quiet cores an undisturbed spawn took, measured last
    before it. `events`, `effects`, `leftovers`: "ok", or what was wrong."""

    drill: str
    workflow: str
    phase: str
    recovered_seconds: float | None = None
    events: str = "-"
    effects: str = "-"
    leftovers: str = "-"
    slowness: float = 1.0
    note: str = ""


def render(rows: Sequence[Row]) -> str:
    heads = ("drill", "workflow", "phase", "recovered s", "events", "effects", "leftovers", "slower", "note")
    lines = [
        (
            row.drill,
            row.workflow,
            row.phase,
            "" if row.recovered_seconds is None else f"{row.recovered_seconds:.1f}",
            row.events,
            row.effects,
            row.leftovers,
            f"{row.slowness:.1f}×",
            row.note,
        )
        for row in rows
    ]
    widths = [max(len(line[at]) for line in (heads, *lines)) for at in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *lines)
    )


def store(rows: Sequence[Row], *, seed: int, seconds: float) -> Path:
    RESULTS.parent.mkdir(exist_ok=True)
    report = {"seed": seed, "seconds": round(seconds, 1), "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    return RESULTS
