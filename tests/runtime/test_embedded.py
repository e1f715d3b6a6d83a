"""`manage.py runstudio` as a person meets it: real processes, started, stopped, killed, started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.runtime.caddy import LARGEST_REQUEST_BYTES
from studio.runtime.processes import ProcessIdentity
from studio.runtime.supervisor import connect
from tests.live import LiveStudio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Callable[..., LiveStudio]]:
    """Makes Studios of one home each; whatever is left of them at the end is killed."""
    made: list[LiveStudio] = []

    def make(home: str = "home", **options: Any) -> LiveStudio:
        made.append(LiveStudio(tmp_path / home, **options))
        return made[-1]

    yield make
    for one in made:
        for line in one.processes():
            os.kill(int(line.split()[0]), signal.SIGKILL)
        one.close()


def get(studio: LiveStudio, path: str, host: str = "localhost") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=60)
    connection.request("GET", path, headers={"Host": f"{host}:{studio.port}"})
    response = connection.getresponse()
    try:
        return response.status, response.read().decode()
    finally:
        connection.close()


def wait_for(question: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def leaves_nothing(studio: LiveStudio) -> bool:
    assert wait_for(lambda: not studio.processes()), studio.processes()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", studio.port))
    return True


def test_ctrl_c_leaves_nothing_behind_and_a_second_start_continues(studio):
    one = studio().start()
    assert get(one, "/readyz")[0] == 200
    assert get(one, "/")[0] in (200, 302)
    assert one.link.startswith(f"http://localhost:{one.port}/")
    one.api("POST", "/projects", {"name": "Aeries", "template": "blank-service"})
    assert wait_for(lambda: one.api("GET", "/projects/aeries")["status"] == "live", 60), one.tell()
    hosts = ("aeries.localhost", "staging.aeries.localhost")
    before = one.api("GET", "/projects/aeries")
    assert [get(one, "/healthz", host)[0] for host in hosts] == [200, 200]
    link, secret = one.link, (one.home / "secrets" / "secret_key").read_text()
    assert one.stop(signal.SIGINT) == 0
    assert leaves_nothing(one)
    assert "Traceback" not in one.said

    one.start()
    assert "brought up to date" not in one.said
    for host in hosts:  # nobody asked for them; no release was made for it
        assert wait_for(lambda host=host: get(one, "/healthz", host)[0] == 200), one.tell()
    assert one.api("GET", "/projects/aeries") == before
    assert one.link != link
    assert (one.home / "secrets" / "secret_key").read_text() == secret
    assert one.stop(signal.SIGTERM) == 0
    assert leaves_nothing(one)


def test_killed_without_a_word_it_takes_everything_along_and_starts_again(studio):
    one = studio().start()
    one.process.kill()
    one.process.wait()
    one.start()  # at once, while the last run is still ending
    assert get(one, "/readyz")[0] == 200

    supervisor = ProcessIdentity.read(one.home / "run" / "supervisor.json")
    one.process.kill()
    os.kill(supervisor.pid, signal.SIGKILL)
    one.process.wait()
    assert leaves_nothing(one)
    one.start()
    assert get(one, "/readyz")[0] == 200
    one.stop()
    assert leaves_nothing(one)


def test_a_taken_port_gets_one_clear_line(studio):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        one = studio(port=taken.getsockname()[1])
        assert one.launch().wait(120) == 1
    assert one.said.strip() == f"Port {one.port} is taken: choose another with ORCHARD_PORT."
    assert not one.processes()


def test_a_missing_binary_gets_one_clear_line(studio, tmp_path):
    one = studio(PATH=str(tmp_path))
    assert one.launch().wait(120) == 1
    assert one.said.startswith("git is missing: install it")
    assert len(one.said.strip().splitlines()) == 1


def test_a_home_serves_one_studio_and_two_homes_two(studio, live_studio):
    same = LiveStudio(live_studio.home, console="second.log")
    assert same.launch().wait(120) == 1
    assert "is running already" in same.said
    # So deep that a socket inside would be too long a path.
    other = studio("a" * 60 + "/" + "b" * 60).start()
    assert get(other, "/readyz")[0] == 200
    assert get(live_studio, "/readyz")[0] == 200
    assert other.sockets.is_dir()
    other.stop()
    assert leaves_nothing(other)
    assert not other.sockets.exists()
    assert get(live_studio, "/readyz")[0] == 200


@pytest.fixture
def supervisor(live_studio: LiveStudio) -> Iterator[Any]:
    """That of the live Studio, which is whole again afterwards."""
    with connect(live_studio.sockets / "supervisor.sock") as server:
        yield server.supervisor
    assert wait_for(lambda: get(live_studio, "/readyz")[0] == 200), live_studio.tell()


def test_what_is_too_large_is_refused_at_the_front_door(live_studio):
    answer = httpx.post(f"{live_studio.url}/api/projects", content=bytes(LARGEST_REQUEST_BYTES + 1))
    assert answer.status_code == 413
    assert "16 MiB" in answer.text


def test_readiness_tells_of_a_stopped_worker(live_studio, supervisor):
    supervisor.stopProcess("studio:builds")
    _, body = wait_for(lambda: (answer := get(live_studio, "/readyz"))[0] == 503 and answer)
    parts = json.loads(body)["parts"]
    assert parts["workers"] == {"ok": False, "detail": "no worker for builds"}
    assert parts["database"] == parts["redis"] == {"ok": True}
    supervisor.startProcess("studio:builds")


def test_readiness_tells_of_a_frozen_worker(live_studio, supervisor):
    frozen = [int(line.split()[0]) for line in live_studio.processes() if "builds@" in line]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    assert wait_for(lambda: get(live_studio, "/readyz")[0] == 503)
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)


def test_readiness_tells_of_a_stopped_redis_which_is_back_as_soon_as_redis_is(live_studio, supervisor):
    with live_studio.without_redis():
        _, body = wait_for(lambda: (answer := get(live_studio, "/readyz"))[0] == 503 and answer)
        assert not json.loads(body)["parts"]["redis"]["ok"]
        status, body = get(live_studio, "/healthz")
        assert status == 200
        assert json.loads(body)["sandbox"] in ("bubblewrap", "rlimits")


def test_a_killed_program_is_back_in_a_moment(live_studio):
    pid = next(line.split()[0] for line in live_studio.processes() if "uvicorn studio.asgi" in line)
    os.kill(int(pid), signal.SIGKILL)
    assert get(live_studio, "/healthz")[0] == 200  # the front door waits for it


def test_an_address_that_no_app_has_says_so(live_studio):
    status, page = get(live_studio, "/", host="nobody.localhost")
    assert status == 404
    assert "No such app here" in page
    assert live_studio.url in page


def test_apps_cannot_inherit_the_studios_environment(live_studio):
    supervisor = ProcessIdentity.read(live_studio.home / "run" / "supervisor.json")
    assert b"sk-canary" not in Path(f"/proc/{supervisor.pid}/environ").read_bytes()
    web = next(line.split()[0] for line in live_studio.processes() if "uvicorn studio.asgi" in line)
    assert b"sk-canary" in Path(f"/proc/{web}/environ").read_bytes()
    assert (live_studio.home / "run" / "environment.json").stat().st_mode & 0o777 == 0o600


def test_what_it_keeps_is_for_its_own_user_alone(live_studio):
    homes = (live_studio.home / name for name in ("orchard.sqlite3", "static", "repositories"))
    assert [path.name for path in homes if path.exists() and path.stat().st_mode & 0o077] == []
