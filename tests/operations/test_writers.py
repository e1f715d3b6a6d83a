"""Several processes write at once, under the settings of production: none is turned away."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

from blueprints.services import ensure_blueprint
from tests.operations import tiny
from tests.operations.test_engine import assert_gapless
from tests.operations.test_lost_workers import database_url

WRITERS = 4
TRANSACTIONS = 60


@pytest.mark.django_db(transaction=True)
def test_four_writers_never_meet_a_locked_database(project, tmp_path):
    operation = tiny.start("test_two", project)
    blueprint = ensure_blueprint(project=project)
    events, messages = operation.last_seq, blueprint.messages.count()
    gate = tmp_path / "gate"
    environment = os.environ | {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}
    writers = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.operations.writer"),
                *(str(operation.pk), str(blueprint.pk), str(TRANSACTIONS), str(gate)),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(WRITERS)
    ]
    try:
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        gate.touch()
        said = [writer.communicate()[0] for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert [writer.returncode for writer in writers] == [0] * WRITERS, "\n".join(said)
    operation.refresh_from_db()
    assert operation.last_seq == events + WRITERS * TRANSACTIONS // 2
    assert_gapless(operation)
    numbers = blueprint.messages.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, messages + WRITERS * TRANSACTIONS // 2 + 1))
