"""Apps as sandboxed processes of this machine, under the Studio's supervisord, on unix sockets."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from environments.adapters.places import ReleasePlaces, program_file, project_folder, socket_folder
from environments.adapters.programs import Programs
from environments.adapters.python_runtime import INSIDE, python_runtime
from environments.adapters.sockets import listens
from environments.manifest import Component, expanded, read_manifest
from environments.ports import AppRelease, AppStatus, DeployError, Upstream
from studio.core.errors import InvalidInput
from studio.core.ports import load
from studio.core.sandbox.port import Limits, Sandbox, SandboxCancelled, SandboxSpec
from studio.core.scratch import scratch_folder
from studio.runtime import tether

SOCKET = "/run/app/app.sock"
_COMMAND_SECONDS = 300
_HEALTHY_SECONDS = 30
_LIMITS = Limits(memory_bytes=4 << 30, cpu_seconds=None)


class LocalDeployer:
    """Implements `environments.ports.Deployer`."""

    def prepare(
        self, release: AppRelease, *, log: Callable[[str], None], cancelled: Callable[[], bool] | None = None
    ) -> None:
        places = ReleasePlaces(release)
        _place_files(release, places)
        commands = _component(places.app).commands
        wanted = [("migrate", commands.migrate)]
        if release.environment_name != "production":  # where sample data has no place
            wanted.append(("seed", commands.seed))
        for name, argv in wanted:
            if argv:
                self._run(release, places, name, argv, log, cancelled)

    def start(self, release: AppRelease, *, cancelled: Callable[[], bool] | None = None) -> Upstream:
        places, programs = ReleasePlaces(release), Programs()
        component = _component(places.app)
        state = programs.state(release.name)
        if not (state and state.is_up and places.program.is_file()):
            programs.remove(release.name)
            self._write_program(release, places, component)
            programs.add(release.name)
        self._await_health(release, places, programs, component.health, cancelled or (lambda: False))
        return self.upstream(release)

    def upstream(self, release: AppRelease) -> Upstream:
        return Upstream(str(ReleasePlaces(release).socket))

    def stop(self, release: AppRelease) -> None:
        places = ReleasePlaces(release)
        if places.program.exists() or places.folder.exists():
            # First the file: a supervisor that starts meanwhile must not bring it back.
            places.program.unlink(missing_ok=True)
            Programs().remove(release.name)
            shutil.rmtree(places.socket.parent, ignore_errors=True)
            shutil.rmtree(places.folder, ignore_errors=True)  # last: by it one that was cut off is found

    def status(self, release: AppRelease) -> AppStatus:
        places = ReleasePlaces(release)
        state = Programs().state(release.name)
        if not state:
            return AppStatus("missing")
        return AppStatus(state.name, max(_size(places.starts) - 1, 0), state.detail)

    def logs(self, release: AppRelease, *, lines: int = 200) -> Sequence[str]:
        return _last_lines(ReleasePlaces(release).log, lines)

    def destroy(self, project_slug: str) -> None:
        programs = Programs()
        for name in ReleasePlaces.names_of(project_slug):
            program_file(name).unlink(missing_ok=True)
            programs.remove(name)
            shutil.rmtree(socket_folder(name), ignore_errors=True)
        for log in ReleasePlaces.logs_of(project_slug):
            log.unlink(missing_ok=True)
        shutil.rmtree(project_folder(project_slug), ignore_errors=True)

    def _run(
        self,
        release: AppRelease,
        places: ReleasePlaces,
        name: str,
        argv: Sequence[str],
        log: Callable[[str], None],
        cancelled: Callable[[], bool] | None,
    ) -> None:
        log(f"{name}: {shlex.join(argv)}")
        sandbox: Sandbox = load("ORCHARD_SANDBOX")
        spec = _spec(release, places, argv)
        result = sandbox.run(spec, timeout_seconds=_COMMAND_SECONDS, on_line=log, cancelled=cancelled)
        if result.exit_code:
            reason = "took too long" if result.timed_out else f"ended with exit code {result.exit_code}"
            raise DeployError(
                f"The app's {name} command {reason}.",
                code=f"{name}_failed",
                lines=result.output.splitlines()[-30:],
            )

    def _write_program(self, release: AppRelease, places: ReleasePlaces, component: Component) -> None:
        """The files that supervisord starts it from; secrets stand in one that only we can read."""
        spec = _spec(release, places, component.commands.serve)
        places.starts.unlink(missing_ok=True)
        sandbox: Sandbox = load("ORCHARD_SANDBOX")
        confined = sandbox.command(
            spec, starts_file=places.starts, publish=(places.own_socket, places.socket)
        )
        tied = [sys.executable, "-I", "-S", tether.__file__, "--signal", "KILL"]
        tied += ["--environment", str(places.variables)]
        _write(places.variables, json.dumps(dict(spec.environment)))
        # The folder of sockets may be one that a restart of the machine empties.
        outer, inner = (shlex.quote(str(socket.parent)) for socket in (places.socket, places.own_socket))
        prepare = f"mkdir -p -m 700 {outer} {inner}\nrm -f {outer}/app.sock {inner}/app.sock\n"
        _write(places.script, f"{prepare}exec {shlex.join([*tied, *confined])}\n")
        places.log.parent.mkdir(parents=True, exist_ok=True)
        places.program.parent.mkdir(parents=True, exist_ok=True)
        _write(places.program, Programs.configuration(release.name, script=places.script, log=places.log))

    def _await_health(
        self,
        release: AppRelease,
        places: ReleasePlaces,
        programs: Programs,
        path: str,
        cancelled: Callable[[], bool],
    ) -> None:
        """Until the app answers 200. Raises DeployError(unhealthy) with the app's last lines,
        SandboxCancelled."""
        deadline = time.monotonic() + _HEALTHY_SECONDS
        transport = httpx.HTTPTransport(uds=str(places.socket))
        reason = "did not listen on its socket"
        with httpx.Client(transport=transport, base_url=f"http://{release.hostname}", timeout=5) as app:
            while time.monotonic() < deadline:
                if cancelled():
                    raise SandboxCancelled("The deployment was cancelled.")
                if listens(places.socket):
                    try:
                        with app.stream("GET", path) as answer:  # whose body may have no end
                            status = answer.status_code
                    except httpx.HTTPError as error:
                        reason = f"answered GET {path} with {type(error).__name__}"
                    else:
                        if status == httpx.codes.OK:
                            return
                        reason = f"answered GET {path} with status {status}"
                state = programs.state(release.name)
                if not state or state.has_failed:
                    reason = (
                        f"ended as soon as it started ({state.detail if state else 'it is not supervised'})"
                    )
                    break
                time.sleep(0.05)
        lines = self.logs(release, lines=30)
        raise DeployError(f"The new release {reason}.", code="unhealthy", lines=list(lines))


def _place_files(release: AppRelease, places: ReleasePlaces) -> None:
    """Copy the commit's files into place; the rename makes it all or nothing."""
    try:
        with scratch_folder(places.folder) as scratch:
            if places.app.is_dir():
                return
            draft = scratch / places.app.name
            shutil.copytree(release.source, draft, symlinks=True)
            with contextlib.suppress(OSError):  # somebody else was first
                draft.rename(places.app)
        places.environment.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DeployError(f"The app's files could not be placed: {error}", code="prepare_failed") from error


