"""PostgreSQL and Redis of our own, on loopback, for as long as somebody needs them.

    python -m tests.servers COMMAND…

runs a command (`make test-postgres`: the suite) with `TEST_DATABASE_URL` and `TEST_REDIS_URL`, started
here unless the environment names servers already. Each server has a free port and a temporary folder,
no matter what else runs on the machine; all of it is gone when the command has ended, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import redis

from studio.runtime import binaries, tether
from tests.machine import apt_install

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30
# Each test process takes a number; workers that replace crashed ones count on.
REDIS_DATABASES = 64


def free_port() -> int:
    """A port to listen on a little later, below those that the kernel gives to connections meanwhile."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


class Redis:
    """A Redis that keeps nothing. `url` stays the same over `stop`, `kill` and another `start`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Redis:
        command = [
            *(str(_redis_binary()), "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--databases", str(REDIS_DATABASES), "--save", "", "--appendonly", "no"),
        ]
        self.process = _spawn(command, cwd="/", end_with_parent=signal.SIGKILL)
        _wait_until_ready(self.process, self._answers, "Redis")
        return self

    def stop(self) -> None:
        _end(self.process, signal.SIGTERM)

    def kill(self) -> None:
        _end(self.process, signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            with contextlib.closing(redis.Redis.from_url(self.url, socket_timeout=5)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class Postgres:
    """A PostgreSQL without care for its disk, or with (`durable`: where times are measured). `url` names its
    database and stays the same over restarts.

    As root it runs as the user postgres: initdb and postgres refuse root.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._programs = _postgres_programs()
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="orchard-postgres-"))
        self._log = self._folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        password = secrets.token_hex(16)
        self.url = f"postgres://orchard:{password}@127.0.0.1:{self.port}/orchard"
        self._maintenance_url = self.url.removesuffix("orchard") + "postgres"
        try:
            self._make_cluster(password)
        except BaseException:
            self.remove()
            raise

    def start(self) -> Postgres:
        command = [
            *(str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port)),
            # Nothing in a place where another server might look for it.
            *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
        ]
        if not self._durable:
            command += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        with self._log.open("ab") as log:
            self.process = _spawn(
                command, cwd=self._folder, end_with_parent=signal.SIGQUIT, user=self._user, output=log
            )
        try:
            _wait_until_ready(self.process, self._answers, "PostgreSQL")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._log.read_text()}") from None
        return self

    def stop(self) -> None:
        """Ends its clients' transactions first."""
        _end(self.process, signal.SIGINT)

    def kill(self) -> None:
        """At once, as in a crash: the next start recovers."""
        _end(self.process, signal.SIGQUIT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_cluster(self, password: str) -> None:
        if self._user:
            shutil.chown(self._folder, self._user)
        (self._folder / "password").write_text(password)
        version = int(re.findall(r"\d+", _output(self._programs / "postgres", "--version"))[0])
        command = [
            *(str(self._programs / "initdb"), "--pgdata", str(self._folder / "data"), "--no-sync"),
            *("--username", "orchard", "--pwfile", str(self._folder / "password")),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale"),
            # People's order of words, which is not that of SQLite.
            *(("--locale-provider", "icu", "--icu-locale", "en-US") if version >= 15 else ()),
        ]
        made = subprocess.run(
            command, cwd=self._folder, user=self._user, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr

    def _answers(self) -> bool:
        try:
            make_database(self.url)
        except psycopg.OperationalError:
            return False
        return True


def make_database(url: str) -> None:
    """Create the database that `url` names, unless it exists."""
    with _maintenance(url) as cursor, contextlib.suppress(psycopg.errors.DuplicateDatabase):
        cursor.execute(f'CREATE DATABASE "{_name(url)}"')


def drop_database(url: str) -> None:
    """Whoever is still connected to it is cut off."""
    with _maintenance(url) as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')


def with_name(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    address, _, _ = url.rpartition("/")
    return f"{address}/{name}"


def _name(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


@contextlib.contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Cursor[Any]]:
    with (
        psycopg.connect(with_name(url, "postgres"), autocommit=True, connect_timeout=5) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def _postgres_programs() -> Path:
    """The folder with initdb and postgres. As root on Debian it is installed when missing."""
    found = _installed_postgres()
    if found is None:
        apt_install("postgresql")
        found = _installed_postgres()
    if found is None:
        raise SystemExit(
            "PostgreSQL's server programs are missing: apt-get install postgresql, dnf install postgresql-server, "
            "brew install postgresql; or set TEST_DATABASE_URL to a server where databases may be made."
        )
    return found


def _installed_postgres() -> Path | None:
    """The newest: distributions keep the server's programs off PATH."""
    folders = [
        Path(shutil.which("initdb") or "").resolve().parent,
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
    ]
    usable = [folder for folder in folders if os.access(folder / "initdb", os.X_OK)]
    return max(
        usable, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))], default=None
    )


def _redis_binary() -> Path:
    """Redis as in production when the machine has it, else the Valkey that the Studio brings."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(on_path) if on_path else binaries.redis_server()


def _spawn(
    command: Sequence[str],
    *,
    cwd: str | Path,
    end_with_parent: signal.Signals,
    user: str | None = None,
    output: Any = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that a terminal's Ctrl-C does not reach it, which still
    ends with this one. `preexec_fn`, because becoming another user forgets the wish."""
    account = pwd.getpwnam(user) if user else None
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=lambda: tether.end_with_parent(end_with_parent),  # noqa: PLW1509 (no thread runs yet)
    )


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not ready():
        assert process.poll() is None, f"{name} does not start"
        assert time.monotonic() < deadline, f"{name} does not answer"
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes] | None, number: signal.Signals) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _output(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def provided() -> Iterator[dict[str, str]]:
    """The variables that name a PostgreSQL and a Redis: those of the environment, else of servers that
    run as long as the block."""
    with contextlib.ExitStack() as ending:
        database_url, redis_url = (os.environ.get(f"TEST_{name}_URL") for name in ("DATABASE", "REDIS"))
        if not database_url:
            postgres = Postgres()
            ending.callback(postgres.remove)
            database_url = postgres.start().url
        if not redis_url:
            if shutil.which("redis-server") is None:
                apt_install("redis-server")
            server = Redis()
            ending.callback(server.stop)
            redis_url = server.start().url
        yield {"TEST_DATABASE_URL": database_url, "TEST_REDIS_URL": redis_url}


def main(command: Sequence[str]) -> int:
    """Runs the command; its exit code. Signals end it first, then the servers."""
    process: subprocess.Popen[bytes] | None = None
    asked = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        if process is None:
            raise KeyboardInterrupt
        if number != signal.SIGINT:  # that one a terminal sends to the command too
            process.send_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        with provided() as variables:
            # Importing the Studio's modules above has set it to those of production.
            variables["DJANGO_SETTINGS_MODULE"] = "tests.settings"
            process = subprocess.Popen(command, env=os.environ | variables)
            code = process.wait()
    except KeyboardInterrupt:
        code = 130
    return 130 if asked and code == 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
