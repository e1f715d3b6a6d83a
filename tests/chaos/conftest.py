"""What every drill may ask for. The drills bring their own servers, so the suite's are left alone."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.runtime import tether
from tests.chaos import table
from tests.chaos.drill import Drill
from tests.chaos.gates import Gates
from tests.chaos.struck import QUIET_SPAWN_SECONDS, StruckStudio, running
from tests.servers import Postgres, Redis

SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
ROWS: list[table.Row] = []
STARTED = time.monotonic()


def pytest_report_header() -> str:
    return f"chaos: CHAOS_SEED={SEED}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if ROWS:
        terminalreporter.section(f"chaos, CHAOS_SEED={SEED}")
        terminalreporter.write_line(table.render(ROWS))
        terminalreporter.write_line(
            f"\nslower: an undisturbed spawn, against {QUIET_SPAWN_SECONDS:g} s on two quiet cores"
        )
        terminalreporter.write_line(f"\nstored in {_store()}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A failure says why at once, for the run is long; and shows at its end what the Studio wrote."""
    report = yield
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        terminal = item.config.pluginmanager.get_plugin("terminalreporter")
        terminal.write_line(f"\n{crash.message if crash else report.longreprtext}")
        if studio := getattr(item, "funcargs", {}).get("studio"):
            report.sections.append(("Studio", studio.tell(200)))
    return report


@pytest.fixture(scope="session")
def redis_server() -> None:
    """The suite's own is not needed here."""


@pytest.fixture
def empty_redis() -> None:
    """Nor emptied."""


@pytest.fixture(scope="session", autouse=True)
def orphans_come_to_us() -> None:
    """So that what escapes from a worker of ours is seen."""
    tether.adopt_orphans()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres(durable=True)  # else a crash takes commits along that were told of
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    server = Redis()
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(scope="session")
def studio(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any, postgres: Postgres, redis: Redis
) -> Iterator[StruckStudio]:
    """On PostgreSQL and a Redis of its own, as in production."""
    home = tmp_path_factory.mktemp("struck") / "home"
    yield from running(StruckStudio(home, DATABASE_URL=postgres.url, REDIS_URL=redis.url), django_db_blocker)


@pytest.fixture(scope="session")
def gates(studio: StruckStudio) -> Gates:
    return Gates(studio.database)


@pytest.fixture
def drill(request: pytest.FixtureRequest, studio: StruckStudio) -> Iterator[Drill]:
    name = request.node.originalname.removeprefix("test_").replace("_", " ")
    one = Drill(name, studio, ROWS, SEED)
    try:
        yield one
    finally:
        try:
            one.finish()
        finally:
            _store()  # also of a run that is cut short


def _store() -> Path:
    return table.store(ROWS, seed=SEED, seconds=time.monotonic() - STARTED)
