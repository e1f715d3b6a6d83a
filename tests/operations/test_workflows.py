"""Spawn, build and teardown for real: git, generator, sandbox, supervisord and Caddy on one machine."""

import json
from importlib import import_module

import httpx
import pytest
from django.db.models import Q

from blueprints.models import Blueprint
from blueprints.schemas import BlueprintDocument, Entity, EntityField, Rule
from blueprints.services import create_blueprint
from environments.models import Environment
from environments.services import live_url
from operations import services
from operations.engine import ending, runner
from operations.engine.workflow import PhaseFailed, known_types, workflow_for
from operations.models import LedgerEntry, Operation
from operations.phases import implement, spec
from operations.phases import test as test_phase
from operations.workshop.generation import generate
from operations.workshop.plans import skeleton_of
from operations.workshop.visits import visitor
from studio.core.git import repository
from studio.models import Project
from tests.environments.machine import running_machine
from tests.operations.quiet import QuietContext
from tests.operations.test_engine import assert_gapless, told

pytestmark = [pytest.mark.django_db(transaction=True)]

Status = Operation.Status


@pytest.fixture(scope="module")
def machine():
    with running_machine() as machine:
        yield machine


@pytest.fixture(autouse=True)
def home(settings, machine):
    settings.ORCHARD_HOME = machine.home
    settings.ORCHARD_SOCKETS = machine.home / "run"
    settings.SUPERVISOR_SOCKET = machine.home / "run" / "supervisor.sock"
    settings.CADDY_ADMIN_SOCKET = machine.home / "run" / "caddy-admin.sock"
    settings.ORCHARD_URL = f"http://localhost:{machine.port}"
    return machine.home


@pytest.fixture
def live(ada):
    """A project that has come to life, gone from the machine afterwards."""
    project, operation = services.start_project(name="Grove", template="blank-service", by=ada)
    finished(operation)
    project.refresh_from_db()
    yield project
    if Project.objects.filter(pk=project.pk).exists():
        finished(services.start_teardown(project=project, by=ada))


def finished(operation):
    runner.run(operation.pk)
    operation.refresh_from_db()
    assert_gapless(operation)
    return operation


def planned(project, name="Recipes", *, entity="Recipe", fields=("title",), rules=()):
    """A plan that is ready, as a conversation would have left it."""
    blueprint = create_blueprint(project=project, feature_name=name)
    document = blueprint.document
    columns = [EntityField(id=document.new_id("FLD"), name=field) for field in fields]
    document.sections.data_model.entities.append(
        Entity(id=document.new_id("ENT"), name=entity, fields=columns)
    )
    for text in rules:
        document.sections.behaviors.rules.append(Rule(id=document.new_id("RULE"), text=text))
    return becomes(blueprint, document)


def becomes(blueprint: Blueprint, document: BlueprintDocument) -> Blueprint:
    blueprint.document = document
    blueprint.ready_to_build, blueprint.blockers = True, []
    blueprint.version += 1
    blueprint.save()
    return blueprint


def get(project, path, environment="staging"):
    with visitor(live_url(project.environments.get(name=environment))) as app:
        return app.get(path)


def phases(operation):
    return [(event["phase"], event["status"]) for event in told(operation) if event["type"] == "phase"]


def test_every_phase_is_the_module_of_its_name():
    for type_ in ("spawn", "build", "teardown"):
        assert type_ in known_types()
        for phase in workflow_for(type_).phases:
            assert callable(import_module(f"operations.phases.{phase.slug}").run)


def test_a_project_comes_to_life_and_goes_without_a_trace(live, ada, home, machine):
    assert live.status == Project.Status.LIVE
    for environment in ("staging", "production"):
        assert get(live, "/", environment).status_code == 200
    spawn = live.operations.get()
    assert spawn.result["url"] == live_url(live.environments.get(name="staging"))
    code = repository(live.pk)
    assert {"main", "generated"} <= set(code.branches())
    assert f"Orchard-Operation: {spawn.pk}/skeleton" in code.log("generated")[0].body

    staging = live.environments.get(name="staging")
    teardown = finished(services.start_teardown(project=live, by=ada))

    assert (teardown.status, teardown.project) == (Status.SUCCEEDED, None)
    assert not Project.objects.exists()
    assert not Environment.objects.exists()
    assert not code.path.exists()
    assert not (home / "apps" / "grove").exists()
    assert not list((home / "run" / "apps.d").glob("grove-*"))
    answer = httpx.get(f"http://127.0.0.1:{machine.port}/", headers={"Host": staging.hostname})
    assert answer.status_code == 404


def test_builds_follow_each_other_on_the_same_data(live, ada):
    blueprint = planned(live, rules=["Recipes smell of apples"])
    first = finished(services.start_build(blueprint=blueprint, by=ada))
    assert_built(live, blueprint, first)

    with visitor(live_url(live.environments.get(name="staging"))) as app:
        assert app.post("/api/recipes/", json={"title": "Gravensteiner"}).status_code == 201
    repository(live.pk).commit_files(branch="main", files={"NOTES.md": "Mine"}, message="By hand")
    document = blueprint.document
    minutes = EntityField(id=document.new_id("FLD"), name="minutes", type="integer", required=False)
    document.sections.data_model.entities[0].fields.append(minutes)

    second = finished(services.start_build(blueprint=becomes(blueprint, document), by=ada))

    assert (second.status, second.error) == (Status.SUCCEEDED, None)
    kept = get(live, "/api/recipes/?search=Gravensteiner").json()["results"]
    assert [(recipe["title"], recipe["minutes"]) for recipe in kept] == [("Gravensteiner", None)]
    assert repository(live.pk).read("main", "NOTES.md") == b"Mine"


