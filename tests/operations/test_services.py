"""Starting, cancelling and retrying work."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from blueprints.models import Blueprint
from blueprints.services import create_blueprint
from blueprints.signals import build_requested
from operations import services
from operations.engine import dispatch, lease, runner
from operations.models import IdempotencyKey, Operation
from studio.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from studio.models import Project
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)

Status = Operation.Status


@pytest.fixture
def blueprint(project):
    """A plan that is ready: what a conversation made is not this module's business."""
    blueprint = create_blueprint(project=project, feature_name="Recipe box")
    Blueprint.objects.filter(pk=blueprint.pk).update(ready_to_build=True, blockers=[], version=3)
    blueprint.refresh_from_db()
    return blueprint


def test_a_project_starts_with_the_operation_that_spawns_it(ada):
    project, operation = services.start_project(name="Grove", template="blank-service", by=ada)
    assert project.status == Project.Status.SPAWNING
    assert (operation.type, operation.status, operation.project) == ("spawn", Status.PENDING, project)
    assert [phase.slug for phase in operation.phases.all()] == [
        "repository",
        "environments",
        "skeleton",
        "verify",
    ]
    assert operation.dispatched_at is not None


def test_the_same_request_with_the_same_key_starts_once(ada):
    request = {"name": "Grove", "template": "blank-service", "by": ada, "idempotency_key": "k1"}
    assert services.start_project(**request) == services.start_project(**request)
    assert Operation.objects.count() == 1


def test_another_request_with_the_same_key_is_refused(ada):
    services.start_project(name="Grove", template="blank-service", by=ada, idempotency_key="k1")
    with pytest.raises(Conflict) as caught:
        services.start_project(name="Meadow", template="blank-service", by=ada, idempotency_key="k1")
    assert caught.value.code == "idempotency_key_reused"
    assert not Project.objects.filter(name="Meadow").exists()


def test_keys_of_different_people_do_not_meet(ada, ben):
    one = services.start_project(name="Grove", template="blank-service", by=ada, idempotency_key="k1")
    two = services.start_project(name="Meadow", template="blank-service", by=ben, idempotency_key="k1")
    assert one != two


def test_requests_with_one_key_at_the_same_moment_start_once(ada):
    found, barrier = [], threading.Barrier(3)

    def ask():
        barrier.wait()
        _, operation = services.start_project(
            name="Grove", template="blank-service", by=ada, idempotency_key="k1"
        )
        found.append(operation.pk)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_a_build_takes_the_plan_as_it_is_now(blueprint, ada):
    operation = services.start_build(blueprint=blueprint, by=ada)
    assert operation.input["version"] == 3
    assert operation.input["document"]["featureName"] == "Recipe box"
    blueprint.refresh_from_db()
    assert blueprint.status == Blueprint.Status.BUILDING


def test_a_build_under_way_is_not_doubled(blueprint, ada, ben):
    assert services.start_build(blueprint=blueprint, by=ada) == services.start_build(
        blueprint=blueprint, by=ben
    )


def test_a_key_that_met_a_build_under_way_answers_with_it_for_good(blueprint, ada, ben):
    met = services.start_build(blueprint=blueprint, by=ada)
    assert services.start_build(blueprint=blueprint, by=ben, idempotency_key="k1") == met
    services.cancel(operation=met, by=ada)
    assert services.start_build(blueprint=blueprint, by=ben, idempotency_key="k1") == met
    assert services.start_build(blueprint=blueprint, by=ben, idempotency_key="k2") != met


def test_a_key_that_met_a_teardown_under_way_answers_with_it(project, ada):
    teardown = services.start_teardown(project=project, by=ada)
    assert services.start_teardown(project=project, by=ada, idempotency_key="k1") == teardown
    Project.objects.all().delete()
    assert services.start_teardown(project=project, by=ada, idempotency_key="k1") == teardown


def test_what_is_deleted_meanwhile_cannot_be_built_or_deleted_again(project, blueprint, ada):
    Blueprint.objects.all().delete()
    with pytest.raises(NotFound):
        services.start_build(blueprint=blueprint, by=ada)
    Project.objects.all().delete()
    for start in (
        lambda: services.start_build(blueprint=blueprint, by=ada),
        lambda: services.start_teardown(project=project, by=ada),
    ):
        with pytest.raises(NotFound):
            start()


def test_a_plan_is_being_built_as_long_as_a_build_of_it_is_in_line(blueprint, ada):
    first = services.start_build(blueprint=blueprint, by=ada)
    Blueprint.objects.filter(pk=blueprint.pk).update(version=4)
    second = services.start_build(blueprint=blueprint, by=ada)
    for operation, status in ((first, Blueprint.Status.BUILDING), (second, Blueprint.Status.DRAFT)):
        services.cancel(operation=operation, by=ada)
        blueprint.refresh_from_db()
        assert blueprint.status == status


