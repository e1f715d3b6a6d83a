"""One message to the offline Architect, "build it", and the app that comes of it: tested, seeded, serving."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from blueprints.architect.port import Turn
from blueprints.editing import merge_candidate
from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import ProbeResult, check, judge, probes
from operations.generator.model import Plan, ProjectFacts
from operations.generator.plan import make_plan
from tests.architect.holding import hold_turn
from tests.generator.generated import GeneratedApp


def plan_of(message: str) -> tuple[BlueprintDocument, Plan]:
    """What the offline Architect and the planner make of one message, followed by "build it"."""
    document = BlueprintDocument(feature_name="My app")
    for number, said in enumerate((message, "Build it"), start=1):
        _, proposal = hold_turn(Turn(document, said, f"message-{number}"))
        document = merge_candidate(document, proposal.document)
    facts = ProjectFacts(document.feature_name, slug_of(document.feature_name), summary=document.summary)
    return document, make_plan([document], facts)


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "app"


@contextmanager
def serving(app: GeneratedApp) -> Iterator[str]:
    """The app as staging runs it, on a port of its own; answers its address."""
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    environment = {**app.staging, "PYTHONDONTWRITEBYTECODE": "1"}
    with (app.data / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*argv, "--no-access-log"], cwd=app.root, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            origin = f"http://app.localhost:{port}"
            _until_healthy(process, port)
            yield origin
        finally:
            process.terminate()
            process.wait(timeout=30)


def _until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with {process.returncode}")
        try:
            if asked(port, "/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the app is not healthy after 60 s")


def asked(port: int, path: str, method: str = "GET") -> httpx.Response:
    return httpx.request(
        method, f"http://127.0.0.1:{port}{path}", headers={"Host": "app.localhost"}, timeout=20
    )


def ledger(app: GeneratedApp, plan: Plan, files: dict[str, bytes], origin: str) -> dict[str, Any]:
    """How many items of the plan are met by tests that passed and probes that held, and what is not."""
    port = int(origin.rsplit(":", 1)[1])
    answers: list[ProbeResult] = []
    for probe in probes(plan):
        answer = asked(port, probe.path, probe.method)
        answers.append(check(probe, answer.status_code, answer.content))
    tests = app.test()
    verdicts = judge(plan, tests, answers, files)
    return {
        "tests": dict(Counter(test.outcome for test in tests)),
        "failed_tests": [test.id for test in tests if test.outcome not in ("passed", "skipped")],
        "items": dict(Counter(verdict.status for verdict in verdicts)),
        "not_met": [f"{v.title}: {v.reason}" for v in verdicts if v.status != "met"],
    }


def folder(root: Path, key: str) -> GeneratedApp:
    return GeneratedApp(root / f"app-{key}")
