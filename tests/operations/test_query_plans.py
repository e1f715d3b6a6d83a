"""Lists, pages and replays find their rows by an index, on whichever database the tests run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations.models import Operation, OperationEvent
from studio.services import create_project
from tests.plans import plan_of, plans_of

pytestmark = pytest.mark.django_db

TABLES = ("operations", "operation_events")
BY_INDEX = {
    "/operations/": "operations_of_project",
    "/operations/?status=failed": "operations_by_status",
    "/operations/?status=failed,cancelled": "operations_by_status",
    "/operations/?type=build": "operations_by_type",
    "/operations/?project=aeries": "operations_of_project",
    "/operations/?until=1h": "operations_of_project",
    "/api/operations": "operations_of_project",
    "/api/operations?status=failed": "operations_by_status",
    "/operations/{long}/": "",
    "/api/operations/{long}/events?after=30&limit=5": "",
}


@pytest.fixture
def crowd(project, ada):
    """Several projects with some operations each, one operation with many events; the planner knows."""
    now = timezone.now()
    for number in range(8):
        other = create_project(name=f"Orchard {number}", template="blank-service", by=ada)
        for owner in (other, project):
            Operation.objects.bulk_create(
                Operation(
                    project=owner,
                    project_slug=owner.slug,
                    type="build",
                    status=("succeeded", "failed", "cancelled")[place % 3],
                    requested_by=ada,
                )
                for place in range(30)
            )
    everything = list(Operation.objects.all())
    for place, operation in enumerate(everything):
        operation.created_at = now - timedelta(minutes=place)
    Operation.objects.bulk_update(everything, ["created_at"])
    long = Operation.objects.filter(project=project).first()
    OperationEvent.objects.bulk_create(
        OperationEvent(
            operation=operation, seq=seq, event_type="log", payload={"type": "log", "message": "x"}
        )
        for operation in [long, *Operation.objects.exclude(pk=long.pk)[:20]]
        for seq in range(1, 61)
    )
    Operation.objects.filter(pk=long.pk).update(last_seq=60)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            for way in ("seqscan", "hashjoin", "mergejoin"):  # the best for tables this small
                cursor.execute(f"SET LOCAL enable_{way} = off")
    return long


@pytest.mark.parametrize("address", BY_INDEX)
def test_what_is_asked_often_is_found_by_an_index(crowd, ada, client, address):
    client.force_login(ada)
    path = address.format(long=crowd.pk)
    client.get(path)  # what is looked up once per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    plans = plans_of(captured.captured_queries, *TABLES)
    assert plans
    assert [plan.sql for plan in plans if not plan.indexes] == []
    if connection.vendor == "sqlite":  # PostgreSQL weighs several indexes of so few rows against each other
        assert [plan.sql for plan in plans if plan.scans] == []
        assert BY_INDEX[address] in {"", *(index for plan in plans for index in plan.indexes)}


def test_a_replay_reads_the_events_it_sends_and_no_others(crowd):
    rows = OperationEvent.objects.filter(operation=crowd, seq__gt=30, seq__lte=60).order_by("seq")
    with CaptureQueriesContext(connection) as captured:
        assert len(rows.values_list("seq", "payload")[:500]) == 30
    (plan,) = plans_of(captured.captured_queries, "operation_events")
    assert plan.scans == ()
    assert plan.indexes


def test_a_plan_without_an_index_is_seen(crowd):
    plan = plan_of('SELECT "id" FROM "operations" WHERE "worker" = \'nobody\'')
    assert "operations" in plan.scans
