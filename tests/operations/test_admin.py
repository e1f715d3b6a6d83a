"""Operators see operations in the admin and act through the same services as everybody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations import services
from operations.admin import COUNTED
from operations.engine import events
from operations.models import Operation
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(client, ada):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    client.force_login(ada)
    return client


def act(operator, action, operation):
    return operator.post(
        "/admin/operations/operation/",
        {"action": action, "_selected_action": [str(operation.pk)]},
        follow=True,
    )


def test_operations_are_listed_and_shown_but_not_edited(operator, project):
    operation = tiny.start("build", project)
    assert operation.project_slug in operator.get("/admin/operations/operation/").content.decode()
    page = operator.get(f"/admin/operations/operation/{operation.pk}/change/")
    assert page.status_code == 200
    assert 'name="status"' not in page.content.decode()
    assert operator.get("/admin/operations/operation/add/").status_code == 403
    assert operator.get(f"/admin/operations/operation/{operation.pk}/delete/").status_code == 403


def test_cancel_and_retry_are_the_services(operator, project):
    operation = tiny.start("test_two", project)
    act(operator, "cancel", operation)
    operation.refresh_from_db()
    assert operation.status == Operation.Status.CANCELLED
    act(operator, "retry", operation)
    operation.refresh_from_db()
    assert operation.status == Operation.Status.PENDING


def test_what_a_service_refuses_is_told(operator, project):
    operation = tiny.start("test_two", project)
    page = act(operator, "retry", operation)
    assert "Only a failed or cancelled operation can be retried" in page.content.decode()


def test_keys_are_shown_with_what_they_were_answered_with(operator, project, ada):
    teardown = services.start_teardown(project=project, by=ada, idempotency_key="once-please")
    page = operator.get("/admin/operations/idempotencykey/").content.decode()
    assert "once-please" in page and str(teardown) in page


def test_the_list_counts_up_to_a_bound_and_asks_as_often_for_many_as_for_few(operator, project):
    for _ in range(3):
        tiny.start("build", project)
    path = "/admin/operations/operation/"
    with CaptureQueriesContext(connection) as few:
        operator.get(path)
    for _ in range(10):
        tiny.start("build", project)
    with CaptureQueriesContext(connection) as many:
        page = operator.get(path).content.decode()
    assert len(many) == len(few)
    assert "13 operations" in page
    counts = [query["sql"] for query in many.captured_queries if "COUNT(" in query["sql"]]
    assert counts
    assert all(f"LIMIT {COUNTED}" in sql for sql in counts if '"operations"' in sql)


def test_operations_are_filtered_and_found(operator, project, other_project):
    mine, other = tiny.start("build", project), tiny.start("test_two", other_project)
    for query, seen in (
        ("?type__exact=build", [True, False]),
        ("?status__exact=failed", [False, False]),
        ("?q=aeries", [True, False]),
        ("?q=Bakery", [False, True]),
        (f"?q={str(other.pk)[:13]}", [False, True]),
        ("?q=%00", [True, True]),
        ("?q=nothing", [False, False]),
    ):
        page = operator.get(f"/admin/operations/operation/{query}").content.decode()
        assert [f"/{row.pk}/change/" in page for row in (mine, other)] == seen, query


def test_events_are_read_page_by_page(operator, project):
    operation = tiny.start("build", project)
    lines = [events.log_event(f"line {number}.", "spec") for number in range(1, 151)]
    events.write(operation.pk, lines)
    path = f"/admin/operations/operation/{operation.pk}/change/"
    newest = operator.get(path).content.decode()
    assert "line 150." in newest and "line 51." in newest and "line 50." not in newest
    older = operator.get(f"{path}?before=51").content.decode()
    assert "line 50." in older and "line 1." in older and "line 51." not in older
    assert operator.get(f"{path}?before=nonsense").status_code == 200


def test_a_sweep_puts_back_what_was_lost(operator, project):
    operation = tiny.start("test_two", project)
    Operation.objects.filter(pk=operation.pk).update(status="running", fence=1, worker="gone")
    page = act(operator, "sweep", operation)
    assert "1 put back" in page.content.decode()
    operation.refresh_from_db()
    assert operation.status == Operation.Status.PENDING


def test_staff_without_the_permission_may_neither_see_nor_act(operator, ada, project):
    operation = tiny.start("test_two", project)
    ada.is_superuser = False
    ada.save()
    assert operator.get("/admin/operations/operation/").status_code == 403
    assert act(operator, "cancel", operation).status_code == 403
    operation.refresh_from_db()
    assert operation.status == Operation.Status.PENDING
