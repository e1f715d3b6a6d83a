"""Environments of a project, and bringing commits to them."""

from __future__ import annotations

import logging
import secrets as random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from environments import releases
from environments.models import Environment, Release
from environments.ports import AppRelease, AppStatus, Databases, Deployer, DeployError, Dns, Gateway
from environments.sealed import open_secrets, seal_secrets
from studio.core import hub
from studio.core.errors import OrchardError
from studio.core.git import repository
from studio.core.ports import load
from studio.core.sandbox.port import SandboxCancelled
from studio.core.scratch import scratch_folder
from studio.models import Project

logger = logging.getLogger(__name__)

# Requests that the gateway sent to the old release just before the switch end within this.
DRAIN_SECONDS = 0.5
_STARTS_AT_ONCE = 4


def create_environments(project: Project) -> dict[str, Environment]:
    """Staging and production of a project, by name: host name, database and secrets of each. Idempotent."""
    dns: Dns = load("ORCHARD_DNS")
    databases: Databases = load("ORCHARD_DATABASES")
    found = {}
    for name in Environment.Name.values:
        hostname = dns.hostname(project_slug=project.slug, environment_name=name)
        dns.ensure(hostname)
        url = databases.provision(project_slug=project.slug, environment_name=name)
        environment, _ = Environment.objects.get_or_create(
            project=project, name=name, defaults={"hostname": hostname, "database_url": url}
        )
        if not environment.secrets:
            seal_secrets(environment, {"SECRET_KEY": random.token_urlsafe(50)}, replacing="")
        found[name] = environment
    hub.announce(project.pk, "environment")
    return found


def deploy(
    *,
    environment: Environment,
    commit: str,
    key: str,
    log: Callable[[str], None],
    cancelled: Callable[[], bool] | None = None,
    on_live: Callable[[], None] = lambda: None,
) -> Release:
    """Bring `commit` to life in `environment` and switch its visitors over, without failing a request.

    `key` names this deployment: a call repeated after a crash, or after a failure, goes on with the
    same release; one that is `cancelled` takes off the machine what an earlier one has left there.
    `log` gets lines for people; `on_live` is called in the transaction that makes it live,
    and nothing is live when it raises. Whatever these and `cancelled` raise is let pass, and
    leaves the release as it is. Raises DeployError, with the app's last words in `details["lines"]`,
    when it does not come to life, SandboxCancelled when cancelled, Conflict when a newer release went
    live meanwhile; each time the old release still serves.
    """
    release = releases.claim(environment, commit=commit, key=key)
    if release.status == Release.Status.PREPARING:
        _announce(environment)
        try:
            _bring_up(release, log, cancelled, on_live)
        except OrchardError as error:
            if cancelled is not None:
                cancelled()  # raises where somebody else goes on with it: then nothing is ours to undo
            _give_up(release, error)
            raise
        _announce(environment)
        log(f"Live at {live_url(environment)}")
    _clear_away(environment)
    return release


def live_url(environment: Environment) -> str:
    """The address of the app, whether or not it is deployed."""
    studio = urlsplit(settings.ORCHARD_URL)
    port = f":{studio.port}" if studio.port else ""
    return f"{studio.scheme}://{environment.hostname}{port}"


def release_status(environment: Environment) -> AppStatus:
    """How its live release is doing; "missing" when there is none. Raises DeployError."""
    release = environment.current_release
    return _deployer().status(_app(release)) if release else AppStatus("missing")


def release_logs(environment: Environment, lines: int = 200) -> Sequence[str]:
    """The last lines that the live release wrote, or else the newest one."""
    release = environment.current_release or environment.releases.first()
    return _deployer().logs(_app(release), lines=lines) if release else []


def destroy_project(project: Project) -> None:
    """Take all environments of a project off the machine, with their data. Idempotent."""
    gateway: Gateway = load("ORCHARD_GATEWAY")
    databases: Databases = load("ORCHARD_DATABASES")
    dns: Dns = load("ORCHARD_DNS")
    for environment in project.environments.all():
        gateway.unroute(environment.hostname)
    _deployer().destroy(project.slug)
    databases.destroy(project_slug=project.slug)
    for environment in project.environments.all():
        dns.remove(environment.hostname)
        environment.delete()
    hub.announce(project.pk, "environment")


