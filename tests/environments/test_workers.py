"""A worker beside the service: the same release, settings and data; started, stopped and watched with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from environments.models import Environment
from environments.ports import DeployError
from environments.services import deploy, destroy_project, release_logs, release_status
from studio.core.git import repository
from tests.environments.machine import wait_until
from tests.environments.test_deploy import (  # noqa: F401 (fixtures)
    MANIFEST,
    TINY_APP,
    home,
    machine,
    staging,
    visit,
)

pytestmark = [pytest.mark.django_db(transaction=True)]

WITH_WORKER = f"""{MANIFEST}
  worker:
    runtime: python
    commands:
      serve: [python, app.py, work]
    health: /health/worker
"""


def bring(environment: Environment, version: str) -> None:
    files = {
        "app.py": TINY_APP,
        "version.txt": version,
        "requirements.lock": "",
        ".orchard/app.yaml": WITH_WORKER,
    }
    commit = repository(environment.project_id).commit_files(branch="main", files=files, message=version)
    deploy(environment=environment, commit=commit, key=version, log=lambda line: None)
    environment.refresh_from_db()


def test_the_worker_is_there_when_the_release_is_live_and_goes_with_it(
    staging: Environment,  # noqa: F811
    home: Path,  # noqa: F811
) -> None:
    bring(staging, "one")
    assert visit(staging, "/health/worker").text.endswith(" one")
    assert release_status(staging).state in ("starting", "running")

    bring(staging, "two")
    assert visit(staging, "/health/worker").status_code == 200
    assert "work ended in order" in (home / "logs/app-aeries-staging-1.worker.log").read_text()
    assert [path.name for path in (home / "run/apps.d").iterdir()] == ["aeries-staging-2.conf"]

    destroy_project(staging.project)
    assert list((home / "run/apps.d").iterdir()) == []
    assert list((home / "logs").glob("app-aeries-*")) == []


def test_a_worker_that_crashes_comes_back_while_the_service_stays(staging: Environment) -> None:  # noqa: F811
    bring(staging, "one")
    first = visit(staging, "/health/worker").text
    time.sleep(1.1)  # one that ends within its first second has to wait
    visit(staging, "/break-worker")
    wait_until(lambda: visit(staging, "/health/worker").text not in (first, "no worker"))
    wait_until(lambda: release_status(staging).restarts == 1)


def test_a_release_whose_worker_does_not_stay_is_not_taken_live(staging: Environment) -> None:  # noqa: F811
    bring(staging, "one")
    with pytest.raises(DeployError) as failure:
        bring(staging, "idle")
    assert "lost its worker" in failure.value.message
    assert "nothing to do" in "".join(failure.value.details["lines"])
    assert visit(staging).text == "one"


def test_what_both_wrote_can_be_read(staging: Environment) -> None:  # noqa: F811
    bring(staging, "one")
    visit(staging, "/hello")

    def told() -> str:
        return "\n".join(release_logs(staging, 20))

    wait_until(lambda: "GET /hello" in told() and "working" in told())
