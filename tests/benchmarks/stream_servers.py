"""The servers whose streams are compared: the Studio's own web process, and nginx with nchan.

Each is pinned to one core and listens on a unix socket, as the web process does behind the front door.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from studio.runtime.programs import Instance, PoolSizes, programs
from tests.benchmarks import servers
from tests.benchmarks.stream_clients import Crowd
from tests.live import CODE

START_SECONDS = 60
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
MISSING_NCHAN = "nchan is not measured: install it with apt-get install nginx-light libnginx-mod-nchan"

PREPARE = """
import json, sys
from django.contrib.auth.models import User
from operations.models import Operation
from studio import services
from studio.models import ApiKey
ada = User.objects.create_user("ada")
project = services.create_project(name="Bench", template="blank-service", by=ada)
_, key = services.create_api_key(user=ada, name="bench", scopes=[ApiKey.Scope.READ])
operations = [
    Operation.objects.create(project=project, project_slug="bench", requested_by=ada, type="build")
    for _ in range(40)
]
json.dump({"key": key, "operations": [str(operation.pk) for operation in operations]}, sys.stdout)
"""
WRITE = """
import sys
from django.db import connection
from operations.engine import ending, events
from operations.models import Operation
from tests.benchmarks.stream_publisher import text_of
operation, number, end = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "end"
events.write(operation, [events.log_event(text_of(n)) for n in range(1, number + 1)])
if end:
    Operation.objects.filter(pk=operation).update(status="running")
    ending.succeed(operation, {}, guard=events.Q())
"""


class Studio:
    """The web process with the command line of the embedded mode, on a home and a database of its own."""

    name = "studio"

    def __init__(self, home: Path, *, core: int, redis_url: str) -> None:
        self.socket = home / "web.sock"
        self._home = home
        self._core = core
        self.environment = servers.environment(home, REDIS_URL=redis_url, ORCHARD_STREAMS_PER_PERSON="2000")
        home.mkdir(parents=True, exist_ok=True)
        servers.migrate(self.environment)
        prepared = json.loads(self.run(PREPARE))
        self.headers = {"X-API-Key": prepared["key"]}
        self._operations: list[str] = prepared["operations"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Studio:
        self.socket.unlink(missing_ok=True)
        with (self._home / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_pin(self._core), *self._command()], cwd=CODE, env=self.environment, stdout=log, stderr=log
            )
        _wait_for(self.socket, self.process)
        return self

    def stop(self) -> float:
        """SIGTERM; the seconds until it has ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began

    def run(self, code: str, *arguments: str) -> str:
        """What a piece of Python prints that knows the models."""
        setup = "import django; django.setup()\n"
        command = [sys.executable, "-c", setup + code, *arguments]
        done = subprocess.run(command, cwd=CODE, env=self.environment, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    def operation(self, *, events: int = 0, ended: bool = False) -> str:
        """A fresh operation with so many events."""
        found = self._operations.pop()
        if events or ended:
            self.run(WRITE, found, str(events), "end" if ended else "on")
        return found

    def address(self, operation: str) -> list[str]:
        """What the publisher is told."""
        return [operation]

    def crowd(self, operation: str) -> Crowd:
        return Crowd(self.socket, f"/api/operations/{operation}/stream", self.headers)

    @property
    def log(self) -> str:
        return (self._home / "web.log").read_text()

    def resident_bytes(self) -> int:
        assert self.process is not None
        return _status_bytes(self.process.pid, "VmRSS")

    def cpu_seconds(self) -> float:
        assert self.process is not None
        return _cpu_seconds(self.process.pid)

    def forget_peak(self) -> None:
        assert self.process is not None
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        assert self.process is not None
        return _status_bytes(self.process.pid, "VmHWM")

    def _command(self) -> list[str]:
        unused = self._home / "unused"
        instance = Instance(
            home=self._home,
            code=CODE,
            python=Path(sys.executable),
            sockets=self._home,
            web_socket=self.socket,
            supervisor_socket=unused,
            caddy=unused,
            redis_server=None,
            redis_socket=unused,
            workers=PoolSizes(builds=1, short=1, trees=1, replies=1),
        )
        return list(next(program for program in programs(instance) if program.name == "web").command)


class Nchan:
    """nginx with one worker and its memory store."""

    name = "nchan"

    def __init__(self, folder: Path, *, core: int) -> None:
        self.socket = folder / "nchan.sock"
        self._folder = folder
        self._core = core
        self._channels = itertools.count(1)
        self.environment = dict(os.environ)
        self.process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_installed() -> bool:
        return NCHAN_MODULE.exists() and shutil.which("nginx", path=_SEARCH) is not None

    def start(self) -> Nchan:
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "nginx.conf"
        configuration.write_text(self._configuration())
        nginx = shutil.which("nginx", path=_SEARCH)
        assert nginx is not None
        command = [*_pin(self._core), nginx, "-p", str(self._folder), "-c", str(configuration)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(self.socket, self.process)
        return self

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def channel(self) -> str:
        return f"channel{next(self._channels)}"

    def address(self, channel: str) -> list[str]:
        """What the publisher is told."""
        return [str(self.socket), channel]

    def crowd(self, channel: str) -> Crowd:
        return Crowd(self.socket, f"/subscribe/{channel}")

    def resident_bytes(self) -> int:
        return sum(_status_bytes(worker, "VmRSS") for worker in self._workers())

    def cpu_seconds(self) -> float:
        return sum(_cpu_seconds(worker) for worker in self._workers())

    def _workers(self) -> list[int]:
        """The master does nothing but look after them."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def _configuration(self) -> str:
        temporary = "\n".join(
            f"  {name}_temp_path {self._folder / name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"""
load_module {NCHAN_MODULE};
daemon off; master_process on; worker_processes 1; pid {self._folder / "nginx.pid"}; error_log /dev/null;
{"user root;" if os.geteuid() == 0 else ""}
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off;
{temporary}
  nchan_shared_memory_size 256m;
  server {{
    listen unix:{self.socket} backlog=4096;
    location ~ /publish/(\\w+)$ {{ nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 1000; }}
    location ~ /subscribe/(\\w+)$ {{
      nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


_SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def _pin(core: int) -> list[str]:
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core)] if taskset else []


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        assert process.poll() is None, f"{process.args!r} does not start"
        assert time.monotonic() < deadline, f"{process.args!r} does not answer"
        time.sleep(0.02)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status_bytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no {name} of process {pid}")
