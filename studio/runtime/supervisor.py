"""The one supervisord that owns every process of an instance: started, asked and stopped from here.

The deployer of apps talks to the same supervisor through `connect`.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import xmlrpc.client
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from studio.core.errors import OutsideFailure
from studio.runtime import tether
from studio.runtime.processes import ProcessIdentity, end_children, reap_orphans

# supervisord's own names for a program that does not stay up.
FAILING_STATES = frozenset({"BACKOFF", "FATAL"})


class SupervisorUnreachable(OutsideFailure):
    code = "supervisor_unreachable"


@dataclass(frozen=True)
class ProgramState:
    """`state` as supervisord names it; `description` is its own sentence about it."""

    name: str
    group: str
    state: str
    description: str
    log: Path


def connect(socket: Path) -> Any:
    """supervisord's XML-RPC namespace (`.supervisor.getState()` …) over its unix socket, which a `with`
    block closes."""
    return xmlrpc.client.ServerProxy(
        "http://supervisor",
        transport=SupervisorTransport(None, None, serverurl=f"unix://{socket}"),
        allow_none=True,
    )


def program_states(socket: Path) -> list[ProgramState]:
    """Raises SupervisorUnreachable."""
    try:
        with connect(socket) as server:
            rows = server.supervisor.getAllProcessInfo()
    except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
        raise SupervisorUnreachable(f"the supervisor does not answer: {error}", retryable=True) from error
    return [
        ProgramState(
            row["name"], row["group"], row["statename"], row["description"], Path(row["stdout_logfile"])
        )
        for row in rows
    ]


def last_lines(path: Path, count: int = 15) -> list[str]:
    try:
        with path.open(errors="replace") as log:
            return [line.rstrip("\n") for line in deque(log, maxlen=count)]
    except OSError:
        return []


class Supervisor:
    """A running supervisord, child of this process and leader of its own session, so that neither the
    terminal's Ctrl-C nor its hang-up reaches what it runs: this process decides how things stop."""

    def __init__(self, configuration: Path, python: Path, identity_file: Path, output: Path) -> None:
        """Starts it. `identity_file` tells a later start which processes were ours."""
        tether.adopt_orphans()
        # Apps inherit from supervisord whatever they are not denied, so it has nothing to inherit.
        environment = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "TMPDIR", "USER", "TZ")
            if name in os.environ
        }
        with output.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    python,
                    "-I",
                    "-S",
                    tether.__file__,
                    python,
                    "-m",
                    "supervisor.supervisord",
                    "-c",
                    configuration,
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        identity = ProcessIdentity.of(self._process.pid)
        if identity is not None:
            identity.save(identity_file)
        self._identity_file = identity_file

    def has_ended(self) -> bool:
        reap_orphans(spare=self._process.pid)
        return self._process.poll() is not None

    def stop(self, *, patience_seconds: float) -> None:
        """Ask it to stop all programs and end; after `patience_seconds` everything is killed. When
        this returns, no process of the instance is left."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        end_children()
        self._identity_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """At once: every program is tethered to supervisord and ends with it."""
        self._process.kill()
        self._process.wait()
