"""The same numbers from every process: two web processes and two workers, of which some are killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client
from websockets.sync.client import unix_connect

from operations.engine import dispatch
from studio import services
from studio.runtime import tether
from tests.operations import gated, tiny
from tests.operations.test_lost_workers import database_url
from tests.operations.test_metrics import counted, samples, total

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

DEADLINE_SECONDS = 90


@pytest.fixture
def processes(settings, tmp_path):
    """Web processes and workers of one Studio, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="orchard-") as sockets:  # a short path, as sockets need
        started = Processes(Path(sockets), tmp_path, settings.REDIS_URL)
        try:
            yield started
        finally:
            started.kill_all()


class Processes:
    def __init__(self, sockets, logs, redis_url):
        self.sockets, self.logs = sockets, logs
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
        }
        self.running, self.clients = {}, []

    def web(self, name):
        """A web process that answers; its client."""
        path = self.sockets / name
        path.unlink(missing_ok=True)
        self._start(name, "uvicorn", "studio.asgi:application", "--uds", str(path), "--lifespan", "off")
        client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost:8000", timeout=60
        )
        self.clients.append(client)
        self.wait_until(lambda: takes_connections(path))
        return client

    def worker(self, name, *, slots):
        self._start(
            name,
            *("celery", "-A", "studio.celery", "worker", "-n", f"{name}@%h", "-Q", "builds"),
            *("--concurrency", str(slots), "--include", gated.__name__),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        )

    def _start(self, name, *command):
        """Tethered: it ends with the test run, however that ends."""
        wrapped = [sys.executable, tether.__file__, "--signal", "KILL", sys.executable, "-m", *command]
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                wrapped, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def kill(self, name):
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def kill_all(self):
        for client in self.clients:
            client.close()
        for name in list(self.running):
            self.kill(name)

    def wait_until(self, holds):
        """Fails with what the processes wrote."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "\n".join(
                f"── {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.logs.glob("*.log"))
            )
            time.sleep(0.2)


def takes_connections(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def scraped(client):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {settings.ORCHARD_METRICS_TOKEN}"})
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def all_say(clients, **expected):
    """Whether each of them gives these numbers: sums over all labels of `orchard_<name>`."""
    for client in clients:
        found = scraped(client)
        for name, value in expected.items():
            said = sum(number for (sample, _), number in found.items() if sample == f"orchard_{name}")
            if said != value:
                return False
    return True


def test_workers_are_seen_alike_and_a_killed_one_takes_no_count_with_it(processes, tmp_path):
    clients = [processes.web("web-one"), processes.web("web-two")]
    assert all_say(clients, worker_slots=0, worker_busy_slots=0)
    processes.worker("one", slots=2)
    processes.worker("two", slots=1)
    processes.wait_until(lambda: all_say(clients, workers=2, worker_slots=3, worker_busy_slots=0))

    gate = tmp_path / "gate"
    for _ in range(3):
        dispatch.send(tiny.start("test_gated", None, gate=str(gate)).pk, "builds")
    processes.wait_until(
        lambda: all_say(clients, worker_busy_slots=3, operations_active=3, queue_depth=0, queue_messages=0)
    )

    processes.kill("two")
    processes.wait_until(lambda: all_say(clients, workers=1, worker_slots=2, worker_busy_slots=2))
    gate.touch()
    processes.wait_until(
        lambda: all_say(clients, operations_active=0, worker_busy_slots=0, operation_leases_lost_total=1)
    )
    processes.worker("two", slots=1)
    processes.wait_until(lambda: all_say(clients, workers=2, worker_slots=3))

    one, two = (scraped(client) for client in clients)
    assert counted(one) == counted(two)
    assert total(one, "test_gated", "succeeded") == 3
    runs = {
        dict(labels)["outcome"]: number
        for (name, labels), number in one.items()
        if name == "orchard_operation_phase_duration_seconds_count"
    }
    assert runs == {"complete": 3, "lost": 1}


def test_listeners_of_all_web_processes_are_seen_and_those_of_a_killed_one_forgotten(processes, ada, project):
    _, key = services.create_api_key(user=ada, name="tests", scopes=["projects:read"])
    operation = tiny.start("test_two", project)
    one, two = processes.web("web-one"), processes.web("web-two")

    with ExitStack() as open_streams:

        def listen(client):
            path, headers = f"/api/operations/{operation.pk}/stream", {"X-API-Key": key}
            answer = open_streams.enter_context(client.stream("GET", path, headers=headers))
            assert answer.status_code == 200

        for client in (one, one, one, two):
            listen(client)
        open_streams.enter_context(workspace_socket(processes, "web-two", ada, project))
        processes.wait_until(lambda: clients_by_kind(one) == clients_by_kind(two) == (4, 1))
        before = counted(scraped(one))

        processes.kill("web-one")
        processes.wait_until(lambda: clients_by_kind(two) == (1, 1))
        one = processes.web("web-one")
        assert counted(scraped(one)) == counted(scraped(two)) == before
        listen(one)
        processes.wait_until(lambda: clients_by_kind(one) == clients_by_kind(two) == (2, 1))
    processes.wait_until(lambda: clients_by_kind(one) == clients_by_kind(two) == (0, 0))


def test_through_the_front_door_only_with_the_token(live_studio):
    address = f"{live_studio.url}/metrics"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
    token = (live_studio.home / "secrets" / "metrics_token").read_text()
    answer = httpx.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert answer.status_code == 200
    found = samples(answer.text)
    assert found("orchard_worker_slots", queue="builds") >= 1
    assert found("orchard_metrics_source_up", source="database") == 1


def clients_by_kind(client):
    found = scraped(client)
    return tuple(found("orchard_stream_clients", kind=kind) for kind in ("sse", "websocket"))


def workspace_socket(processes, name, person, project):
    browser = Client()
    browser.force_login(person)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return unix_connect(
        str(processes.sockets / name),
        uri=f"ws://localhost:8000/ws/projects/{project.slug}/",
        origin="http://localhost:8000",
        additional_headers={"Cookie": cookie},
    )
