"""The instance that the settings describe, and what it needs of the machine before it can start."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwuid

from django.conf import settings

from studio.core.errors import Conflict, InvalidInput
from studio.runtime import binaries, machine
from studio.runtime.caddy import app_routes, front_door
from studio.runtime.layout import private_folder
from studio.runtime.programs import Instance, pool_sizes, supervisord_conf


def from_settings() -> Instance:
    """Raises MissingBinary, InvalidInput (an unusable home), PermissionError (the socket folder is somebody else's)."""
    binaries.git()
    home: Path = settings.ORCHARD_HOME
    if set("%*?[") & set(
        str(home)
    ):  # supervisord expands log file names twice, and included ones as patterns
        raise InvalidInput(f"ORCHARD_HOME={home} holds one of % * ? [, which supervisord cannot take.")
    instance = Instance(
        home=home,
        code=settings.BASE_DIR,
        python=Path(sys.executable),
        sockets=private_folder(settings.ORCHARD_SOCKETS),
        web_socket=settings.WEB_SOCKET,
        supervisor_socket=settings.SUPERVISOR_SOCKET,
        caddy=binaries.caddy(),
        redis_server=binaries.redis_server() if settings.REDIS_IS_EMBEDDED else None,
        redis_socket=settings.REDIS_SOCKET,
        workers=pool_sizes(cores=machine.cores(), memory_bytes=machine.memory_bytes()),
    )
    for folder in (instance.run, instance.logs, instance.run / "apps.d", home / "caddy"):
        private_folder(folder)
    return instance


@contextmanager
def exclusively(home: Path) -> Iterator[None]:
    """Raises Conflict when another runstudio has this home."""
    path = private_folder(home / "run") / "lock"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"A Studio is running already with ORCHARD_HOME={home}. Stop it, or choose another home and port.",
                code="home_taken",
            ) from error
        yield


def free_addresses(port: int) -> list[str]:
    """Where the front door can listen, as host:port. Raises Conflict when the port is taken or reserved."""
    found = []
    for host in settings.ORCHARD_LISTEN:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Conflict(
                    f"Port {port} is taken: choose another with ORCHARD_PORT.", code="port_taken"
                ) from error
            if error.errno == errno.EACCES:
                raise Conflict(
                    f"Port {port} needs root: choose one above 1023 with ORCHARD_PORT.", code="port_taken"
                ) from error
            continue  # this machine lacks the address family, IPv6 mostly
        found.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if not found:
        raise Conflict(
            f"This machine has none of the addresses {', '.join(settings.ORCHARD_LISTEN)}.", code="no_address"
        )
    return found


def write_configuration(instance: Instance, listen: list[str]) -> Path:
    """The files that Caddy, the programs and supervisord read at their start. Returns supervisord's."""
    # Apps of the last run are reachable at once, before any of our code runs.
    front = front_door(
        listen=listen,
        studio_hosts=sorted({settings.ORCHARD_DOMAIN, "localhost", "127.0.0.1", "::1", *_plain_hosts()}),
        web_socket=instance.web_socket,
        admin_socket=settings.CADDY_ADMIN_SOCKET,
        studio_url=settings.ORCHARD_URL,
        scheme=settings.ORCHARD_SCHEME,
        apps=app_routes(instance.caddy_autosave),
    )
    instance.caddy_config.write_text(json.dumps(front, indent=1))
    instance.caddy_autosave.unlink(missing_ok=True)  # it tells of the last run's port and sockets
    environment = dict(os.environ) | {
        "ORCHARD_HOME": str(instance.home),
        "PYTHONUNBUFFERED": "1",
        "CELERY_SKIP_CHECKS": "true",  # `doctor` runs them; every worker would again
    }
    _write_private(instance.environment_file, json.dumps(environment))
    return write_supervisor_configuration(instance, with_apps=False)


def write_supervisor_configuration(instance: Instance, *, with_apps: bool) -> Path:
    configuration = instance.run / "supervisord.conf"
    _write_private(configuration, supervisord_conf(instance, _user(), with_apps=with_apps))
    return configuration


def _plain_hosts() -> list[str]:
    return [host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*", "["))]


def _user() -> str:
    try:
        return getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
