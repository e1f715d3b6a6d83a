"""Who runs below whom on this machine, as /proc tells (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A living process; zombies are not. `command` is its argument vector in one line."""

    pid: int
    parent: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid} {self.command[:160]}"


def living() -> dict[int, Process]:
    """All of this machine, by pid."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if fields[0] not in "ZX":
            found[int(entry.name)] = Process(int(entry.name), int(fields[1]), command)
    return found


def children(pid: int) -> list[Process]:
    return [process for process in living().values() if process.parent == pid]


def below(pid: int) -> list[Process]:
    """All its living descendants, parents before children."""
    processes = living()

    def walk(parent: int) -> Iterator[Process]:
        for process in processes.values():
            if process.parent == parent:
                yield process
                yield from walk(process.pid)

    return list(walk(pid))


def is_gone(*pids: int) -> bool:
    """Whether none lives. Those that were left to us are buried: the Studio tells the dead by their number."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return not living().keys() & set(pids)


def strike(number: signal.Signals, *pids: int) -> None:
    """Those that are gone already are fine."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
