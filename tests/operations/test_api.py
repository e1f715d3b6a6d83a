"""Projects and operations over HTTP."""

import io
import uuid
import zipfile

import pytest

from blueprints.models import Blueprint
from blueprints.services import create_blueprint
from operations.engine import ending, events
from operations.models import LedgerEntry, Operation
from studio.core.git import repository
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def blueprint(project):
    return create_blueprint(project=project, feature_name="Recipe box")


def test_making_a_project_answers_with_its_operation(api, ada):
    answer = api(ada).post("/api/projects", {"name": "Grove", "template": "blank-service"})
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert (made["slug"], made["status"]) == ("grove", "spawning")
    operation = api(ada).get(f"/api/operations/{made['operationId']}").json()["data"]
    assert (operation["type"], operation["status"], operation["queuePosition"]) == ("spawn", "pending", 1)
    assert [phase["slug"] for phase in operation["phases"]] == [
        "repository",
        "environments",
        "skeleton",
        "verify",
    ]
    for key in ("grove", "Grove", made["id"]):
        assert api(ada).get(f"/api/projects/{key}").json()["data"]["id"] == made["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Aeries"}, 409),
        ({"name": "staging"}, 422),
        ({"name": "  "}, 422),
        ({"name": "Grove", "template": "nothing"}, 422),
        ({"name": "Grove", "colour": "red"}, 422),
        ({}, 422),
        ([], 422),
    ],
)
def test_a_project_that_cannot_be_is_explained(api, ada, project, body, status):
    answer = api(ada).post("/api/project", body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= answer.json().keys()
    assert not Operation.objects.exists()


def test_an_idempotency_key_answers_again_with_the_same(api, ada):
    client, body = api(ada), {"name": "Grove"}
    answers = [client.post("/api/projects", body, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (
        client.post("/api/projects", {"name": "Meadow"}, headers={"Idempotency-Key": "k"}).status_code == 409
    )


def test_a_build_that_is_not_ready_is_refused_with_blockers(api, ada, project, blueprint):
    answer = api(ada).post(f"/api/projects/aeries/blueprints/{blueprint.pk}/build")
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_ready"
    assert answer.json()["blockers"]


@pytest.mark.parametrize("path", ["/api/projects/aeries/blueprints/{}/build", "/api/operations"])
def test_a_build_answers_with_its_operation(api, ada, project, blueprint, path):
    Blueprint.objects.filter(pk=blueprint.pk).update(ready_to_build=True, blockers=[])
    body = (
        {} if "build" in path else {"type": "build", "projectId": "aeries", "blueprintId": str(blueprint.pk)}
    )
    answer = api(ada).post(path.format(blueprint.pk), body)
    assert answer.status_code == 202
    assert Operation.objects.get(pk=answer.json()["data"]["operationId"]).blueprint == blueprint


def test_operations_are_listed_by_project_status_and_type(api, ada, project, other_project):
    one = tiny.start("build", project)
    two = tiny.start("spawn", other_project)
    Operation.objects.filter(pk=two.pk).update(status="failed")

    def ids(query):
        return [item["id"] for item in api(ada).get(f"/api/operations?{query}").json()["data"]]

    assert ids("") == [str(two.pk), str(one.pk)]
    assert ids("project=aeries") == [str(one.pk)]
    assert ids("status=failed,cancelled") == [str(two.pk)]
    assert ids("type=build") == [str(one.pk)]
    assert api(ada).get("/api/operations?status=lost").status_code == 422
    assert api(ada).get("/api/operations?project=nowhere").status_code == 404


def test_lists_are_paged_and_cost_the_same_however_long(api, ada, project, django_assert_max_num_queries):
    for _ in range(7):
        tiny.start("build", project)
    client, seen, cursor = api(ada), [], ""
    while cursor is not None:
        with django_assert_max_num_queries(8):
            page = client.get(
                f"/api/operations?limit=3&cursor={cursor}" if cursor else "/api/operations?limit=3"
            ).json()
        seen += [item["id"] for item in page["data"]]
        cursor = page["nextCursor"]
    assert len(seen) == len(set(seen)) == 7


def test_the_project_list_costs_the_same_however_long(
    api, ada, project, other_project, django_assert_max_num_queries
):
    client = api(ada)
    with django_assert_max_num_queries(6):
        assert [item["slug"] for item in client.get("/api/projects").json()["data"]] == ["bakery", "aeries"]


def test_events_are_listed_behind_a_number(api, ada, project):
    operation = tiny.start("test_two", project)
    events.write(operation.pk, [events.log_event(str(n)) for n in range(5)])
    page = api(ada).get(f"/api/operations/{operation.pk}/events?after=2&limit=2").json()
    assert [item["seq"] for item in page["data"]] == [3, 4]
    assert page["data"][0]["data"] == {"type": "log", "phase": "", "message": "2"}
    assert page["nextCursor"]


def test_cancel_and_retry(api, ada, project, effects):
    operation = tiny.start("test_two", project, effects=str(effects))
    client, path = api(ada), f"/api/operations/{operation.pk}"
    assert client.post(f"{path}/cancel").json()["data"]["status"] == "cancelled"
    assert client.post(f"{path}/cancel").status_code == 202, "asking again changes nothing"
    answer = client.post(f"{path}/retry", {"fromPhase": "first"})
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "pending")
    assert client.post(f"{path}/retry", {}).status_code == 409


def test_deleting_a_project_starts_its_teardown(api, ada, ben, project):
    assert api(ben).delete("/api/projects/aeries").status_code == 403, "editors may not"
    answer = api(ada).delete("/api/project/aeries")
    assert answer.status_code == 202
    assert answer.json()["data"]["type"] == "teardown"
    assert api(ada).get("/api/projects/aeries").json()["data"]["status"] == "deleting"


def test_the_ledger_lists_every_item(api, ada, project, blueprint, django_assert_max_num_queries):
    from django.utils import timezone

    LedgerEntry.objects.create(
        blueprint=blueprint, item_id="ENT-1", title="Recipe", status="met", checked_at=timezone.now()
    )
    answer = api(ada).get("/api/projects/aeries/ledger").json()
    assert [(item["itemId"], item["status"]) for item in answer["data"]] == [("ENT-1", "met")]


def test_the_archive_is_the_repository(api, ada, project):
    assert api(ada).get("/api/projects/aeries/archive.zip").status_code == 404
    code = repository(project.pk)
    code.ensure()
    code.commit_files(branch="main", files={"README.md": "Hello"}, message="Begin")
    answer = api(ada).get("/api/projects/aeries/archive.zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.read("aeries/README.md") == b"Hello"


def test_the_stream_is_served_with_a_key(api, ada, project):
    operation = tiny.start("test_two", project)

    Operation.objects.filter(pk=operation.pk).update(status="running")
    ending.succeed(operation.pk, {}, guard=events.Q())
    client = api(ada)
    assert client.get(f"/api/operations/{operation.pk}/stream?after=1").status_code == 204
    assert client.get(f"/api/operations/{operation.pk}/stream?after=x").status_code == 400


FOREIGN = [
    ("get", "/api/projects/aeries"),
    ("delete", "/api/projects/aeries"),
    ("get", "/api/projects/aeries/ledger"),
    ("get", "/api/projects/aeries/archive.zip"),
    ("post", "/api/projects/aeries/blueprints/{blueprint}/build"),
    ("get", "/api/operations/{operation}"),
    ("get", "/api/operations/{operation}/events"),
    ("get", "/api/operations/{operation}/stream"),
    ("post", "/api/operations/{operation}/cancel"),
    ("post", "/api/operations/{operation}/retry"),
]


@pytest.mark.parametrize(("method", "path"), FOREIGN)
def test_strangers_find_nothing(api, cleo, project, blueprint, method, path):
    operation = tiny.start("test_two", project)
    path = path.format(operation=operation.pk, blueprint=blueprint.pk)
    answer = getattr(api(cleo), method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    operation.refresh_from_db()
    assert operation.status == "pending"
    assert api(cleo).get("/api/operations").json()["data"] == []
    assert api(cleo).get("/api/projects").json()["data"] == []


@pytest.mark.parametrize(("method", "path"), [entry for entry in FOREIGN if entry[0] != "get"])
def test_viewers_change_nothing(api, vera, project, blueprint, method, path):
    operation = tiny.start("test_two", project)
    path = path.format(operation=operation.pk, blueprint=blueprint.pk)
    assert getattr(api(vera), method)(path).status_code == 403


def test_a_reading_key_starts_nothing(api, ada, project):
    client = api(ada, scopes=["projects:read"])
    assert client.post("/api/projects", {"name": "Grove"}).status_code == 403
    assert client.get(f"/api/operations/{uuid.uuid4()}").status_code == 404