def restore_live_releases() -> list[str]:
    """Make gateway and supervisor agree with the database, after either lost its memory.

    Returns a sentence for every release that could not be started; the others serve.
    """
    gateway: Gateway = load("ORCHARD_GATEWAY")
    apps = _live_apps()
    gateway.replace({app.hostname: _deployer().upstream(app) for app in apps})
    with ThreadPoolExecutor(max_workers=_STARTS_AT_ONCE) as threads:
        problems = [problem for problem in threads.map(_start_again, apps) if problem]
    # A deployment may have gone live since the first look: its host must not stay with the old release.
    known = {app.name for app in apps}
    for app in _live_apps():
        if app.name not in known:
            gateway.route(app.hostname, _deployer().upstream(app))
    return problems


def _live_apps() -> list[AppRelease]:
    live = Release.objects.filter(status=Release.Status.LIVE).select_related("environment__project")
    return [_app(release, with_environment=True) for release in live]


def _start_again(app: AppRelease) -> str:
    """What went wrong, "" for nothing."""
    try:
        if _deployer().status(app).state in ("missing", "stopped"):
            _deployer().start(app)
    except DeployError as error:
        return f"{app.name}: {error.message}"
    return ""


def _bring_up(
    release: Release,
    log: Callable[[str], None],
    cancelled: Callable[[], bool] | None,
    on_live: Callable[[], None],
) -> None:
    environment = release.environment
    gateway: Gateway = load("ORCHARD_GATEWAY")
    _stop_if(cancelled)
    with scratch_folder() as source:
        repository(environment.project_id).export(release.commit, source)
        app = _app(release, source=source, with_environment=True)
        _deployer().prepare(app, log=log, cancelled=cancelled)
    _stop_if(cancelled)
    log(f"Starting release {release.number}")
    upstream = _deployer().start(app, cancelled=cancelled)
    _stop_if(cancelled)
    gateway.route(environment.hostname, upstream)
    releases.go_live(release, also=on_live)


def _give_up(release: Release, error: OrchardError) -> None:
    """Mark it failed and take it off the machine; the old release never stopped serving, and is what
    the gateway must point at, however far this one had come."""
    lines = error.details.get("lines", [])
    ours = releases.fail(release, reason="\n".join([error.message, *lines]))
    _announce(release.environment)
    try:
        _route_to_live(release.environment)
        if ours:
            _deployer().stop(_app(release))
    except DeployError:
        logger.exception("could not clear away the failed release %s", release)
    if not ours:
        # Somebody else gave it up, or went on with it and brought it to life: it is theirs to stop.
        raise releases.superseded() from error


def _route_to_live(environment: Environment) -> None:
    gateway: Gateway = load("ORCHARD_GATEWAY")
    if live := environment.releases.filter(status=Release.Status.LIVE).first():
        gateway.route(environment.hostname, _deployer().upstream(_app(live)))
    else:
        gateway.unroute(environment.hostname)


def _clear_away(environment: Environment) -> None:
    """Stop what no longer serves, once the gateway's last requests to it have ended."""
    old = releases.no_longer_serving(environment)
    if any(_deployer().status(_app(release)).state != "missing" for release in old):
        time.sleep(DRAIN_SECONDS)
    for release in old:
        _deployer().stop(_app(release))


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise SandboxCancelled("The deployment was cancelled.")


def _deployer() -> Deployer:
    deployer: Deployer = load("ORCHARD_DEPLOYER")
    return deployer


def _app(release: Release, *, source: Path = Path(), with_environment: bool = False) -> AppRelease:
    environment = release.environment
    slug = environment.project.slug
    return AppRelease(
        name=f"{slug}-{environment.name}-{release.number}",
        project_slug=slug,
        environment_name=environment.name,
        hostname=environment.hostname,
        number=release.number,
        source=source,
        environment=_variables(environment) if with_environment else {},
    )


def _variables(environment: Environment) -> dict[str, str]:
    """All the app is told; the deployer adds where it runs."""
    return {
        "APP_ENVIRONMENT": environment.name,
        "DATABASE_URL": environment.database_url,
        "ALLOWED_HOSTS": environment.hostname,
        "BASE_URL": live_url(environment),
        # The workspace shows the app in a frame, on whichever of its own names it was opened.
        "FRAME_ANCESTORS": " ".join(dict.fromkeys(settings.CSRF_TRUSTED_ORIGINS)),
        **open_secrets(environment),
    }


def _announce(environment: Environment) -> None:
    hub.announce(environment.project_id, "environment", environment=environment.name)
