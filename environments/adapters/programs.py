"""Programs added to the running supervisord and taken out again."""

from __future__ import annotations

import http.client
import shlex
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults

from environments.ports import DeployError
from studio.runtime.supervisor import connect

STOP_SECONDS = 4

_NAMES = {
    ProcessStates.RUNNING: "running",
    ProcessStates.STARTING: "starting",
    ProcessStates.BACKOFF: "backing_off",
    ProcessStates.FATAL: "stopped",
    ProcessStates.STOPPED: "stopped",
    ProcessStates.STOPPING: "stopping",
    ProcessStates.EXITED: "backing_off",  # supervisord starts it again at its next turn
}


@dataclass(frozen=True)
class ProgramState:
    """`name` is a state of `environments.ports.AppStatus`."""

    name: str
    detail: str

    @property
    def is_up(self) -> bool:
        return self.name in ("running", "starting")

    @property
    def has_failed(self) -> bool:
        return self.name in ("backing_off", "stopped")


class Programs:
    """supervisord over its socket. Raises DeployError, retryable, when it does not answer."""

    @staticmethod
    def configuration(name: str, *, script: Path, log: Path) -> str:
        """The program's own file. `script` holds the command, so that nothing of it needs quoting here.

        It starts again whenever it ends; one that ends within a second waits a second longer each time.
        """
        values = {
            "command": shlex.join(["/bin/sh", str(script)]),
            "autostart": "true",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 100,
            "stopsignal": "TERM",
            "stopwaitsecs": STOP_SECONDS,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": log,
            "stdout_logfile_maxbytes": "5MB",
            "stdout_logfile_backups": 2,
        }
        lines = [f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items()]
        return "\n".join([f"[program:{name}]", *lines, ""])

    def state(self, name: str) -> ProgramState | None:
        info = self._call("getProcessInfo", name, fine=Faults.BAD_NAME)
        if info is None:
            return None
        detail = info["spawnerr"] or info["description"]
        return ProgramState(_NAMES.get(info["state"], "stopping"), detail)

    def add(self, names: Sequence[str]) -> None:
        """Start what a configuration file describes."""
        self._call("reloadConfig")
        for name in names:
            self._call("addProcessGroup", name, fine=Faults.ALREADY_ADDED)
            # It would start by itself at supervisord's next turn, up to a second later.
            self._call("startProcess", name, False, fine=Faults.ALREADY_STARTED)

    def remove(self, name: str) -> None:
        """Stop it and those named after it ("name.worker"), in order or after some seconds by force, and
        forget them. Unknown names are fine."""
        known = [info["name"] for info in self._call("getAllProcessInfo")]
        doomed = [one for one in known if one == name or one.startswith(f"{name}.")]
        for one in doomed:
            self._call("stopProcess", one, False, fine=Faults.NOT_RUNNING)
        # Asked again and again, because supervisord itself looks only once a second.
        deadline = time.monotonic() + STOP_SECONDS + 5
        for one in doomed:
            while (state := self.state(one)) and state.name != "stopped" and time.monotonic() < deadline:
                time.sleep(0.02)
            self._call("removeProcessGroup", one, fine=Faults.BAD_NAME)

    def _call(self, method: str, *arguments: Any, fine: int | None = None) -> Any:
        """None when supervisord answers with the fault that is `fine`."""
        try:
            with connect(Path(settings.SUPERVISOR_SOCKET)) as server:
                return getattr(server.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == fine:
                return None
            raise DeployError(
                f"The supervisor refused {method}: {fault.faultString}",
                code="supervisor_failed",
                retryable=True,
            ) from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise DeployError(
                f"The supervisor does not answer: {error}", code="supervisor_failed", retryable=True
            ) from error
