"""The sandbox port: how code that we did not write is run.

What runs in a sandbox sees the system read-only, the folders it was given, an environment of exactly
what it was given, no network, no other process, and never the Studio's files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from studio.core.errors import OutsideFailure


@dataclass(frozen=True)
class Limits:
    """Per process tree, except `memory_bytes` and `processes` where only rlimits are to be had."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int | None = 300
    processes: int = 256
    file_bytes: int = 512 << 20
    output_bytes: int = 2 << 20


@dataclass(frozen=True)
class SandboxSpec:
    """One command and all it may see.

    `read_only` and `writable` map host folders to paths inside; the parent of a unix socket is a
    writable folder. `environment` is the whole environment (PATH, HOME and LANG are added).
    """

    argv: Sequence[str]
    working_directory: str = "/app"
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only: Mapping[Path, str] = field(default_factory=dict)
    writable: Mapping[Path, str] = field(default_factory=dict)
    network: bool = False
    limits: Limits = Limits()


@dataclass(frozen=True)
class SandboxResult:
    """`exit_code` is negative for a signal. `output` is stdout and stderr interleaved, the middle cut
    out where it exceeds `Limits.output_bytes`."""

    exit_code: int
    output: str
    seconds: float
    timed_out: bool = False


class Sandbox(Protocol):
    """Named by `settings.ORCHARD_SANDBOX`."""

    def level(self) -> Literal["bubblewrap", "rlimits"]:
        """What this machine can give; shown to people, with a warning for "rlimits"."""
        ...

    def command(
        self,
        spec: SandboxSpec,
        *,
        starts_file: Path | None = None,
        publish: tuple[Path, Path] | None = None,
    ) -> list[str]:
        """An argv that runs `spec` confined when a supervisor executes it; SIGTERM reaches the program.

        Holds no secret: the variables of the environment must be set where it is executed, and
        exactly those named in the spec are passed through. `starts_file` grows by a byte at every start.
        `publish` is the host path of the socket that the program makes, in a folder it may write to,
        and one outside, by which nothing but that socket can be reached.
        """
        ...

    def run(
        self,
        spec: SandboxSpec,
        *,
        timeout_seconds: float,
        on_line: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SandboxResult:
        """Run to the end. `on_line` is called per output line as it comes (from this thread),
        `cancelled` is asked at least twice a second: True kills the whole process group.

        Raises SandboxUnavailable when nothing could be started, SandboxCancelled when cancelled.
        """
        ...


class SandboxUnavailable(OutsideFailure):
    code = "sandbox_unavailable"


class SandboxCancelled(OutsideFailure):
    code = "cancelled"