def assert_built(project, blueprint, operation):
    assert (operation.status, operation.error) == (Status.SUCCEEDED, None)
    complete = [phase for phase, status in phases(operation) if status == "complete"]
    assert complete == ["spec", "design", "implement", "test", "deploy"]
    url = live_url(project.environments.get(name="staging"))
    assert told(operation)[-1] == {
        "type": "complete", "status": "success", "message": "Build complete", "url": url,
    }  # fmt: skip
    files = [event for event in told(operation) if event["type"] == "file"]
    assert any(event["path"] == "records/models.py" and event["added"] for event in files)
    assert get(project, "/api/recipes/").json()["results"] is not None
    assert get(project, "/api/recipes/", "production").status_code == 404, "a build touches staging only"

    verdicts = {entry.item_id: entry for entry in LedgerEntry.objects.filter(blueprint=blueprint)}
    assert verdicts["ENT-1"].status == "met"
    assert (verdicts["RULE-1"].status, bool(verdicts["RULE-1"].reason)) == ("unmet", True)
    assert operation.result["ledger"]["unmet"] == 1
    items = [event["item"] for event in told(operation) if event["type"] == "ledger"]
    assert sorted(items) == sorted(verdicts), "each item is told once"

    blueprint.refresh_from_db()
    assert (blueprint.status, blueprint.built_version) == (Blueprint.Status.BUILT, blueprint.version)
    code, folder = repository(project.pk), f".orchard/features/{blueprint.built_feature_slug}"
    names = ("spec.md", "design.md", "tasks.md", "report.md", "blueprint.json")
    assert {f"{folder}/{name}" for name in names} <= set(code.files("main"))
    assert "Recipes smell of apples" in code.read("main", f"{folder}/report.md").decode()
    assert json.loads(code.read("main", f"{folder}/blueprint.json"))["featureName"] == "Recipes"


# Without a deployment: what a build does to the repository


@pytest.fixture
def build(project, ada):
    """A build of a ready plan on a project that has its skeleton, in the hands of a phase."""
    code = repository(project.pk)
    code.ensure()
    context = QuietContext(services.start_build(blueprint=planned(project), by=ada))
    generate(context, skeleton_of(project), message="Begin")
    return context


FAILING = """from django.test import SimpleTestCase


class ByHandTests(SimpleTestCase):
    def test_apples(self):
        self.assertEqual("apples", "pears")
"""


def test_a_test_that_fails_stops_the_build_with_the_evidence(build, project):
    code = repository(project.pk)
    code.commit_files(branch="main", files={"records/tests/test_by_hand.py": FAILING}, message="By hand")
    build.checkpoints["implement"] = implement.run(build)

    with pytest.raises(PhaseFailed) as caught:
        test_phase.run(build)

    assert caught.value.code == "tests_failed"
    (failure,) = caught.value.details["tests"]
    assert failure["id"] == "records.tests.test_by_hand.ByHandTests.test_apples"
    assert "'apples' != 'pears'" in "\n".join(failure["lines"])
    assert caught.value.details["signature"]


def test_a_build_that_waited_for_a_set_up_which_failed_says_so(build, project):
    Project.objects.filter(pk=project.pk).update(status=Project.Status.FAILED)
    build.operation.refresh_from_db()
    with pytest.raises(PhaseFailed) as caught:
        spec.run(build)
    assert caught.value.code == "project_failed"


def test_lines_that_a_person_and_the_build_both_changed_are_reported(build, project):
    code = repository(project.pk)
    code.commit_files(branch="main", files={"records/models.py": "# mine\n" * 5}, message="By hand")

    with pytest.raises(PhaseFailed) as caught:
        implement.run(build)

    assert caught.value.code == "merge_conflict"
    assert caught.value.details["paths"] == ["records/models.py"]
    assert code.read("main", "records/models.py") == b"# mine\n" * 5


def test_a_retry_after_that_goes_on_with_the_changes_made_by_hand(build, project):
    code, mine = repository(project.pk), "# mine\n" * 5
    code.commit_files(branch="main", files={"records/models.py": mine}, message="By hand")
    with pytest.raises(PhaseFailed):
        implement.run(build)
    ending.fail(build.operation.pk, code="merge_conflict", message="Both changed it.", guard=Q())

    assert implement.run(build)["commit"] == code.head("main")
    assert code.read("main", "records/models.py").decode() == mine
    assert "Going on with the changes made by hand in records/models.py" in str(build.told)


def test_a_phase_that_is_repeated_commits_once(build, project):
    code = repository(project.pk)
    first = implement.run(build)
    count = len(code.log("main"))
    assert implement.run(build) == first
    assert len(code.log("main")) == count
