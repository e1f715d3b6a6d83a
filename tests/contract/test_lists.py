"""Lists cost the same number of queries however long they are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints import services as blueprints
from blueprints.models import ModelCall
from blueprints.references import given
from operations.models import LedgerEntry, Operation
from studio import services
from studio.models import ApiKey


def grow(world, round_):
    """More of everything that lists show."""
    owner = world.people["owner"]
    other = services.create_project(name=f"Project {round_}", template="dashboard", by=owner)
    for project in (world.project, other):
        blueprint = blueprints.create_blueprint(project=project, feature_name=f"Plan {round_}")
        for plan in (blueprint, world.blueprint):
            given.add_url(blueprint=plan, by=owner, url=f"https://example.org/{round_}")
        Operation.objects.create(
            project=project, project_slug=project.slug, type="build", blueprint=blueprint
        )
        LedgerEntry.objects.create(
            blueprint=blueprint,
            item_id=f"ENT-{round_}",
            title="x",
            status="met",
            checked_at=blueprint.created_at,
        )
    reply = blueprints.send_message(
        blueprint=world.blueprint, author=owner, text=f"add Cat{round_}", dispatch=False
    )
    blueprints.answer(reply=reply)
    ModelCall.objects.create(
        project=world.project, blueprint=world.blueprint, message=reply, model="m", status="done"
    )
    services.create_api_key(user=owner, name="more", scopes=ApiKey.Scope.values)


LISTS = [
    "/api/templates",
    "/api/projects",
    "/api/operations",
    "/api/projects/aeries/ledger",
    "/api/projects/aeries/usage",
    "/api/projects/aeries/blueprints",
    "/api/projects/aeries/blueprints/{blueprint}/messages",
    "/api/projects/aeries/blueprints/{blueprint}/versions",
    "/api/projects/aeries/blueprints/{blueprint}/references",
    "/api/operations/{operation}/events",
    "/",
    "/operations/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", LISTS)
def test_a_longer_list_needs_no_more_queries(world, address):
    client = world.client("owner")
    path = address.format(blueprint=world.blueprint.pk, operation=world.pending.pk)
    grow(world, 1)
    client.get(path)  # what is looked up once per process
    with CaptureQueriesContext(connection) as before:
        assert client.get(path).status_code == 200
    for round_ in range(2, 6):
        grow(world, round_)
    with CaptureQueriesContext(connection) as after:
        assert client.get(path).status_code == 200
    assert len(after) <= len(before), [query["sql"][:120] for query in after]
