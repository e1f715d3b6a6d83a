"""The last phase of a teardown, alone: the rows go, and are locked in the order in which all lock."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints import services as blueprints
from blueprints.models import Blueprint
from operations import services
from operations.engine import lease
from operations.engine.context import RunningPhase
from operations.engine.heartbeat import Heartbeat
from operations.models import Operation
from operations.phases import forget
from studio.models import Project

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_forgotten_project_leaves_the_operation_as_its_record(project, ada):
    blueprint = blueprints.create_blueprint(project=project, feature_name="Cats")
    operation = services.start_teardown(project=project, by=ada)
    claim = lease.take(operation.pk, worker="tests")
    assert claim is not None
    phase = operation.phases.get(slug="forget")
    with CaptureQueriesContext(connection) as queries:
        forget.run(RunningPhase(operation, phase, claim, Heartbeat(claim)))

    assert not Project.objects.filter(pk=project.pk).exists()
    assert not Blueprint.objects.filter(pk=blueprint.pk).exists()
    left = Operation.objects.get(pk=operation.pk)
    assert (left.project, left.project_slug) == (None, project.slug)
    if connection.features.has_select_for_update:
        touched = [
            query["sql"]
            for query in queries
            if "FOR UPDATE" in query["sql"] or query["sql"].startswith(("UPDATE", "DELETE"))
        ]
        assert '"projects"' in touched[0], "the project before its operation"
