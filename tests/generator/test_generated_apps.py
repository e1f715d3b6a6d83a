"""Whole apps: their own tests pass, their code is clean, and they run."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import ProbeResult, check, judge, probes
from operations.generator.plan import ProjectFacts, make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD
from tests.generator.generated import GeneratedApp

CAST: dict[str, Callable[[], list[BlueprintDocument]]] = {
    "skeleton": list,
    "recipes": lambda: [documents.recipe_box()],
    "photos": lambda: [documents.photo_club()],
    "workshop": lambda: [documents.twelve_tables()],
    "diary": lambda: [documents.diary()],
    "react": lambda: [documents.react_club()],
    "team room": lambda: [documents.team_room()],
    "hostile": lambda: [documents.hostile()],
}


@pytest.mark.parametrize("name", CAST)
def test_an_app_is_clean_passes_its_tests_and_takes_its_samples(name: str, tmp_path: Path) -> None:
    app = GeneratedApp(tmp_path / name)
    app.build(make_plan(CAST[name](), ORCHARD))

    app.assert_clean()

    app.test_passing()

    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    before = app.run("manage.py", "dumpdata", "records")
    app.run("manage.py", "seed")
    assert app.run("manage.py", "dumpdata", "records") == before


def test_samples_never_reach_production(tmp_path: Path) -> None:
    app = GeneratedApp(tmp_path / "app")
    app.build(make_plan([documents.recipe_box()], ORCHARD))
    production = {**app.staging, "APP_ENVIRONMENT": "production"}
    app.run("manage.py", "migrate", "--noinput", environment=production)

    refusal = app.run("manage.py", "seed", environment=production, succeeds=False)

    assert "no place in production" in refusal
    assert app.shell("print(apps.get_model('records.Recipe').objects.count())").strip() == "0"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[GeneratedApp], httpx.Client]]:
    """Starts an app on a unix socket, as the deployer does; stops it in the end."""
    processes: list[subprocess.Popen[bytes]] = []
    clients: list[httpx.Client] = []

    def serve(app: GeneratedApp) -> httpx.Client:
        app.run("manage.py", "migrate", "--noinput")
        app.run("manage.py", "seed")
        path = tmp_path / "s"
        argv = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--uds", str(path)]
        process = subprocess.Popen(
            argv, cwd=app.root, env=app.staging, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        processes.append(process)
        client = httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://app.localhost")
        clients.append(client)
        deadline = time.monotonic() + 90
        while not listens(path):
            assert process.poll() is None and time.monotonic() < deadline, "The app did not start."
            time.sleep(0.1)
        assert client.get("/healthz").status_code == 200
        return client

    yield serve
    for client in clients:
        client.close()
    for process in processes:
        process.terminate()
        process.wait(timeout=20)


def listens(path: Path) -> bool:
    """Asked without httpx, which leaves its socket open where nobody listens yet."""
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.connect(str(path))
        return True
    return False


def ask(client: httpx.Client, plan) -> list[ProbeResult]:  # type: ignore[no-untyped-def]
    answers = ((probe, client.request(probe.method, probe.path)) for probe in probes(plan))
    return [check(probe, answer.status_code, answer.content) for probe, answer in answers]


def test_a_running_app_holds_what_its_ledger_says(
    tmp_path: Path, serving: Callable[[GeneratedApp], httpx.Client]
) -> None:
    app = GeneratedApp(tmp_path / "app")
    plan = make_plan([documents.photo_club()], ORCHARD)
    files = app.build(plan)
    results = app.test()

    verdicts = {v.item_id: v for v in judge(plan, results, ask(serving(app), plan), files)}

    unmet = {item for item, verdict in verdicts.items() if verdict.status != "met"}
    assert unmet == {"TOK-4"}, [verdicts[item] for item in unmet]
    assert verdicts["ENT-2"].location.startswith("records/models.py:")


def test_a_broken_endpoint_is_not_called_met(
    tmp_path: Path, serving: Callable[[GeneratedApp], httpx.Client]
) -> None:
    app = GeneratedApp(tmp_path / "app")
    plan = make_plan([documents.recipe_box()], ORCHARD)
    app.build(plan)
    urls = app.root / "records" / "api_urls.py"
    urls.write_text(urls.read_text().replace('router.register("recipes"', 'router.register("elsewhere"'))

    results = app.test()
    verdicts = {v.title: v for v in judge(plan, results, ask(serving(app), plan))}

    assert verdicts["GET /api/recipes/"].status == "unmet"
    assert "404" in verdicts["GET /api/recipes/"].reason
    assert verdicts["DELETE /api/recipes/{id}/"].status == "unmet"
    assert verdicts["Recipe"].status != "met"
    assert verdicts["Tag"].status == "met"


def test_the_skeleton_says_that_it_is_live(
    tmp_path: Path, serving: Callable[[GeneratedApp], httpx.Client]
) -> None:
    app = GeneratedApp(tmp_path / "app")
    app.build(make_plan([], ProjectFacts("Aeries & <friends>", "aeries", "social-world")))

    page = serving(app).get("/")

    assert "Aeries &amp; &lt;friends&gt; is live." in page.text
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'self'")
