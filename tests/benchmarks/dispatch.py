"""From the POST that starts an operation to its first phase event, beside a bare Celery `delay()` to the
start of its task: in turns, on the same broker, with workers of the same settings.

The operation is a teardown of a project that nothing was deployed for: the real way through the front
door, the API, the database and a worker, with little work behind it. Its first event counts when Redis
has announced it after the commit, as browsers get it.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import redis
from celery import Celery

from tests.benchmarks import report, servers
from tests.live import LiveStudio

BARE_QUEUE = "bench"
STARTED = "bench:started"
OPERATION = "operation:"
WARM_UP = 5
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


def measure(quick: bool) -> dict[str, Any]:
    """`start_ratio` compares both ways from the request to the start, `queue_ratio` leaves aside what
    happens until the POST is answered."""
    rounds = 10 if quick else 100
    figures: dict[str, Any] = {"rounds": rounds}
    with tempfile.TemporaryDirectory(prefix="orchard-bench-") as folder, ExitStack() as stack:
        databases = stack.enter_context(servers.databases(Path(folder, "databases")))
        for kind, url in databases.items():
            chosen = {} if kind == "sqlite" else {"DATABASE_URL": url}
            studio = LiveStudio(Path(folder, kind), **chosen).start()
            try:
                figures[kind] = _figures(studio, rounds, chosen)
            finally:
                studio.stop()
    return figures


def _figures(studio: LiveStudio, rounds: int, chosen: dict[str, str]) -> dict[str, Any]:
    key = studio.manage("create_api_key", "bench", "--scopes", "projects:read,projects:execute").split()[-1]
    environment = servers.environment(
        studio.home,
        ORCHARD_PORT=str(studio.port),
        REDIS_URL=f"unix://{studio.sockets / 'redis.sock'}",
        **chosen,
    )
    slugs = servers.work("projects", {"number": WARM_UP + rounds}, environment)
    bare, started, answered = [], [], []
    with (
        servers.workers(1, environment, queue=BARE_QUEUE, concurrency=2),
        _announcements(environment["REDIS_URL"]) as announced,
        httpx.Client(
            base_url=f"{studio.url}/api", headers={"X-API-Key": key}, timeout=60, trust_env=False
        ) as client,
        Celery(broker=environment["REDIS_URL"].replace("unix://", "redis+socket://")) as celery,
    ):
        for number, slug in enumerate(slugs):
            bare.append(_bare(celery, announced, number))
            time.sleep(PAUSE_SECONDS)
            first, reply = _started(client, announced, slug)
            started.append(first)
            answered.append(reply)
            time.sleep(PAUSE_SECONDS)
    bare, started, answered = bare[WARM_UP:], started[WARM_UP:], answered[WARM_UP:]
    figures: dict[str, Any] = {
        "delay_to_start_ms": report.spread(bare),
        "post_to_answer_ms": report.spread(answered),
        "post_to_first_phase_ms": report.spread(started),
    }
    for percentile in ("p50", "p95"):
        ratio = figures["post_to_first_phase_ms"][percentile] / figures["delay_to_start_ms"][percentile]
        figures[f"post_to_delay_{percentile}_ratio"] = round(ratio, 2)
    return figures


def _bare(celery: Celery, announced: _Announced, number: int) -> float:
    """Milliseconds from before `delay()` to the first line of the task, by the clock they share."""
    asked = time.monotonic()
    celery.send_task("bench.start", args=[number], queue=BARE_QUEUE)
    _, message = announced.wait(STARTED, lambda message: message[0] == number)
    return 1000 * (message[1] - asked)


def _started(client: httpx.Client, announced: _Announced, slug: str) -> tuple[float, float]:
    """Milliseconds from before the POST to its first phase event, and to its answer."""
    asked = time.monotonic()
    answer = client.post("/operations", json={"type": "teardown", "projectId": slug})
    answered = time.monotonic()
    assert answer.status_code == 202, answer.text
    channel = OPERATION + answer.json()["data"]["id"]
    first, _ = announced.wait(channel, lambda message: _tells(message, "phase"))
    announced.wait(channel, lambda message: _tells(message, "complete"))
    return 1000 * (first - asked), 1000 * (answered - asked)


def _tells(message: Any, kind: str) -> bool:
    return any(event["payload"]["type"] == kind for event in message.get("events", ()))


class _Announced:
    """What Redis announced by channel, each with the moment at which it came here."""

    def __init__(self) -> None:
        self._heard: dict[str, list[tuple[float, Any]]] = {}
        self._news = threading.Condition()

    def hear(self, channel: str, message: Any) -> None:
        with self._news:
            self._heard.setdefault(channel, []).append((time.monotonic(), message))
            self._news.notify_all()

    def wait(self, channel: str, wanted: Any) -> tuple[float, Any]:
        with self._news:
            found = self._news.wait_for(
                lambda: next((heard for heard in self._heard.get(channel, []) if wanted(heard[1])), None),
                PATIENCE_SECONDS,
            )
        assert found, f"nothing came on {channel}"
        return found


@contextmanager
def _announcements(url: str) -> Iterator[_Announced]:
    announced = _Announced()
    with redis.Redis.from_url(url) as client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.psubscribe(
            **{
                pattern: lambda message: announced.hear(
                    message["channel"].decode(), json.loads(message["data"])
                )
                for pattern in (STARTED, OPERATION + "*")
            }
        )
        listening = pubsub.run_in_thread(sleep_time=0.1, daemon=True)
        try:
            yield announced
        finally:
            listening.stop()
            listening.join()