def test_a_newer_version_gets_a_build_of_its_own(blueprint, ada):
    first = services.start_build(blueprint=blueprint, by=ada)
    Blueprint.objects.filter(pk=blueprint.pk).update(version=4)
    second = services.start_build(blueprint=blueprint, by=ada)
    assert first != second
    assert services.queue_position(first) == 1
    assert services.queue_position(second) == 2


def test_projects_take_turns_and_each_operation_knows_its_place(project, ada):
    """Ada's project asks three times, then another one asks: it comes second, not fourth."""
    other = services.create_project(name="Bakery", template="blank-service", by=ada)
    first, third, fourth = (tiny.start("test_two", project) for _ in range(3))
    second, elsewhere = tiny.start("test_two", other), tiny.start("test_command", None)
    places = services.queue_positions([first, second, third, fourth, elsewhere])
    assert [places[each.pk] for each in (first, second, elsewhere, third, fourth)] == [1, 2, 3, 4, 5]

    lease.take(first.pk, worker="somebody")
    places = services.queue_positions([second, elsewhere, third, fourth])
    assert [places[each.pk] for each in (second, elsewhere, third, fourth)] == [1, 2, 3, 4]


def test_work_for_other_workers_is_not_in_the_way(project, ada):
    build = tiny.start("test_two", project)
    _, spawn = services.start_project(name="Grove", template="blank-service", by=ada)
    assert services.queue_positions([build, spawn]) == {build.pk: 1, spawn.pk: 1}


def test_only_the_first_of_a_projects_line_lies_in_the_queue(blueprint, ada):
    """So that nobody's workers are kept busy with finding out that it is not its turn."""
    first = services.start_build(blueprint=blueprint, by=ada)
    Blueprint.objects.filter(pk=blueprint.pk).update(version=4)
    second = services.start_build(blueprint=blueprint, by=ada)
    assert (first.dispatched_at is None, second.dispatched_at is None) == (False, True)
    assert dispatch.waiting_messages("builds") == 1
    services.cancel(operation=first, by=ada)
    assert dispatch.waiting_messages("builds") == 2


def test_old_idempotency_keys_are_forgotten_and_young_ones_kept(ada):
    for key in ("old", "young"):
        services.start_project(name=f"Grove {key}", template="blank-service", by=ada, idempotency_key=key)
    long_ago = timezone.now() - services.KEYS_KEPT - timedelta(hours=1)
    IdempotencyKey.objects.filter(key="old").update(created_at=long_ago)
    assert services.forget_old_keys() == 1
    assert [key.key for key in IdempotencyKey.objects.all()] == ["young"]
    assert Operation.objects.count() == 2, "what it started stays"


def test_what_this_release_does_not_know_can_be_cancelled_and_not_retried(project, ada):
    operation = Operation.objects.create(type="from_tomorrow", project=project, project_slug=project.slug)
    assert services.cancel(operation=operation, by=ada).status == Status.CANCELLED
    with pytest.raises(Conflict) as caught:
        services.retry(operation=operation, by=ada)
    assert caught.value.code == "unknown_type"


def test_a_plan_that_is_not_ready_is_refused_with_its_blockers(blueprint, ada):
    blockers = [{"code": "empty", "message": "Nothing is planned yet.", "item": ""}]
    Blueprint.objects.filter(pk=blueprint.pk).update(ready_to_build=False, blockers=blockers)
    with pytest.raises(Conflict) as caught:
        services.start_build(blueprint=blueprint, by=ada)
    assert caught.value.details["blockers"] == blockers
    assert not Operation.objects.exists()


def test_a_build_asked_for_in_the_conversation_starts(blueprint, ada):
    build_requested.send(Blueprint, blueprint=blueprint, by=ada)
    operation = Operation.objects.get(blueprint=blueprint)
    assert (operation.type, operation.requested_by) == ("build", ada)


def test_one_that_cannot_start_is_told_in_the_conversation(blueprint):
    Blueprint.objects.filter(pk=blueprint.pk).update(ready_to_build=False)
    build_requested.send(Blueprint, blueprint=blueprint, by=None)
    assert not Operation.objects.exists()
    told = blueprint.messages.get(role="event")
    assert told.content == "The build does not start: The plan is not ready to build yet."


def test_a_waiting_operation_is_cancelled_at_once(blueprint, ada):
    operation = services.start_build(blueprint=blueprint, by=ada)
    operation = services.cancel(operation=operation, by=ada)
    assert operation.status == Status.CANCELLED
    assert operation.events.last().payload["status"] == "cancelled"
    blueprint.refresh_from_db()
    assert blueprint.status == Blueprint.Status.DRAFT


def test_cancelling_a_running_operation_asks_it_once(project, ada):
    operation = tiny.start("test_two", project)
    lease.take(operation.pk, worker="somebody")
    for _ in range(2):
        assert services.cancel(operation=operation, by=ada).status == Status.RUNNING
    assert operation.cancel_requested_at is not None
    assert operation.events.count() == 1


