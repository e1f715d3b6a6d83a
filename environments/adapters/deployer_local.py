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

from environments.adapters.log_files import last_lines
from environments.adapters.node_runtime import built
from environments.adapters.places import (
    SERVICE,
    ReleasePlaces,
    program_file,
    project_folder,
    socket_folder,
)
from environments.adapters.programs import Programs
from environments.adapters.python_runtime import INSIDE, python_runtime
from environments.adapters.sockets import listens
from environments.manifest import Component, Manifest, expanded, read_manifest
from environments.ports import AppRelease, AppStatus, DeployError, Upstream
from studio.core.errors import InvalidInput
from studio.core.ports import load
from studio.core.sandbox.port import Limits, Sandbox, SandboxCancelled, SandboxSpec
from studio.core.scratch import scratch_folder
from studio.runtime import tether

SOCKET = "/run/app/app.sock"
_COMMAND_SECONDS = 300
_HEALTHY_SECONDS = 30
_WORST_FIRST = ("stopped", "backing_off", "stopping", "starting", "running")
_LIMITS = Limits(memory_bytes=4 << 30, cpu_seconds=None)


class LocalDeployer:
    """Implements `environments.ports.Deployer`."""

    def prepare(
        self, release: AppRelease, *, log: Callable[[str], None], cancelled: Callable[[], bool] | None = None
    ) -> None:
        places = ReleasePlaces(release)
        _place_files(release, places, log, cancelled)
        commands = _manifest(places.app).service.commands
        wanted = [("migrate", commands.migrate)]
        if release.environment_name != "production":  # where sample data has no place
            wanted.append(("seed", commands.seed))
        for name, argv in wanted:
            if argv:
                self._run(release, places, name, argv, log, cancelled)

    def start(self, release: AppRelease, *, cancelled: Callable[[], bool] | None = None) -> Upstream:
        places, programs = ReleasePlaces(release), Programs()
        manifest = _manifest(places.app)
        names = [places.program(component) for component in manifest.processes]
        states = [programs.state(name) for name in names]
        if not (all(state and state.is_up for state in states) and places.programs.is_file()):
            programs.remove(release.name)
            self._write_programs(release, places, manifest)
            programs.add(names)
        self._await_health(release, places, programs, manifest, cancelled or (lambda: False))
        return self.upstream(release)

    def upstream(self, release: AppRelease) -> Upstream:
        return Upstream(str(ReleasePlaces(release).socket))

    def stop(self, release: AppRelease) -> None:
        places = ReleasePlaces(release)
        if places.programs.exists() or places.folder.exists():
            # First the file: a supervisor that starts meanwhile must not bring it back.
            places.programs.unlink(missing_ok=True)
            Programs().remove(release.name)
            shutil.rmtree(places.socket.parent, ignore_errors=True)
            shutil.rmtree(places.folder, ignore_errors=True)  # last: by it one that was cut off is found

    def status(self, release: AppRelease) -> AppStatus:
        """As well as the process that is doing worst."""
        places, programs = ReleasePlaces(release), Programs()
        found = {name: programs.state(places.program(name)) for name in _components(places)}
        if not all(found.values()):
            return AppStatus("missing")
        restarts = sum(max(_size(places.starts(name)) - 1, 0) for name in found)
        name, state = min(found.items(), key=lambda pair: _WORST_FIRST.index(pair[1].name if pair[1] else ""))
        assert state is not None
        return AppStatus(state.name, restarts, state.detail if name == SERVICE else f"{name}: {state.detail}")

    def logs(self, release: AppRelease, *, lines: int = 200) -> Sequence[str]:
        places = ReleasePlaces(release)
        return last_lines([places.log(name) for name in _components(places)], lines)

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

    def _write_programs(self, release: AppRelease, places: ReleasePlaces, manifest: Manifest) -> None:
        """The files that supervisord starts it from; secrets stand in one that only we can read."""
        places.programs.parent.mkdir(parents=True, exist_ok=True)
        sections = [
            self._program(release, places, name, component) for name, component in manifest.processes.items()
        ]
        _write(places.programs, "\n".join(sections))

    def _program(self, release: AppRelease, places: ReleasePlaces, name: str, component: Component) -> str:
        """One process: its script, and what supervisord is told of it. The service alone has a socket."""
        spec = _spec(release, places, component.commands.serve)
        places.starts(name).unlink(missing_ok=True)
        sandbox: Sandbox = load("ORCHARD_SANDBOX")
        publish = (places.own_socket, places.socket) if name == SERVICE else None
        confined = sandbox.command(spec, starts_file=places.starts(name), publish=publish)
        tied = [sys.executable, "-I", "-S", tether.__file__, "--signal", "KILL"]
        tied += ["--environment", str(places.variables)]
        _write(places.variables, json.dumps(dict(spec.environment)))
        # The folder of sockets may be one that a restart of the machine empties.
        outer, inner = (shlex.quote(str(socket.parent)) for socket in (places.socket, places.own_socket))
        prepare = f"mkdir -p -m 700 {outer} {inner}\n"
        if publish:
            prepare += f"rm -f {outer}/app.sock {inner}/app.sock\n"
        _write(places.script(name), f"{prepare}exec {shlex.join([*tied, *confined])}\n")
        places.log(name).parent.mkdir(parents=True, exist_ok=True)
        return Programs.configuration(places.program(name), script=places.script(name), log=places.log(name))

    def _await_health(
        self,
        release: AppRelease,
        places: ReleasePlaces,
        programs: Programs,
        manifest: Manifest,
        cancelled: Callable[[], bool],
    ) -> None:
        """Until the app answers 200 for each of its processes. Raises DeployError(unhealthy) with the app's
        last lines, SandboxCancelled."""
        deadline = time.monotonic() + _HEALTHY_SECONDS
        transport = httpx.HTTPTransport(uds=str(places.socket))
        waiting = {name: component.health for name, component in manifest.processes.items()}
        reason = "did not listen on its socket"
        with httpx.Client(transport=transport, base_url=f"http://{release.hostname}", timeout=5) as app:
            while time.monotonic() < deadline:
                if cancelled():
                    raise SandboxCancelled("The deployment was cancelled.")
                if listens(places.socket):
                    path = next(iter(waiting.values()))
                    try:
                        with app.stream("GET", path) as answer:  # whose body may have no end
                            status = answer.status_code
                    except httpx.HTTPError as error:
                        reason = f"answered GET {path} with {type(error).__name__}"
                    else:
                        if status == httpx.codes.OK:
                            waiting.pop(next(iter(waiting)))
                            if not waiting:
                                return
                            continue
                        reason = f"answered GET {path} with status {status}"
                if ended := _ended(programs, places, manifest):
                    reason = ended
                    break
                time.sleep(0.05)
        lines = self.logs(release, lines=30)
        raise DeployError(f"The new release {reason}.", code="unhealthy", lines=list(lines))


