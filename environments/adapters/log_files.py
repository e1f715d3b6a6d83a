"""The last lines of an app's log files, of all its processes in the order in which they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_READ_BYTES = 1 << 20
# Apps write one JSON object per line; its time comes first.
_TIME = re.compile(r'\{"time": "([^"]{10,40})"')


def last_lines(logs: Sequence[Path], count: int) -> list[str]:
    """Oldest first. A line without a time of its own stays behind the one before it."""
    if len(logs) == 1:
        return _lines(logs[0])[-count:]
    dated = sorted((entry for log in logs for entry in _dated(log)), key=lambda entry: entry[0])
    return [line for _, line in dated][-count:]


def _dated(log: Path) -> Iterator[tuple[str, str]]:
    time = ""
    for line in _lines(log):
        if found := _TIME.match(line):
            time = found[1]
        yield time, line


def _lines(log: Path) -> list[str]:
    """From the log and, where that was just rotated, the one before."""
    lines: list[str] = []
    for file in (log.with_name(f"{log.name}.1"), log):
        if file.exists():
            with file.open("rb") as handle:
                handle.seek(max(file.stat().st_size - _READ_BYTES, 0))
                lines += handle.read().decode(errors="replace").splitlines()
    return lines
