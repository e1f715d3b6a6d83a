"""A commit's files in a scratch folder, and the app's own commands run there in the sandbox.

What runs sees its files, a scratch database and the packages it locked; no network, no secret.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from environments.adapters.node_runtime import built
from environments.adapters.python_runtime import INSIDE, python_runtime
from environments.manifest import Commands, Component, Manifest, expanded, read_manifest
from operations.engine.workflow import PhaseContext, PhaseFailed
from operations.workshop.visits import status_of
from studio.core.git import Repository
from studio.core.ports import load
from studio.core.sandbox.port import Sandbox, SandboxCancelled, SandboxResult, SandboxSpec
from studio.core.scratch import scratch_folder

HOST = "app.localhost"
SOCKET = "/run/app/app.sock"
START_SECONDS = 30
SERVE_SECONDS = 300
LAST_WORDS = 30  # lines


@dataclass(frozen=True)
class Checkout:
    """`source` holds the files (`/app` inside), `data` what the app may write (`/data` inside)."""

    source: Path
    data: Path
    sockets: Path
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def manifest(self) -> Manifest:
        """Raises InvalidInput when `.orchard/app.yaml` cannot be understood."""
        return read_manifest(self.source)

    @property
    def component(self) -> Component:
        return self.manifest.service

    @property
    def commands(self) -> Commands:
        return self.component.commands

    def spec(self, argv: Sequence[str], *, writable: bool = False, **environment: str) -> SandboxSpec:
        """One command of the app; with `writable` it may change its own files."""
        runtime = python_runtime(self.source / self.component.requirements)
        files = {self.source: "/app"}
        variables: Mapping[str, str] = {
            "PATH": f"{INSIDE}/bin:/usr/local/bin:/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "APP_ENVIRONMENT": "test",
            "APP_SOCKET": SOCKET,
            "DATABASE_URL": "sqlite:////data/app.sqlite3",
            "SECRET_KEY": self.secret_key,
            "ALLOWED_HOSTS": f"{HOST},testserver",
            "BASE_URL": f"http://{HOST}",
            "MEDIA_ROOT": "/data/media",
            "FRAME_ANCESTORS": "",
            **environment,
        }
        return SandboxSpec(
            argv=expanded(list(argv), socket=SOCKET),
            environment=variables,
            read_only={runtime: INSIDE} | ({} if writable else files),
            writable={self.data: "/data", self.sockets: str(Path(SOCKET).parent)}
            | (files if writable else {}),
        )

    def files(self) -> dict[str, bytes]:
        """What lies in the folder now, without what Python leaves behind."""
        return {
            str(path.relative_to(self.source)): path.read_bytes()
            for path in sorted(self.source.rglob("*"))
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
        }

    def build_fronts(self, context: PhaseContext) -> None:
        """Put what its front ends build where the service hands it out. Raises DeployError."""
        for front in self.manifest.fronts.values():
            made = built(
                self.source / front.folder, log=lambda line: context.progress(), cancelled=context.should_stop
            )
            shutil.copytree(made, self.source / front.output, dirs_exist_ok=True)

    @contextlib.contextmanager
    def serving(self, context: PhaseContext) -> Iterator[httpx.Client]:
        """All processes of the app running, and a client for it. Raises PhaseFailed with the app's last
        words when it does not come up."""
        stop, lines = threading.Event(), deque[str](maxlen=LAST_WORDS)
        sandbox: Sandbox = load("ORCHARD_SANDBOX")

        def serve(spec: SandboxSpec) -> None:
            with contextlib.suppress(SandboxCancelled):
                sandbox.run(
                    spec,
                    timeout_seconds=SERVE_SECONDS,
                    on_line=lines.append,
                    cancelled=lambda: stop.is_set() or context.should_stop(),
                )

        threads = [
            threading.Thread(
                target=serve, args=[self.spec(one.commands.serve)], name=f"serving {name}", daemon=True
            )
            for name, one in self.manifest.processes.items()
        ]
        for thread in threads:
            thread.start()
        transport = httpx.HTTPTransport(uds=str(self.sockets / Path(SOCKET).name))
        try:
            with httpx.Client(transport=transport, base_url=f"http://{HOST}", timeout=10) as client:
                self._await_health(context, client, threads, lines)
                yield client
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _await_health(
        self,
        context: PhaseContext,
        client: httpx.Client,
        servers: Sequence[threading.Thread],
        lines: deque[str],
    ) -> None:
        socket = self.sockets / Path(SOCKET).name
        paths = [component.health for component in self.manifest.processes.values()]
        deadline = time.monotonic() + START_SECONDS
        while all(server.is_alive() for server in servers) and time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if socket.exists() and all(status_of(client, path) == httpx.codes.OK for path in paths):
                    return
            context.progress()
            time.sleep(0.05)
        raise PhaseFailed("The app did not start.", code="app_failed", lines=list(lines))


@contextlib.contextmanager
def checkout(repository: Repository, commit: str) -> Iterator[Checkout]:
    """The files of `commit`, gone afterwards."""
    with scratch({}) as place:
        repository.export(commit, place.source)
        yield place


def files_of(repository: Repository, commit: str) -> dict[str, bytes]:
    with checkout(repository, commit) as place:
        return place.files()


@contextlib.contextmanager
def scratch(files: Mapping[str, bytes]) -> Iterator[Checkout]:
    """These files, gone afterwards."""
    with scratch_folder() as root:
        place = Checkout(root / "app", root / "data", root / "run")
        for path in (place.source, place.data, place.sockets):
            path.mkdir()
        for name, content in files.items():
            path = place.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield place


def run_command(
    context: PhaseContext, spec: SandboxSpec, *, timeout_seconds: float, failure: str, code: str
) -> SandboxResult:
    """Run, and raise PhaseFailed with `failure` and the last lines unless it ends with 0."""
    result = context.run(spec, timeout_seconds=timeout_seconds)
    if result.exit_code:
        why = "took too long" if result.timed_out else f"ended with exit code {result.exit_code}"
        raise PhaseFailed(f"{failure}: it {why}.", code=code, lines=result.output.splitlines()[-LAST_WORDS:])
    return result
