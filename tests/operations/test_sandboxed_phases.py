"""Commands that phases run in the real sandbox: their lines, their end, and their early end."""

import subprocess
import threading
import uuid

import pytest
from django.db import connection

from operations import services
from operations.engine import runner
from operations.engine.context import LINES_SHOWN
from operations.models import Operation
from tests.operations import tiny
from tests.operations.test_engine import assert_gapless, told, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def shell(script):
    return ["/bin/sh", "-c", script]


def logged(operation):
    return [payload["message"] for payload in told(operation) if payload["type"] == "log"]


def test_lines_become_log_events_in_order(project):
    operation = tiny.start(
        "test_command", project, argv=shell("for n in 1 2 3; do echo line $n; done; exit 3")
    )
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert logged(operation) == ["line 1", "line 2", "line 3"]
    assert operation.result == {"exit_code": 3}
    assert_gapless(operation)


def test_lines_are_told_while_the_command_runs(project):
    operation = tiny.start("test_command", project, argv=shell("echo early; sleep 3; echo late"))
    thread = in_background(operation)
    wait_until(lambda: logged(operation) == ["early"], 2.5)
    thread.join()


def test_endless_talk_is_cut(project):
    operation = tiny.start("test_command", project, argv=shell("seq 1 20000"))
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == Operation.Status.SUCCEEDED
    assert len(logged(operation)) == LINES_SHOWN
    assert logged(operation)[-1] == "… further lines are not shown"


def test_a_cancel_ends_the_command_and_its_children_at_once(project, ada):
    marker = f"sleep 6{uuid.uuid4().int % 10_000:04}"
    operation = tiny.start("test_command", project, argv=shell(f"{marker} & echo started; {marker}"))
    thread = in_background(operation)
    wait_until(lambda: "started" in logged(operation))
    assert running(marker) == 2

    services.cancel(operation=operation, by=ada)
    thread.join(60)

    assert not thread.is_alive()
    operation.refresh_from_db()
    assert operation.status == Operation.Status.CANCELLED
    wait_until(lambda: running(marker) == 0)


def in_background(operation):
    def work():
        runner.run(operation.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def running(command):
    found = subprocess.run(["pgrep", "-fx", command], capture_output=True, text=True, check=False)
    return len(found.stdout.split())
