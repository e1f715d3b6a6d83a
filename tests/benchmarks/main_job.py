"""The main job in figures: start, spawn, chat turn, Build It to a refreshed preview, share of each phase.

Everything goes through the front door of a whole Studio, as a program would use it. Times are wall
clock on this machine; the ratios compare figures of the same run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.live import LiveStudio

Result = TypeVar("Result")

DEMO = (
    "I want agents that walk around a 2D world and have conversations",
    "Proximity - they talk to whoever is nearby",
    "Visible as speech bubbles above agents",
)
CHANGE = "Add a weather system"
BARS = {
    "warm_start_seconds": 6,
    "spawn_seconds": 6,
    "chat_turn_ms": 200,
    "build_seconds": 25,
    "second_build_seconds": 25,
    "spawn_to_demo_seconds": 60,
}


def measure(home: Path, *, rounds: int, turns: int) -> dict[str, Any]:
    """Figures by name: seconds (or `_ms`) as {p50, p95, n}, `phase_share` as fractions of a build."""
    studio = LiveStudio(home)
    cold, _ = _timed(studio.start)
    studio.stop()
    studio = LiveStudio(home, port=studio.port)
    warm, _ = _timed(studio.start)
    try:
        key = studio.manage("create_api_key", "bench", "--scopes", "projects:read,projects:execute")
        with httpx.Client(
            base_url=f"{studio.url}/api",
            headers={"X-API-Key": key.split()[-1]},
            timeout=120,
            trust_env=False,
            # The front door closes idle connections whenever an app is added or removed.
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client:
            jobs = [_main_job(Api(client), f"bench-{number}") for number in range(rounds)]
            chat_ms, read_ms = _chat_turns(Api(client), turns)
    finally:
        studio.stop()
    figures: dict[str, Any] = {"cold_start_seconds": _spread([cold]), "warm_start_seconds": _spread([warm])}
    for name in ("spawn_seconds", "build_seconds", "second_build_seconds", "spawn_to_demo_seconds"):
        figures[name] = _spread([job[name] for job in jobs])
    figures["chat_turn_ms"] = _spread(chat_ms)
    figures["read_project_ms"] = _spread(read_ms)
    figures["chat_turn_to_read_ratio"] = round(
        figures["chat_turn_ms"]["p50"] / figures["read_project_ms"]["p50"], 1
    )
    for build in ("spawn", "build", "second_build"):
        figures[f"{build}_phase_share"] = _shares([job[f"{build}_phases"] for job in jobs])
    return figures


def table(figures: dict[str, Any]) -> str:
    rows = [f"{'figure':28} {'p50':>9} {'p95':>9} {'bar':>7}"]
    for name, value in figures.items():
        if isinstance(value, dict) and "p50" in value:
            bar = BARS.get(name)
            verdict = "" if bar is None else f"< {bar} {'' if value['p50'] < bar else 'MISSED'}"
            rows.append(f"{name:28} {value['p50']:>9} {value['p95']:>9} {verdict:>7}")
        elif isinstance(value, dict):
            rows.append(f"{name:28} " + ", ".join(f"{phase} {share:.0%}" for phase, share in value.items()))
        else:
            rows.append(f"{name:28} {value:>9}")
    return "\n".join(rows)


class Api:
    """The few calls the job needs, each failing loudly."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self._client.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json()

    def finished(self, operation: str) -> dict[str, Any]:
        """Follow the operation's stream to its end, as a browser does."""
        with self._client.stream("GET", f"/operations/{operation}/stream") as stream:
            for _ in stream.iter_lines():
                pass
        ended = self.call("GET", f"/operations/{operation}")["data"]
        assert ended["status"] == "succeeded", ended
        return ended


def _main_job(api: Api, name: str) -> dict[str, Any]:
    started = time.perf_counter()
    project = api.call("POST", "/projects", {"name": name, "template": "social-world"})["data"]
    spawn = api.finished(project["operationId"])
    spawned = time.perf_counter()
    plans = f"/projects/{project['slug']}/blueprints"
    plan = f"{plans}/{api.call('POST', plans, {'featureName': 'Aeries'})['data']['id']}"
    for message in DEMO:
        api.call("POST", f"{plan}/chat", {"message": message})
    build_seconds, build = _timed(lambda: _build(api, plan))
    demo = time.perf_counter()
    api.call("POST", f"{plan}/chat", {"message": CHANGE})
    second_seconds, second = _timed(lambda: _build(api, plan))
    api.finished(api.call("DELETE", f"/projects/{project['slug']}")["data"]["operationId"])
    return {
        "spawn_seconds": spawned - started,
        "build_seconds": build_seconds,
        "second_build_seconds": second_seconds,
        "spawn_to_demo_seconds": demo - started,
        "spawn_phases": _phase_seconds(spawn),
        "build_phases": _phase_seconds(build),
        "second_build_phases": _phase_seconds(second),
    }


def _build(api: Api, plan: str) -> dict[str, Any]:
    return api.finished(api.call("POST", f"{plan}/build")["data"]["operationId"])


def _chat_turns(api: Api, turns: int) -> tuple[list[float], list[float]]:
    """Milliseconds per chat turn, and per reading of the project: the same path without an Architect."""
    project = api.call("POST", "/projects", {"name": "bench-chat", "template": "blank-service"})["data"]
    api.finished(project["operationId"])
    plans = f"/projects/{project['slug']}/blueprints"
    plan = f"{plans}/{api.call('POST', plans, {'featureName': 'Library'})['data']['id']}"
    chat, read = [], []
    for number in range(turns):
        message = {
            "message": f"add shelf{number} with label, floor and capacity; shelf{number} has many books"
        }
        chat.append(1000 * _timed(lambda message=message: api.call("POST", f"{plan}/chat", message))[0])  # type: ignore[misc]
        read.append(1000 * _timed(lambda: api.call("GET", f"/projects/{project['slug']}"))[0])
    return chat, read


def _phase_seconds(operation: dict[str, Any]) -> dict[str, float]:
    return {
        phase["slug"]: _moment(phase["completedAt"]) - _moment(phase["startedAt"])
        for phase in operation["phases"]
    }


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _shares(builds: list[dict[str, float]]) -> dict[str, float]:
    total = sum(sum(build.values()) for build in builds)
    return {phase: round(sum(build[phase] for build in builds) / total, 3) for phase in builds[0]}


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        "n": len(ordered),
    }


def _timed(call: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result
