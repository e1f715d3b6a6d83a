"""Deployments on a real supervisord, a real Caddy and real sandboxes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from pytest_django import Settings

from environments.adapters.programs import Programs
from environments.models import Environment, Release
from environments.ports import DeployError
from environments.sealed import open_secrets, seal_secrets
from environments.services import (
    create_environments,
    deploy,
    destroy_project,
    live_url,
    release_logs,
    release_status,
    restore_live_releases,
)
from studio.core.errors import Conflict
from studio.core.git import repository
from studio.core.sandbox.port import SandboxCancelled
from studio.models import Project
from studio.runtime.supervisor import connect
from tests.core.sandboxes import forbid_namespaces
from tests.environments.machine import Machine, running_machine, wait_until

pytestmark = [pytest.mark.django_db(transaction=True)]

TINY_APP = (Path(__file__).parent / "tiny_app.py").read_text()
MANIFEST = """
components:
  service:
    runtime: python
    requirements: requirements.lock
    commands:
      migrate: [python, app.py, migrate]
      serve: [python, app.py, serve, "${APP_SOCKET}"]
    health: /healthz
"""


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with running_machine() as machine:
        yield machine


@pytest.fixture(autouse=True)
def home(settings: Settings, machine: Machine) -> Path:
    settings.ORCHARD_HOME = machine.home
    settings.ORCHARD_SOCKETS = machine.home / "run"
    settings.SUPERVISOR_SOCKET = machine.home / "run" / "supervisor.sock"
    settings.CADDY_ADMIN_SOCKET = machine.home / "run" / "caddy-admin.sock"
    settings.ORCHARD_DOMAIN = "localhost"
    settings.ORCHARD_URL = f"http://localhost:{machine.port}"
    settings.ORCHARD_ENCRYPTION_KEYS = []
    return machine.home


@pytest.fixture
def staging(project: Project) -> Iterator[Environment]:
    repository(project.pk).ensure()
    yield create_environments(project)["staging"]
    destroy_project(project)
    repository(project.pk).destroy()


def commit(environment: Environment, version: str) -> str:
    files = {
        "app.py": TINY_APP,
        "version.txt": version,
        "requirements.lock": "",
        ".orchard/app.yaml": MANIFEST,
    }
    return repository(environment.project_id).commit_files(branch="main", files=files, message=version)


def bring(environment: Environment, version: str, *, key: str = "") -> Release:
    said: list[str] = []
    return deploy(
        environment=environment, commit=commit(environment, version), key=key or version, log=said.append
    )


def visit(
    environment: Environment, path: str = "/", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    address = httpx.URL(live_url(environment))
    headers = {"Host": address.host, **(headers or {})}
    return httpx.get(f"http://127.0.0.1:{address.port}{path}", headers=headers, timeout=60)


def crash(environment: Environment) -> None:
    address = httpx.URL(live_url(environment))
    httpx.post(f"http://127.0.0.1:{address.port}/crash", headers={"Host": address.host})


def test_a_deployed_commit_answers_at_its_address(staging: Environment) -> None:
    release = bring(staging, "one")
    staging.refresh_from_db()
    assert release.status == "live"
    assert staging.current_release == release
    assert visit(staging).text == "one"
    assert release_status(staging).state in ("starting", "running")


def test_the_app_is_given_its_own_environment_and_nothing_of_the_studios(staging: Environment) -> None:
    bring(staging, "one")
    given = visit(staging, "/environment").json()
    assert given["SECRET_KEY"] == open_secrets(staging)["SECRET_KEY"]
    assert given["BASE_URL"] == live_url(staging)
    assert given["DATABASE_URL"] == "sqlite:////data/db.sqlite3"
    assert set(given) <= {
        *(
            "APP_ENVIRONMENT",
            "APP_SOCKET",
            "DATABASE_URL",
            "SECRET_KEY",
            "ALLOWED_HOSTS",
            "BASE_URL",
            "MEDIA_ROOT",
        ),
        *(
            "FRAME_ANCESTORS",
            "PATH",
            "HOME",
            "LANG",
            "PWD",
            "PYTHONUNBUFFERED",
            "PYTHONDONTWRITEBYTECODE",
            "LC_CTYPE",
        ),
    }


def test_no_command_line_and_no_readable_file_holds_a_secret(staging: Environment, home: Path) -> None:
    bring(staging, "one")
    secret = open_secrets(staging)["SECRET_KEY"].encode()
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(secret in line for line in lines)
    holders = [path for path in home.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert [path.name for path in holders] == ["environment.json"]
    assert holders[0].stat().st_mode & 0o077 == 0


def test_only_its_data_is_writable_for_the_app(staging: Environment) -> None:
    bring(staging, "one")
    assert visit(staging, "/reach").json() == {"/app": False, "/data": True, "/usr": False}


def test_responses_cannot_reach_beyond_the_apps_own_host(staging: Environment) -> None:
    bring(staging, "one")
    headers = visit(staging).headers
    assert headers["Set-Cookie"] == "a=b; Path=/"
    assert "Clear-Site-Data" not in headers
    assert "Service-Worker-Allowed" not in headers


def test_what_a_visitor_claims_about_herself_is_not_believed(staging: Environment) -> None:
    bring(staging, "one")
    claims = {
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    heard = visit(staging, "/headers", headers=claims).json()
    assert (heard["X-Forwarded-For"], heard["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
    assert heard["X-Forwarded-Host"] == visit(staging, "/headers").json()["X-Forwarded-Host"]


def test_an_app_behind_a_proxy_that_ends_tls_is_told_so(staging: Environment, settings: Settings) -> None:
    settings.ORCHARD_SCHEME = "https"
    bring(staging, "one")
    assert visit(staging, "/headers").json()["X-Forwarded-Proto"] == "https"


def test_streams_pass_without_being_held_back(staging: Environment) -> None:
    bring(staging, "one")
    address = httpx.URL(live_url(staging))
    with httpx.stream(
        "GET", f"http://127.0.0.1:{address.port}/stream", headers={"Host": address.host}, timeout=60
    ) as answer:
        assert next(answer.iter_raw()) == b"0\n"  # a line of its own, long before the last


def test_visitors_are_switched_over_without_a_failed_request(staging: Environment) -> None:
    bring(staging, "one")
    answers: list[str] = []
    done = threading.Event()

    def keep_visiting() -> None:
        address = httpx.URL(live_url(staging))
        with httpx.Client(
            base_url=f"http://127.0.0.1:{address.port}", headers={"Host": address.host}
        ) as visitor:
            while not done.is_set():
                answer = visitor.get("/slow" if len(answers) % 40 == 0 else "/")
                answers.append(answer.text if answer.status_code == 200 else f"status {answer.status_code}")

    visitors = [threading.Thread(target=keep_visiting) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        bring(staging, "two")
        bring(staging, "three")
        wait_until(lambda: len(answers) > 200)
    finally:
        done.set()
        for visitor in visitors:
            visitor.join()
    assert set(answers) == {"one", "two", "three"}


def test_the_old_release_ends_in_order_and_leaves_the_machine(staging: Environment, home: Path) -> None:
    first = bring(staging, "one")
    bring(staging, "two")
    first.refresh_from_db()
    assert first.status == "retired"
    assert [path.name for path in (home / "apps/aeries/staging/releases").iterdir()] == ["2"]
    assert [path.name for path in (home / "run/apps.d").iterdir()] == ["aeries-staging-2.conf"]
    assert "ended in order" in (home / f"logs/app-aeries-staging-{first.number}.log").read_text()


def test_a_machine_without_namespaces_deploys_too(
    staging: Environment, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbid_namespaces(monkeypatch, tmp_path)
    bring(staging, "one")
    bring(staging, "two")
    assert visit(staging).text == "two"
    assert visit(staging, "/environment").json()["MEDIA_ROOT"] == f"{home}/apps/aeries/staging/data/media"
    assert "ended in order" in (home / "logs/app-aeries-staging-1.log").read_text()


def test_data_stays_from_release_to_release(staging: Environment, home: Path) -> None:
    bring(staging, "one")
    bring(staging, "two")
    assert (home / "apps/aeries/staging/data/migrated").read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("version", "code", "words"),
    [
        ("sick", "unhealthy", "status 503"),
        ("broken", "unhealthy", "cannot import name 'world'"),
        ("unmigratable", "migrate_failed", "no such column: mood"),
    ],
)
def test_a_release_that_does_not_come_to_life_leaves_the_old_one_serving(
    staging: Environment, monkeypatch: pytest.MonkeyPatch, version: str, code: str, words: str
) -> None:
    bring(staging, "one")
    if version == "sick":  # the only one that is waited for to the end
        monkeypatch.setattr("environments.adapters.deployer_local._HEALTHY_SECONDS", 8)
    with pytest.raises(DeployError) as failure:
        bring(staging, version)
    assert failure.value.code == code
    failed = staging.releases.first()
    assert failed is not None
    assert (failed.number, failed.status) == (2, "failed")
    assert words in failed.error
    assert visit(staging).text == "one"
    staging.refresh_from_db()
    assert staging.current_release is not None
    assert staging.current_release.number == 1


def test_a_crashed_app_comes_back_by_itself(staging: Environment) -> None:
    bring(staging, "one")
    time.sleep(1.1)  # one that ends within its first second has to wait
    crash(staging)
    wait_until(lambda: visit(staging).text == "one")
    assert release_status(staging).restarts == 1


def test_what_the_app_wrote_can_be_read(staging: Environment) -> None:
    bring(staging, "one")
    visit(staging, "/hello")
    staging.refresh_from_db()
    wait_until(lambda: any("GET /hello" in line for line in release_logs(staging, 10)))


def test_a_repeated_key_makes_no_second_release(staging: Environment) -> None:
    first = bring(staging, "one", key="operation-7")
    assert bring(staging, "one", key="operation-7") == first
    assert staging.releases.count() == 1
    with pytest.raises(Conflict):
        bring(staging, "two", key="operation-7")


class WorkerKilled(BaseException):
    """What a killed worker looks like from inside: nothing of ours runs after it."""


@pytest.mark.parametrize("line", ["migrate", "migrated", "Starting", "Live"])
def test_a_deployment_cut_off_anywhere_is_finished_by_the_same_call(staging: Environment, line: str) -> None:
    bring(staging, "one")

    def die(said: str) -> None:
        if said.startswith(line):
            raise WorkerKilled

    sha = commit(staging, "two")
    with pytest.raises(WorkerKilled):
        deploy(environment=staging, commit=sha, key="two", log=die)
    assert visit(staging).text in ("one", "two")
    release = deploy(environment=staging, commit=sha, key="two", log=lambda _: None)
    assert (release.number, release.status) == (2, "live")
    assert visit(staging).text == "two"


class LeaseLost(BaseException):
    """What a worker hears whose work belongs to somebody else by now."""


def cut_off_before_it_is_live(environment: Environment, sha: str) -> None:
    """Visitors are sent to it, and nobody has decided that they are."""

    def die() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        deploy(environment=environment, commit=sha, key="two", log=lambda _: None, on_live=die)


def test_who_lost_a_deployment_touches_nothing_of_it(staging: Environment) -> None:
    """Whoever goes on may have sent the visitors there."""
    bring(staging, "one")
    sha = commit(staging, "two")
    cut_off_before_it_is_live(staging, sha)
    assert visit(staging).text == "two"
    assert list(staging.releases.values_list("status", flat=True)) == ["preparing", "live"]
    assert deploy(environment=staging, commit=sha, key="two", log=lambda _: None).status == "live"


def test_nor_gives_it_up(staging: Environment) -> None:
    bring(staging, "one")
    lost: list[bool] = []

    def fail() -> None:
        lost.append(True)
        raise Conflict("Something else went wrong at that moment.")

    def cancelled() -> bool:
        if lost:
            raise LeaseLost
        return False

    with pytest.raises(LeaseLost):
        deploy(
            environment=staging,
            commit=commit(staging, "two"),
            key="two",
            log=lambda _: None,
            cancelled=cancelled,
            on_live=fail,
        )
    assert visit(staging).text == "two"
    assert list(staging.releases.values_list("status", flat=True)) == ["preparing", "live"]


def test_cancelled_after_it_was_cut_off_it_gives_visitors_back_to_what_is_live(
    staging: Environment, home: Path
) -> None:
    bring(staging, "one")
    sha = commit(staging, "two")
    cut_off_before_it_is_live(staging, sha)
    with pytest.raises(SandboxCancelled):
        deploy(environment=staging, commit=sha, key="two", log=lambda _: None, cancelled=lambda: True)
    assert visit(staging).text == "one"
    assert list(staging.releases.values_list("status", flat=True)) == ["failed", "live"]
    assert [path.name for path in (home / "run/apps.d").iterdir()] == ["aeries-staging-1.conf"]


def test_cancelled_where_nothing_was_live_it_leaves_no_route(staging: Environment) -> None:
    sha = commit(staging, "two")
    cut_off_before_it_is_live(staging, sha)
    with pytest.raises(SandboxCancelled):
        deploy(environment=staging, commit=sha, key="two", log=lambda _: None, cancelled=lambda: True)
    assert visit(staging).status_code == 404


def test_a_failed_deployment_can_be_tried_again(staging: Environment, machine: Machine) -> None:
    bring(staging, "one")
    machine.stop_caddy()
    with pytest.raises(DeployError) as failure:
        bring(staging, "two")
    assert failure.value.retryable
    machine.start_caddy()
    restore_live_releases()
    assert visit(staging).text == "one"
    assert bring(staging, "two").number == 2
    assert visit(staging).text == "two"


def test_a_cancelled_deployment_changes_nothing_for_visitors(staging: Environment) -> None:
    bring(staging, "one")
    with pytest.raises(SandboxCancelled):
        deploy(
            environment=staging,
            commit=commit(staging, "two"),
            key="two",
            log=lambda _: None,
            cancelled=lambda: True,
        )
    assert visit(staging).text == "one"
    assert list(staging.releases.values_list("status", flat=True)) == ["failed", "live"]


def test_an_older_deployment_does_not_replace_a_newer_release(staging: Environment) -> None:
    old = commit(staging, "one")
    new = commit(staging, "two")

    def overtake(said: str) -> None:
        if said.startswith("Starting"):
            deploy(environment=staging, commit=new, key="new", log=lambda _: None)

    with pytest.raises(Conflict):
        deploy(environment=staging, commit=old, key="old", log=overtake)
    assert visit(staging).text == "two"


def test_a_gateway_that_lost_its_memory_gets_its_routes_back(staging: Environment, machine: Machine) -> None:
    bring(staging, "one")
    machine.stop_caddy()
    machine.start_caddy()
    assert visit(staging).status_code == 404
    assert restore_live_releases() == []
    assert visit(staging).text == "one"


def test_a_live_release_that_was_stopped_comes_back_with_its_present_secrets(staging: Environment) -> None:
    bring(staging, "one")
    with connect(Path(settings.SUPERVISOR_SOCKET)) as server:
        server.supervisor.stopProcess("aeries-staging-1")
    seal_secrets(staging, {"SECRET_KEY": "another"}, replacing=staging.secrets)
    assert restore_live_releases() == []
    assert visit(staging, "/environment").json()["SECRET_KEY"] == "another"


def test_a_repository_that_does_not_say_how_to_run_is_refused_clearly(staging: Environment) -> None:
    sha = repository(staging.project_id).commit_files(branch="main", files={"a": "b"}, message="Empty")
    with pytest.raises(DeployError, match=r"no \.orchard/app\.yaml"):
        deploy(environment=staging, commit=sha, key="x", log=lambda _: None)


def test_destroying_a_project_leaves_nothing_of_it(staging: Environment, home: Path) -> None:
    bring(staging, "one")
    destroy_project(staging.project)
    assert visit(staging).status_code == 404
    assert not list(home.rglob("*aeries*"))
    assert not list((home / "run/hosts").iterdir())
    assert not Environment.objects.exists()
    destroy_project(staging.project)


def test_a_destruction_that_was_cut_off_is_completed_by_the_next(staging: Environment, home: Path) -> None:
    """It had taken the program's file away, and the program still ran."""
    bring(staging, "one")
    [program] = (home / "run/apps.d").glob("*.conf")
    program.unlink()
    assert Programs().state(program.stem)
    destroy_project(staging.project)
    assert not Programs().state(program.stem)
    assert not list((home / "run/apps").iterdir())


def test_an_app_cannot_lead_its_visitors_to_a_socket_of_the_studio(staging: Environment, home: Path) -> None:
    bring(staging, "one")
    assert visit(staging, "/elsewhere").text == "done"
    assert [socket.is_symlink() for socket in (home / "run" / "apps").rglob("app/app.sock")] == [True]
    assert visit(staging, "/config/").text == "one"
    time.sleep(1.1)  # one that ends within its first second has to wait
    crash(staging)
    wait_until(lambda: visit(staging).text == "one")


def test_a_health_page_without_end_holds_up_no_deployment(staging: Environment) -> None:
    assert bring(staging, "talkative").status == "live"
