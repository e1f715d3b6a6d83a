"""What every test may ask for: the cast, a project, API clients, a Redis, a browser, a live Studio.

Ada owns the project, Ben edits it, Cleo must see nothing of it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_timeout
from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from studio import services
from studio.core import hub
from studio.models import ApiKey, Membership, Project
from studio.runtime import binaries
from tests.egress.places import SITE
from tests.live import LiveStudio

BROWSER_FIXTURES = {"page", "context", "browser"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright leaves its event loop running in the thread, where no
    asyncio test can run afterwards."""
    items.sort(key=lambda item: bool(BROWSER_FIXTURES & set(getattr(item, "fixturenames", ()))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure against a live Studio shows what the Studio wrote."""
    report = yield
    live = getattr(item, "funcargs", {}).get("live_studio")
    if report.failed and live is not None:
        report.sections.append(("Studio", live.tell()))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """pytest-timeout sets its clock once for a test, so that a rerun would have none."""
    if getattr(item, "execution_count", 1) > 1:
        item.config.hook.pytest_timeout_set_timer(item=item, settings=pytest_timeout._get_item_settings(item))


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[None]:
    """A Valkey where the settings expect it, unless they name another."""
    if not settings.REDIS_IS_EMBEDDED:
        yield
        return
    path = Path(settings.REDIS_SOCKET)
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [
        binaries.redis_server(),
        "--port",
        "0",
        "--unixsocket",
        path,
        "--save",
        "",
        "--dir",
        path.parent,
    ]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    while not path.exists():
        assert server.poll() is None, "the Redis server for tests does not start"
        time.sleep(0.01)
    yield
    server.terminate()
    server.wait()


@pytest.fixture(autouse=True)
def empty_redis(redis_server: None) -> None:
    hub.client().flushdb()  # workers may share a server, not a database of it


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", "ada@example.org", "apples-and-pears")


@pytest.fixture
def ben(db: None) -> User:
    return User.objects.create_user("ben", "ben@example.org", "apples-and-pears")


@pytest.fixture
def cleo(db: None) -> User:
    return User.objects.create_user("cleo", "cleo@example.org", "apples-and-pears")


@pytest.fixture
def project(ada: User, ben: User) -> Project:
    """Ada's "Aeries", which Ben edits too."""
    project = services.create_project(name="Aeries", template="social-world", by=ada)
    Membership.objects.create(project=project, user=ben, role=Membership.Role.EDITOR)
    return project


@pytest.fixture
def vera(db: None, project: Project) -> User:
    """Vera may look at Ada's project, no more."""
    user = User.objects.create_user("vera", "vera@example.org", "apples-and-pears")
    Membership.objects.create(project=project, user=user, role=Membership.Role.VIEWER)
    return user


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """`api(ada)` speaks JSON with a key of Ada's; `scopes` narrows what the key may do."""

    def client_of(user: User, scopes: Sequence[str] = ApiKey.Scope.values) -> APIClient:
        _, secret = services.create_api_key(user=user, name="tests", scopes=scopes)
        client = APIClient()
        client.default_format = "json"
        client.credentials(HTTP_X_API_KEY=secret)
        return client

    return client_of


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    executable = binaries.chromium()
    assert executable is not None, "no Chromium found: `make test` installs one"
    arguments = ["--no-sandbox", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": str(executable), "args": arguments}


@pytest.fixture(scope="session")
def live_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """One whole Studio for all tests that need real processes; they make their own projects in it."""
    # References may lead to the small internet of tests/egress/places.py.
    studio = LiveStudio(tmp_path_factory.mktemp("live"), ORCHARD_CAPTURE_ALLOW=SITE)
    try:
        yield studio.start()
    finally:
        studio.close()
