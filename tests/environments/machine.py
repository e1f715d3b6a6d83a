"""A real supervisord and a real Caddy in a folder of their own, as the Studio runs them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.runtime import binaries
from studio.runtime.caddy import front_door
from tests.servers import free_port

_SUPERVISORD = """
[supervisord]
nodaemon = true
silent = true
user = root
logfile = {home}/logs/supervisord.log
pidfile = {home}/run/supervisord.pid
[unix_http_server]
file = {home}/run/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = apps.d/*.conf
"""


@dataclass
class Machine:
    """`home` is its ORCHARD_HOME, `port` Caddy's."""

    home: Path
    port: int
    caddy: subprocess.Popen[bytes] | None = None

    def start_caddy(self) -> None:
        config = front_door(
            listen=[f"127.0.0.1:{self.port}"],
            studio_hosts=["localhost"],
            web_socket=self.home / "run" / "web.sock",
            admin_socket=self.home / "run" / "caddy-admin.sock",
            studio_url="http://localhost",
            scheme="http",
            apps=[],
        )
        file = self.home / "run" / "caddy.json"
        file.write_text(json.dumps(config))
        environment = {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home),
        }
        with (self.home / "logs" / "caddy.log").open("ab") as log:
            command = [binaries.caddy(), "run", "--config", file]
            self.caddy = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_until(lambda: _answers(("127.0.0.1", self.port)))

    def stop_caddy(self) -> None:
        if self.caddy:
            self.caddy.kill()
            self.caddy.wait()


@contextmanager
def running_machine() -> Iterator[Machine]:
    home = Path(tempfile.mkdtemp(prefix="orchard-", dir="/tmp"))  # short, for the sockets
    for name in ("run/apps.d", "logs"):
        (home / name).mkdir(parents=True)
    (home / "run" / "supervisord.conf").write_text(_SUPERVISORD.format(home=home))
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", home / "run" / "supervisord.conf"],
        env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "the-studio-s-own"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    machine = Machine(home, free_port())
    try:
        machine.start_caddy()
        wait_until((home / "run" / "supervisor.sock").exists)
        yield machine
    finally:
        machine.stop_caddy()
        supervisor.terminate()
        try:
            supervisor.wait(15)
        finally:
            supervisor.kill()
            supervisor.wait()
        shutil.rmtree(home)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _answers(address: tuple[str, int]) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(address) == 0
