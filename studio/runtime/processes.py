"""Who is who among processes: a pid alone may belong to somebody else by now, a pid with its start
time may not. So that a start after a crash ends exactly what the crash left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """`started` is opaque: the kernel's start time in ticks on Linux, what ps prints elsewhere."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of a living process; None when there is none."""
        started = _start_time(pid)
        return cls(pid, started) if started else None

    def is_alive(self) -> bool:
        return _start_time(self.pid) == self.started

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> ProcessIdentity | None:
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None


def end_leftovers(supervisor: ProcessIdentity, *, patience_seconds: float) -> bool:
    """End a supervisor of an earlier run and everything it started. True when there was something.

    The supervisor leads a session of its own, so what it started carries its pid as session id.
    """
    found = False
    if supervisor.is_alive():
        found = True
        _signal(supervisor.pid, signal.SIGTERM)
        _wait_until(lambda: not supervisor.is_alive(), patience_seconds)
        _signal(supervisor.pid, signal.SIGKILL, only_if=supervisor)
    for identity in list(_session(supervisor)):
        found = True
        _signal(identity.pid, signal.SIGKILL, only_if=identity)
    _wait_until(lambda: not any(_session(supervisor)), 5)
    return found


def reap_orphans(*, spare: int) -> None:
    """Collect adopted children that have ended; `spare` is the child that somebody else waits for."""
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == spare:
                return
            os.waitpid(ended.si_pid, 0)


def end_children() -> None:
    """Kill and reap every child of this process, adopted orphans too, until there is none."""
    deadline = time.monotonic() + 5
    while (children := _children(os.getpid())) and time.monotonic() < deadline:
        for pid in children:
            _signal(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def kill_descendants() -> None:
    """Kill everything below this process, in whatever session or process group it is (Linux only). What
    it starts meanwhile is looked for again, and a second time at most."""
    for _ in range(3):
        found = _descendants(os.getpid())
        if not found:
            return
        for pid in found:
            _signal(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    below = [child for child in _children(pid) if _stat(child)]
    return [*below, *(further for child in below for further in _descendants(child))]


def _session(supervisor: ProcessIdentity) -> Iterator[ProcessIdentity]:
    """The living members of the supervisor's session (Linux only, as the kill signal at a parent's death is)."""
    leader = ProcessIdentity.of(supervisor.pid)
    if leader is not None and leader != supervisor:
        return  # the number is somebody else's session now
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if (
            len(fields) > 19
            and fields[3] == str(supervisor.pid)
            and int(fields[19]) >= int(supervisor.started)
        ):
            yield ProcessIdentity(int(entry.name), fields[19])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the command name; [] when there is no such living process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] in "ZX" else fields


def _start_time(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        fields = _stat(pid)
        return fields[19] if fields else ""
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()


def _children(parent: int) -> list[int]:
    """Living children and those not reaped yet."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[1] == str(parent):
                found.append(int(entry.name))
    return found


def _signal(pid: int, number: signal.Signals, *, only_if: ProcessIdentity | None = None) -> None:
    if only_if is None or only_if.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _wait_until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
