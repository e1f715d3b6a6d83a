"""From a request that starts an operation to its first phase: each statement is a round trip to PostgreSQL."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations import services
from operations.engine import events, runner
from operations.models import Operation, OperationEvent
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_start_takes_few_statements(project, ada):
    with CaptureQueriesContext(connection) as start:
        _, operation = services.start_project(
            name="Pears", template="blank-service", by=ada, idempotency_key="once"
        )
    queued = [each["sql"] for each in start]
    queued = queued[next(at for at, sql in enumerate(queued) if 'INSERT INTO "operations"' in sql) :]
    assert len(queued) <= 10
    assert not [sql for sql in queued if sql.startswith("SAVEPOINT")]
    assert operation.last_seq == OperationEvent.objects.get(operation=operation).seq == 1


def test_a_claim_comes_to_its_first_event_in_few_statements(project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    with CaptureQueriesContext(connection) as run:
        runner.run(operation.pk)
    statements = [each["sql"] for each in run]
    first = next(at for at, sql in enumerate(statements) if 'INSERT INTO "operation_events"' in sql)
    assert first <= 10
    assert not [sql for sql in statements[:first] if sql.startswith("SAVEPOINT")]
    reads = [sql for sql in statements if sql.startswith("SELECT") and '"operation_phases"."attempt"' in sql]
    assert len(reads) == 1
    assert Operation.objects.get(pk=operation.pk).status == "succeeded"


def test_an_event_that_cannot_be_stored_undoes_the_change_around_it(project):
    from django.db import IntegrityError, transaction

    operation = tiny.start("test_two", project)
    OperationEvent.objects.create(
        operation=operation, seq=operation.last_seq + 1, event_type="log", payload={}
    )

    def change():
        with transaction.atomic():
            Operation.objects.filter(pk=operation.pk).update(current_phase="first")
            events.write(operation.pk, [events.log_event("one")])

    with pytest.raises(IntegrityError):
        change()
    found = Operation.objects.get(pk=operation.pk)
    assert (found.current_phase, found.last_seq) == ("", operation.last_seq)