def test_what_has_ended_cannot_be_cancelled(project, effects, ada):
    operation = tiny.start("test_two", project, effects=str(effects))
    runner.run(operation.pk)
    with pytest.raises(Conflict):
        services.cancel(operation=operation, by=ada)


def test_cancelling_the_first_lets_the_second_begin(project, effects, ada):
    first = tiny.start("test_two", project, effects=str(effects))
    second = tiny.start("test_two", project, effects=str(effects))
    services.cancel(operation=first, by=ada)
    second.refresh_from_db()
    assert second.dispatched_at is not None
    assert runner.run(second.pk)


def test_a_retry_goes_on_at_the_phase_that_failed(project, effects, tmp_path, ada):
    mended = tmp_path / "mended"
    operation = tiny.start("test_broken", project, effects=str(effects), mended=str(mended))
    runner.run(operation.pk)
    operation.refresh_from_db()

    mended.touch()
    services.retry(operation=operation, by=ada)
    assert runner.run(operation.pk)

    operation.refresh_from_db()
    assert (operation.status, operation.error) == (Status.SUCCEEDED, None)
    assert effects.read_text().split() == ["first", "broken", "broken"]


def test_a_retry_can_go_back_to_an_earlier_phase(project, effects, tmp_path, ada):
    operation = tiny.start("test_broken", project, effects=str(effects), mended=str(tmp_path / "mended"))
    runner.run(operation.pk)
    operation.refresh_from_db()
    services.retry(operation=operation, by=ada, from_phase="first")
    runner.run(operation.pk)
    assert effects.read_text().split() == ["first", "broken", "first", "broken"]


@pytest.mark.parametrize(("phase", "error"), [("nowhere", InvalidInput), ("second", InvalidInput)])
def test_a_retry_from_a_phase_it_has_not_come_to_is_refused(project, ada, phase, error):
    operation = tiny.start("test_two", project)
    Operation.objects.filter(pk=operation.pk).update(status=Status.FAILED)
    with pytest.raises(error):
        services.retry(operation=operation, by=ada, from_phase=phase)


def test_only_what_failed_can_be_retried(project, effects, ada):
    operation = tiny.start("test_two", project, effects=str(effects))
    runner.run(operation.pk)
    operation.refresh_from_db()
    with pytest.raises(Conflict):
        services.retry(operation=operation, by=ada)


def test_an_older_build_is_not_brought_back_over_a_newer_one(blueprint, ada):
    older = services.start_build(blueprint=blueprint, by=ada)
    services.cancel(operation=older, by=ada)
    newer = services.start_build(blueprint=blueprint, by=ada)
    for status in (Status.PENDING, Status.SUCCEEDED):
        Operation.objects.filter(pk=newer.pk).update(status=status)
        with pytest.raises(Conflict) as caught:
            services.retry(operation=older, by=ada)
        assert caught.value.code == "overtaken"
    Operation.objects.filter(pk=newer.pk).update(status=Status.FAILED)
    assert services.retry(operation=older, by=ada).status == Status.PENDING


def test_a_teardown_stops_what_runs_and_comes_next(project, blueprint, ada):
    running = tiny.start("test_two", project)
    lease.take(running.pk, worker="somebody")
    waiting = services.start_build(blueprint=blueprint, by=ada)

    teardown = services.start_teardown(project=project, by=ada)

    project.refresh_from_db()
    running.refresh_from_db()
    waiting.refresh_from_db()
    assert project.status == Project.Status.DELETING
    assert running.cancel_requested_at is not None
    assert waiting.status == Status.CANCELLED
    assert not runner.run(teardown.pk), "it waits for what still runs"
    assert services.start_teardown(project=project, by=ada) == teardown
    with pytest.raises(Conflict):
        services.start_build(blueprint=blueprint, by=ada)
    with pytest.raises(Conflict):
        services.cancel(operation=teardown, by=ada)


def test_a_spawn_that_is_cancelled_by_a_teardown_leaves_the_project_deleting(ada):
    project, spawn = services.start_project(name="Grove", template="blank-service", by=ada)
    services.start_teardown(project=project, by=ada)
    spawn.refresh_from_db()
    project.refresh_from_db()
    assert (spawn.status, project.status) == (Status.CANCELLED, Project.Status.DELETING)


def test_only_an_owner_may_repeat_a_teardown(project, ada, ben, cleo, vera):
    operation = tiny.start("teardown", project)
    assert services.movable_operation(ada, operation.pk) == operation
    for person, error in ((ben, Forbidden), (vera, Forbidden), (cleo, NotFound)):
        with pytest.raises(error):
            services.movable_operation(person, operation.pk)


def test_strangers_see_no_operation(project, ada, ben, cleo):
    operation = tiny.start("test_two", project, by=ada)
    assert services.get_operation(ben, operation.pk) == operation
    with pytest.raises(NotFound):
        services.get_operation(cleo, operation.pk)
    Operation.objects.filter(pk=operation.pk).update(project=None)
    assert services.get_operation(ada, operation.pk)
    with pytest.raises(NotFound):
        services.get_operation(ben, operation.pk)
