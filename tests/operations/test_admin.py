"""Operators see operations in the admin and act through the same services as everybody."""

import pytest

from operations import services
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
