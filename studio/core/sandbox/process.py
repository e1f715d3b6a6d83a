"""A child process whose output, time and descendants are bounded."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_CHUNK_BYTES = 1 << 16
_LINE_BYTES = 8 << 10
_POLL_SECONDS = 0.2


class Stopped(Exception):
    """The child was killed: `cancelled`, else out of time."""

    def __init__(self, *, cancelled: bool) -> None:
        self.cancelled = cancelled


def follow(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    output: Output,
    timeout_seconds: float,
    cancelled: Callable[[], bool],
    pass_fds: Sequence[int] = (),
) -> int:
    """Run `argv` until it and all it started are gone; returns the exit code as `Popen` gives it.

    Raises Stopped, with nothing left running; OSError when it could not be started. An exception out
    of `output` or `cancelled` kills the child too.
    """
    deadline = time.monotonic() + timeout_seconds
    child = subprocess.Popen(
        argv,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    assert child.stdout is not None
    with child.stdout as pipe, selectors.DefaultSelector() as selector:
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, selectors.EVENT_READ)
        try:
            asked = 0.0
            while True:
                ready = selector.select(_POLL_SECONDS)
                exited = child.poll() is not None
                chunk = _read(pipe.fileno()) if ready else None
                if chunk:
                    output.write(chunk)
                elif chunk == b"" or exited:
                    # Whoever still holds the pipe after the child's exit has outlived its welcome.
                    break
                now = time.monotonic()
                if now - asked >= _POLL_SECONDS:
                    asked = now
                    if cancelled():
                        raise Stopped(cancelled=True)
                if now > deadline:
                    raise Stopped(cancelled=False)
            while child.poll() is None:
                if cancelled():
                    raise Stopped(cancelled=True)
                if time.monotonic() > deadline:
                    raise Stopped(cancelled=False)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL_SECONDS)
            return child.returncode
        finally:
            kill_tree(child)
            output.close()


def kill_tree(child: subprocess.Popen[bytes]) -> None:
    """End the child and all below it, and reap it.

    Under bubblewrap the child's own child is the first process of a pid namespace: killing that one
    takes every descendant with it, wherever they fled to, and leaves bubblewrap to reap it.
    """
    if child.poll() is None and (children := _children(child.pid)):
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.5)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class Output:
    """What a child wrote: told line by line, kept whole up to `limit_bytes`, then head and tail only.

    Lines are told up to the same limit, so that a flood cannot drown who listens.
    """

    def __init__(self, limit_bytes: int, on_line: Callable[[str], None] | None = None) -> None:
        self._half = max(limit_bytes // 2, 1)
        self._on_line = on_line
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._total_bytes = 0
        self._told_bytes = 0
        self._line = b""

    def write(self, chunk: bytes) -> None:
        self._total_bytes += len(chunk)
        room = self._half - len(self._head)
        self._head += chunk[:room] if room > 0 else b""
        self._keep(chunk[max(room, 0) :])
        if self._on_line:
            self._tell(chunk)

    def close(self) -> None:
        if self._on_line and self._line:
            self._emit(self._line)

    def text(self) -> str:
        cut = self._total_bytes - len(self._head) - self._tail_bytes
        tail = b"".join(self._tail)
        excess = max(len(tail) - self._half, 0)
        gap = f"\n… {cut + excess} bytes cut out …\n".encode() if cut + excess else b""
        return (bytes(self._head) + gap + tail[excess:]).decode(errors="replace")

    def _keep(self, chunk: bytes) -> None:
        if not chunk:
            return
        self._tail.append(chunk)
        self._tail_bytes += len(chunk)
        while self._tail_bytes - len(self._tail[0]) >= self._half:
            self._tail_bytes -= len(self._tail.popleft())

    def _tell(self, chunk: bytes) -> None:
        *lines, self._line = (self._line + chunk).split(b"\n")
        for line in lines:
            self._emit(line)
        if len(self._line) > _LINE_BYTES:
            line, self._line = self._line, b""
            self._emit(line)

    def _emit(self, line: bytes) -> None:
        if not self._on_line:
            return
        self._told_bytes += len(line) + 1
        if self._told_bytes > 2 * self._half:
            self._on_line("… more output than is shown …")
            self._on_line = None
        else:
            self._on_line(line[:_LINE_BYTES].decode(errors="replace").rstrip("\r"))


def _read(descriptor: int) -> bytes | None:
    try:
        return os.read(descriptor, _CHUNK_BYTES)
    except BlockingIOError:
        return None


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
