"""Servers of a benchmark's own: a Redis, and each kind of database that this machine has."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from studio.runtime import binaries
from tests.live import CODE, free_port

START_SECONDS = 60
STOP_SECONDS = 20


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of an empty Redis that keeps nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    socket = folder / "redis.sock"
    command = [binaries.redis_server(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    try:
        _await(socket.exists, server, "Redis")
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """URLs of empty databases by kind: SQLite, and PostgreSQL where its programs are installed, or
    where TEST_DATABASE_URL names an empty one."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {"sqlite": f"sqlite:///{folder / 'bench.sqlite3'}"}
    given = os.environ.get("TEST_DATABASE_URL", "")
    programs = _postgresql_programs()
    if given.startswith("postgres"):
        yield found | {"postgresql": given}
    elif programs is None:
        print("No PostgreSQL on this machine (apt-get install postgresql): SQLite alone is measured.")
        yield found
    else:
        with _postgresql(programs, folder / "postgresql") as url:
            yield found | {"postgresql": url}


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Of processes of an instance in `home`, whatever this machine's environment says."""
    basic = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {"ORCHARD_HOME": str(home), "ORCHARD_ENV_FILE": os.devnull, "LOG_LEVEL": "WARNING"}
    return basic | own | {"DJANGO_SETTINGS_MODULE": "studio.settings"} | settings


def migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=CODE, env=environment, check=True)


def work(task: str, given: Mapping[str, Any], environment: dict[str, str]) -> Any:
    """What `tests.benchmarks.workload` answers, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.workload", task, json.dumps(given)]
    done = subprocess.run(command, cwd=CODE, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def workers(
    number: int, environment: dict[str, str], *, queue: str = "builds", concurrency: int = 1
) -> Iterator[None]:
    """Celery workers with the settings and options of `make run`, that know the benchmarks' workflows.
    Each is a process of its own with `concurrency` children; they may not be ready yet."""
    started = [_worker(place, queue, concurrency, environment) for place in range(number)]
    try:
        yield
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _worker(place: int, queue: str, concurrency: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    options = ["--pool", "prefork", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "studio.celery", "worker", "-n", f"{queue}-{place}@%h"]
    return subprocess.Popen(
        [*command, "-Q", queue, "-I", "tests.benchmarks.workload", *options, *quiet],
        cwd=CODE,
        env=environment | {"PYTHONWARNINGS": "ignore"},  # of Celery, when root runs it
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _postgresql(programs: Path, folder: Path) -> Iterator[str]:
    """A cluster with the settings it comes with. It refuses to be run by root."""
    folder.mkdir()
    user = getpass.getuser()
    become: list[str] = []
    if os.geteuid() == 0:
        user = "postgres"
        become = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        shutil.chown(folder, user, user)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o077 == 0:
                parent.chmod(0o711)
    data, port = folder / "data", free_port()
    subprocess.run(
        [
            *become,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "orchard",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                *(*become, programs / "postgres", "-D", data, "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"),
            ],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    url = f"postgres://orchard@127.0.0.1:{port}/postgres"
    try:
        _await(lambda: _answers(url), server, "PostgreSQL")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # the fast way, which does not wait for clients
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _postgresql_programs() -> Path | None:
    """The folder with `initdb` and `postgres`: on PATH, or where Debian keeps those of each version."""
    on_path = shutil.which("initdb")
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[4].zfill(4)
    )
    found = Path(on_path) if on_path else versions[-1] if versions else None
    return found.parent if found else None


def _await(condition: Callable[[], bool], server: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{name} does not start")
        time.sleep(0.02)
