"""What environments need from the machine or cluster they live on. All errors are `DeployError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.core.errors import OutsideFailure


class DeployError(OutsideFailure):
    """`code` is one of prepare_failed, migrate_failed, seed_failed, unhealthy, supervisor_failed, gateway_failed,
    database_failed, dns_failed. `details["lines"]` are the app's last words, where it is to blame."""

    code = "deploy_failed"


@dataclass(frozen=True)
class AppRelease:
    """One release as a deployer sees it. `name` is unique on the machine ("aeries-staging-4").

    `source` is a folder holding the commit's files, which the deployer may keep and must not change.
    `environment` is all the app is given; `data` names the environment's own storage.
    """

    name: str
    project_slug: str
    environment_name: str
    hostname: str
    number: int
    source: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upstream:
    """Where a running release answers: a unix socket path, or host:port in a cluster."""

    address: str


@dataclass(frozen=True)
class AppStatus:
    """`state` is running, starting, backing_off, stopping, stopped or missing; `restarts` since it was started."""

    state: str
    restarts: int = 0
    detail: str = ""


class Deployer(Protocol):
    def prepare(
        self, release: AppRelease, *, log: Callable[[str], None], cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Place the files, run the app's migrate command, and seed outside production. Idempotent. Raises also
        SandboxCancelled when `cancelled`, asked at least twice a second, says so."""
        ...

    def start(self, release: AppRelease, *, cancelled: Callable[[], bool] | None = None) -> Upstream:
        """Start it supervised and wait until it is healthy. Idempotent. Raises DeployError(unhealthy),
        SandboxCancelled."""
        ...

    def upstream(self, release: AppRelease) -> Upstream:
        """Where it answers when it runs."""
        ...

    def stop(self, release: AppRelease) -> None:
        """Stop and remove its process and files; its data stays. Unknown releases are fine."""
        ...

    def status(self, release: AppRelease) -> AppStatus: ...

    def logs(self, release: AppRelease, *, lines: int = 200) -> Sequence[str]:
        """The last lines the app wrote, oldest first."""
        ...

    def destroy(self, project_slug: str) -> None:
        """Remove everything of a project from the machine, data too. Idempotent."""
        ...


class Gateway(Protocol):
    """The front door for apps: host name → upstream. Survives its own and our restarts."""

    def route(self, hostname: str, upstream: Upstream) -> None:
        """Point a host name at an upstream without failing a request. Idempotent."""
        ...

    def unroute(self, hostname: str) -> None: ...

    def replace(self, routes: Mapping[str, Upstream]) -> None:
        """Make these all the routes there are. Idempotent."""
        ...


class Databases(Protocol):
    def provision(self, *, project_slug: str, environment_name: str) -> str:
        """The DATABASE_URL the app is given. Idempotent: the same database every time."""
        ...

    def destroy(self, *, project_slug: str) -> None: ...


class Dns(Protocol):
    def hostname(self, *, project_slug: str, environment_name: str) -> str: ...

    def ensure(self, hostname: str) -> None: ...

    def remove(self, hostname: str) -> None: ...