def _component(folder: Path) -> Component:
    try:
        return read_manifest(folder).service
    except InvalidInput as error:
        raise DeployError(error.message, code="prepare_failed") from error


def _spec(release: AppRelease, places: ReleasePlaces, argv: Sequence[str]) -> SandboxSpec:
    runtime = python_runtime(places.app / _component(places.app).requirements)
    places.own_socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment: Mapping[str, str] = {
        "PATH": f"{INSIDE}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **release.environment,
        "APP_SOCKET": SOCKET,
        "MEDIA_ROOT": "/data/media",
    }
    return SandboxSpec(
        argv=expanded(list(argv), socket=SOCKET),
        environment=environment,
        read_only={places.app: "/app", runtime: INSIDE},
        writable={places.environment.data: "/data", places.own_socket.parent: str(Path(SOCKET).parent)},
        limits=_LIMITS,
    )


def _write(path: Path, text: str) -> None:
    """Replace a file at once, readable by us only."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.rename(path)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _last_lines(path: Path, count: int) -> list[str]:
    """From the log and, where that was just rotated, the one before."""
    lines: list[str] = []
    for file in (path.with_name(f"{path.name}.1"), path):
        if file.exists():
            with file.open("rb") as handle:
                handle.seek(max(_size(file) - (1 << 20), 0))
                lines += handle.read().decode(errors="replace").splitlines()
    return lines[-count:]
