"""A whole Studio to be struck: its processes by name, its rows, its projects, more workers for it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import environ
import httpx
from celery import Celery
from django.db import DatabaseError, InterfaceError, connections

from operations.engine.workflow import workflow_for
from operations.models import Operation
from studio.runtime import tether
from studio.runtime.supervisor import connect
from tests.chaos import processes
from tests.chaos.follower import Follower
from tests.chaos.waiting import wait_for
from tests.live import CODE, LiveStudio

ALIAS = "struck"
# Whatever becomes of the drills, nobody they hired outlives them.
TETHERED = (sys.executable, "-I", "-S", tether.__file__, "--signal", "KILL")
SENTENCE = "An app with tasks. A task has a title and a due date."
TASK = "operations.tasks.run_operation"
QUIET_SPAWN_SECONDS = 3.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Plan:
    """A project that is live, with a plan that is ready to build."""

    project: str
    blueprint: str


@dataclass(frozen=True)
class Hired:
    """A worker that is no program of `make run`."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def family(self) -> list[int]:
        """Itself and its pool, without what the pool has started."""
        found = processes.below(self.pid)
        return [self.pid, *(process.pid for process in found if "celery" in process.command)]


class StruckStudio(LiveStudio):
    """`celery` speaks to its broker as the Studio does. What programs write to the temporary folder
    stands in `scratch`, so that what they forget is seen."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.scratch = home / "tmp"
        self.scratch.mkdir(parents=True)
        super().__init__(home, TMPDIR=str(self.scratch), **environment)
        self.database = environment.get("DATABASE_URL") or f"sqlite:///{home / 'orchard.sqlite3'}"
        broker = environment.get("REDIS_URL") or f"redis+socket://{self.sockets / 'redis.sock'}"
        self.celery = Celery(broker=broker, set_as_current=False)
        self._names = 0
        self.slowness = 1.0

    # Rows

    @contextmanager
    def rows(self) -> Iterator[None]:
        """Inside the block `.using(ALIAS)` reads this Studio's database."""
        before = connections.settings.get(ALIAS)
        if before:  # another Studio's, which goes on afterwards
            connections[ALIAS].close()
            del connections[ALIAS]
        connections.settings[ALIAS] = {
            **connections.settings["default"],
            **environ.Env.db_url_config(self.database),
            "OPTIONS": {},
        }
        try:
            yield
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            connections.settings[ALIAS] = before or connections.settings[ALIAS]

    def look(self, question: Callable[[], Answer]) -> Answer | None:
        """What it answers; None while the database is away."""
        try:
            return question()
        except (DatabaseError, InterfaceError):
            connections[ALIAS].close()
            return None

    def operation(self, key: str) -> Operation:
        return Operation.objects.using(ALIAS).get(pk=key)

    # Projects and operations

    def name(self, what: str = "p") -> str:
        self._names += 1
        return f"{what}-{self._names}"

    def spawn(self, name: str | None = None) -> tuple[str, str]:
        """The slug of a new project, and the operation that spawns it."""
        begun = self.api("POST", "/projects", {"name": name or self.name(), "template": "blank-service"})
        return begun["slug"], begun["operationId"]

    def spawn_undisturbed(self) -> str:
        """The slug of a new project. Measures how many times as long as on two quiet cores that takes."""
        slug, operation = self.spawn()
        ended = self.await_end(operation, 300)
        assert ended.completed_at is not None
        seconds = (ended.completed_at - ended.created_at).total_seconds()
        self.slowness = max(1.0, seconds / QUIET_SPAWN_SECONDS)
        return slug

    def plan(self, project: str) -> Plan:
        blueprint = self.api("POST", f"/projects/{project}/blueprints", {"featureName": "Tasks"})["id"]
        answer = httpx.post(
            f"{self.url}/api/projects/{project}/blueprints/{blueprint}/chat",
            json={"message": SENTENCE},
            headers={"X-API-Key": self.key},
            timeout=60,
        )
        assert answer.is_success and answer.json()["blueprint"]["readyToBuild"], answer.text
        return Plan(project, blueprint)

    def build(self, plan: Plan) -> str:
        path = f"/projects/{plan.project}/blueprints/{plan.blueprint}/build"
        return str(self.api("POST", path)["operationId"])

    def tear_down(self, project: str) -> str:
        return str(self.api("DELETE", f"/project/{project}")["operationId"])

    def run_tree(self, name: str) -> str:
        return str(self.api("POST", "/operations", {"type": "tree", "treeName": name})["operationId"])

    def await_end(self, operation: str, seconds: float = 400) -> Operation:
        """Fails when it has not succeeded."""
        ended = self.await_terminal(operation, seconds)
        assert ended.status == Operation.Status.SUCCEEDED, f"{ended} {ended.status}: {ended.error}"
        return ended

    def await_terminal(self, operation: str, seconds: float = 400) -> Operation:
        wait_for(
            lambda: self.look(lambda: not self.operation(operation).is_active),
            f"the end of {operation}",
            seconds,
        )
        return self.operation(operation)

    def follow(self, operation: str, *, drop_after: int | None = None) -> Follower:
        return Follower(f"{self.url}/api/operations/{operation}/stream", self.key, drop_after=drop_after)

    @property
    def key(self) -> str:
        if not self._key:
            self.api("GET", "/projects")
        return self._key

    # Processes

    def program(self, name: str) -> int:
        """The pid of a program of `make run`; waits while it is being restarted."""
        return int(wait_for(lambda: self._pid_of(name), f"the program {name}"))

    def stop_program(self, name: str) -> None:
        with connect(self.sockets / "supervisor.sock") as server:
            server.supervisor.stopProcess(_full(name))

    def start_program(self, name: str) -> None:
        with connect(self.sockets / "supervisor.sock") as server:
            server.supervisor.startProcess(_full(name), False)

    @contextmanager
    def without_programs(self, *names: str) -> Iterator[Callable[[], None]]:
        """Inside the block these do not run, until what it gives is called."""
        away = list(names)
        assert self._builds_command  # known while it runs: others may be hired by it

        def bring_back() -> None:
            while away:
                self.start_program(away.pop())

        for name in names:
            self.stop_program(name)
        try:
            yield bring_back
        finally:
            bring_back()

    def programs(self) -> list[dict[str, Any]]:
        """What the supervisor says of each, apps among them."""
        with connect(self.sockets / "supervisor.sock") as server:
            return list(server.supervisor.getAllProcessInfo())

    def await_whole(self) -> None:
        """Everything runs and the front door says so."""
        wait_for(
            lambda: all(row["statename"] == "RUNNING" for row in self.programs()), "all programs to run", 300
        )
        wait_for(self._is_ready, "/readyz to answer 200", 300)

    def worker_of(self, operation: str) -> int:
        """The pid of the process that has claimed it; waits for one."""
        return int(
            wait_for(
                lambda: self.operation(operation).worker.rpartition("|")[2],
                f"somebody to claim {operation}",
            )
        )

    @contextmanager
    def hire(
        self,
        *,
        queues: str | None = None,
        at_a_time: int = 2,
        wrapper: Sequence[str] = (),
        **environment: str,
    ) -> Iterator[Hired]:
        """One more worker, by the command line of the one for builds; `queues` when it serves others.
        `wrapper` is put before it, and is then the process whose pid it is. Killed at the end of the block."""
        command = list(self._builds_command)
        command[command.index("-n") + 1] = name = f"hired-{uuid.uuid4().hex[:6]}@%h"
        if queues is not None:
            command[command.index("-Q") + 1] = queues
        command[command.index("--concurrency") + 1] = str(at_a_time)
        settings = json.loads((self.home / "run" / "environment.json").read_text())
        log = self.home / "logs" / f"{name.partition('@')[0]}.log"
        with log.open("wb") as output:
            worker = subprocess.Popen(
                [*TETHERED, *wrapper, *command],
                cwd=CODE,
                env=settings | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(lambda: " ready." in log.read_text() or worker.poll() is not None, "a hired worker")
            assert worker.poll() is None, log.read_text()
            yield Hired(worker, log)
        finally:
            family = [process.pid for process in processes.below(worker.pid)]
            processes.strike(signal.SIGKILL, worker.pid, *family)
            worker.wait()

    def send_again(self, operation: str, times: int) -> None:
        """The message that starts it."""
        queue = workflow_for(self.operation(operation).type).queue
        for _ in range(times):
            self.celery.send_task(TASK, args=[operation], queue=queue)

    @cached_property
    def _builds_command(self) -> list[str]:
        line = Path(f"/proc/{self.program('builds')}/cmdline").read_bytes()
        return line.decode().strip("\0").split("\0")

    def _pid_of(self, name: str) -> int:
        found = [row for row in self.programs() if row["name"] == name]
        return int(found[0]["pid"]) if found and found[0]["statename"] in ("STARTING", "RUNNING") else 0

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _full(name: str) -> str:
    return name if name == "redis" else f"studio:{name}"


def running(studio: StruckStudio, blocker: Any) -> Iterator[StruckStudio]:
    """For a fixture: started, its rows readable; stopped afterwards. `blocker` is pytest-django's."""
    try:
        studio.start()
        with blocker.unblock(), studio.rows():
            studio.await_whole()
            studio.await_end(studio.spawn()[1], 300)  # the first also makes what all share
            studio.spawn_undisturbed()
            yield studio
    finally:
        if studio.process and studio.process.poll() is None:
            studio.stop()
