"""The sandbox of one machine: bubblewrap where it works, else resource limits alone."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from studio.core.sandbox import bubblewrap
from studio.core.sandbox.port import SandboxCancelled, SandboxResult, SandboxSpec, SandboxUnavailable
from studio.core.sandbox.process import Output, Stopped, follow

logger = logging.getLogger(__name__)

_LAUNCHER = Path(__file__).parent / "launcher.py"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_PRLIMIT = "/usr/bin/prlimit"
_LEFTOVERS_SECONDS = 2


class LocalSandbox:
    """Implements `studio.core.sandbox.port.Sandbox`.

    At the level "rlimits" programs see the machine's files and network as the Studio's user does; the
    paths of the spec are translated to host paths, wherever they occur in argv and environment.
    """

    def level(self) -> Literal["bubblewrap", "rlimits"]:
        if bubblewrap.program():
            return "bubblewrap"
        _warn_once()
        return "rlimits"

    def command(
        self,
        spec: SandboxSpec,
        *,
        starts_file: Path | None = None,
        publish: tuple[Path, Path] | None = None,
    ) -> list[str]:
        options = ["--stay"] if bubblewrap.program() else []
        if starts_file:
            options += ["--count", str(starts_file)]
        if publish:
            options += ["--publish", "=".join(map(str, publish))]
        return self._command(spec, launch=options)

    def run(
        self,
        spec: SandboxSpec,
        *,
        timeout_seconds: float,
        on_line: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SandboxResult:
        output = Output(spec.limits.output_bytes, on_line)
        started = time.monotonic()
        with tempfile.TemporaryFile() as status:
            argv = self._command(spec, confine=["--json-status-fd", str(status.fileno())])
            try:
                code = follow(
                    argv,
                    environment=spec.environment,
                    output=output,
                    timeout_seconds=timeout_seconds,
                    cancelled=cancelled or (lambda: False),
                    pass_fds=[status.fileno()] if bubblewrap.program() else [],
                )
            except OSError as error:
                raise SandboxUnavailable(f"The sandbox could not be started: {error}") from error
            except Stopped as stopped:
                if stopped.cancelled:
                    raise SandboxCancelled("The command was cancelled.") from stopped
                return SandboxResult(-9, output.text(), time.monotonic() - started, timed_out=True)
            if self.level() == "bubblewrap":
                code = _exit_code(status.fileno(), output)
        return SandboxResult(code, output.text(), time.monotonic() - started)

    def _command(
        self, spec: SandboxSpec, *, launch: Sequence[str] = (), confine: Sequence[str] = ()
    ) -> list[str]:
        """`launch` are more options for the launcher, `confine` for bubblewrap."""
        limits = {"as": spec.limits.memory_bytes, "fsize": spec.limits.file_bytes, "core": 0}
        if spec.limits.cpu_seconds is not None:
            limits["cpu"] = spec.limits.cpu_seconds
        words = [sys.executable, "-I", "-S", str(_LAUNCHER), *launch]
        for name, value in limits.items():
            words += ["--limit", f"{name}={value}"]
        for name in spec.environment:
            words += ["--keep", name]
        bwrap = bubblewrap.program()
        home = bubblewrap.HOME if bwrap else tempfile.gettempdir()
        for pair in (f"PATH={_PATH}", f"HOME={home}", "LANG=C.UTF-8"):
            words += ["--default", pair]
        if bwrap:
            world = [bwrap, *bubblewrap.options(spec, bwrap), *confine]
            return [*words, "--", *world, "--", *_process_limit(spec), *spec.argv]
        for host, inside in (*spec.read_only.items(), *spec.writable.items()):
            words += ["--path", f"{inside}={host}"]
        return [*words, "--chdir", spec.working_directory, "--", *spec.argv]


def _process_limit(spec: SandboxSpec) -> list[str]:
    """Set inside, where the kernel counts the sandbox's own processes and not all of the user's. The
    kernel exempts root from it, in a sandbox too: one more reason not to run the Studio as root."""
    if not os.access(_PRLIMIT, os.X_OK):
        return []
    return [_PRLIMIT, f"--nproc={spec.limits.processes}:{spec.limits.processes}", "--"]


def _exit_code(status_fd: int, output: Output) -> int:
    """The program's own exit code, negative for a signal, from what bubblewrap reported about it.

    Raises SandboxUnavailable when bubblewrap never got as far as running it.
    """
    os.lseek(status_fd, 0, os.SEEK_SET)
    report: dict[str, int] = {}
    for line in os.read(status_fd, 1 << 16).splitlines():
        report |= json.loads(line)
    if "exit-code" not in report:
        raise SandboxUnavailable(f"The sandbox could not be started: {output.text().strip()[-500:]}")
    _await_end(report["child-pid"])
    code = report["exit-code"]
    return 128 - code if code > 128 else code


def _await_end(first_process: int) -> None:
    """Until the namespace is empty, which it is once its first process has ended: bubblewrap is back as
    soon as the program is, and the kernel ends the program's leftovers a moment later."""
    deadline = time.monotonic() + _LEFTOVERS_SECONDS
    status = Path(f"/proc/{first_process}/stat")
    while time.monotonic() < deadline:
        try:
            if status.read_text().rpartition(")")[2].split()[0] in ("Z", "X"):
                return
        except OSError:
            return
        time.sleep(0.002)


@cache
def _warn_once() -> None:
    logger.warning("bubblewrap does not work on this machine: apps run with resource limits only")