def _ended(programs: Programs, places: ReleasePlaces, manifest: Manifest) -> str:
    """What became of a process that does not stay, "" while all do."""
    for name in manifest.processes:
        state = programs.state(places.program(name))
        if not state or state.has_failed:
            why = f"ended as soon as it started ({state.detail if state else 'it is not supervised'})"
            return why if name == SERVICE else f"lost its {name}, which {why}"
    return ""


def _place_files(
    release: AppRelease,
    places: ReleasePlaces,
    log: Callable[[str], None],
    cancelled: Callable[[], bool] | None,
) -> None:
    """Copy the commit's files into place; the rename makes it all or nothing."""
    try:
        with scratch_folder(places.folder) as scratch:
            if places.app.is_dir():
                return
            draft = scratch / places.app.name
            shutil.copytree(release.source, draft, symlinks=True)
            for front in _manifest(draft).fronts.values():
                made = built(draft / front.folder, log=log, cancelled=cancelled)
                shutil.copytree(made, draft / front.output, dirs_exist_ok=True)
            with contextlib.suppress(OSError):  # somebody else was first
                draft.rename(places.app)
        places.environment.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DeployError(f"The app's files could not be placed: {error}", code="prepare_failed") from error


def _components(places: ReleasePlaces) -> list[str]:
    """Also of a release whose files are gone, or never came."""
    try:
        return list(read_manifest(places.app).processes)
    except InvalidInput:
        return [SERVICE]


def _manifest(folder: Path) -> Manifest:
    try:
        return read_manifest(folder)
    except InvalidInput as error:
        raise DeployError(error.message, code="prepare_failed") from error


def _spec(release: AppRelease, places: ReleasePlaces, argv: Sequence[str]) -> SandboxSpec:
    runtime = python_runtime(places.app / _manifest(places.app).service.requirements)
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
