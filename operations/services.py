"""Starting, cancelling and retrying long work: every way an operation comes to be or is moved by a person.

Idempotency: a key belongs to the person who sent it. The same key with the same request answers with
the operation of the first; with another request it is a Conflict. After some days keys are forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from blueprints import services as blueprints
from blueprints.models import Blueprint
from operations import counters
from operations.engine import dispatch, ending, events, line
from operations.engine.giving_up import has_to_clear_up
from operations.engine.workflow import is_known, workflow_for
from operations.models import IdempotencyKey, LedgerEntry, Operation, OperationPhase
from operations.trees import library
from operations.trees.record import values_of
from operations.trees.schema import Variable
from studio.access import Person, get_project, memberships, visible_projects
from studio.core.errors import Conflict, InvalidInput, NotFound, OrchardError
from studio.models import Project
from studio.services import create_project

Request = dict[str, Any]

# Longer than anybody repeats a request that may have been heard.
KEYS_KEPT = timedelta(days=7)


def start_project(
    *, name: str, template: str, by: Person, idempotency_key: str | None = None
) -> tuple[Project, Operation]:
    """A new project and the operation that spawns it. Raises InvalidInput, Conflict."""
    request = {"start": "project", "name": name, "template": template}

    def start() -> Operation:
        project = create_project(name=name, template=template, by=cast(AbstractBaseUser, by))
        return _queue(Operation.Type.SPAWN, project, by)

    operation = _once(start, by, request, idempotency_key)
    if operation.project is None:
        raise Conflict("The project of this request has been deleted since.", code="project_deleted")
    return operation.project, operation


def start_build(*, blueprint: Blueprint, by: Person | None, idempotency_key: str | None = None) -> Operation:
    """Build the blueprint as it is now. A build of this version that is still under way is answered
    with, rather than doubled.

    Raises Conflict with `blockers` while the blueprint is not ready, NotFound when it was deleted.
    """
    request = {"start": "build", "blueprint": str(blueprint.pk)}

    def start() -> Operation:
        _require_standing(blueprint.project, alive=True)
        try:
            blueprint.refresh_from_db()
        except Blueprint.DoesNotExist:
            raise NotFound("This blueprint has been deleted.") from None
        active = Operation.objects.filter(
            blueprint=blueprint,
            type=Operation.Type.BUILD,
            status__in=Operation.ACTIVE,
            cancel_requested_at=None,
        )
        for operation in active:
            if operation.input.get("version") == blueprint.version:
                return operation
        if not blueprint.ready_to_build:
            raise Conflict(
                "The plan is not ready to build yet.", code="not_ready", blockers=list(blueprint.blockers)
            )
        return _queue(
            Operation.Type.BUILD,
            blueprint.project,
            by,
            blueprint=blueprint,
            version=blueprint.version,
            document=blueprint.document.model_dump(by_alias=True, mode="json"),
        )

    return _once(start, by, request, idempotency_key)


def build_as_requested(sender: object, *, blueprint: Blueprint, by: Person | None, **_: object) -> None:
    """Somebody said "build it" in the conversation (`blueprints.signals.build_requested`)."""
    try:
        start_build(blueprint=blueprint, by=by)
    except OrchardError as error:
        blueprints.tell(blueprint=blueprint, text=f"The build does not start: {error.message}")


def start_teardown(*, project: Project, by: Person, idempotency_key: str | None = None) -> Operation:
    """Delete the project and all it has. What runs for it is cancelled and waited for first."""
    request = {"start": "teardown", "project": str(project.pk)}

    def start() -> Operation:
        _locked_status(project)
        active = Operation.objects.filter(project=project, status__in=Operation.ACTIVE)
        for operation in active.order_by("-created_at"):
            if operation.type == Operation.Type.TEARDOWN:
                return operation
            _cancel(operation)
        return _queue(Operation.Type.TEARDOWN, project, by, slug=project.slug)

    return _once(start, by, request, idempotency_key)


def start_tree(
    *, name: str, variables: Mapping[str, Variable], by: Person, idempotency_key: str | None = None
) -> Operation:
    """Run a tree of the library with the rights of this person. It belongs to no project, so that it can
    wait for the work it starts on one.

    Raises NotFound for a tree that does not exist, InvalidInput for variables that do not fit it.
    """
    tree = library.read(name)
    values = values_of(tree, variables)
    request = {"start": "tree", "tree": tree.name, "vars": values}

    def start() -> Operation:
        return _queue(Operation.Type.TREE, None, by, tree=tree.name, source=tree.source, vars=values)

    return _once(start, by, request, idempotency_key)


def cancel(*, operation: Operation, by: Person) -> Operation:
    """Ask a running operation to stop, which takes up to two seconds; a waiting one ends at once.
    Asking again changes nothing. Raises Conflict when it has ended, must not stop half-way, or what it
    does stands already."""
    if is_known(operation.type) and not workflow_for(operation.type).cancellable:
        raise Conflict("This cannot be stopped half-way.", code="not_cancellable")
    _cancel(operation)
    operation.refresh_from_db()
    if operation.is_active and operation.decided_at is not None:
        raise Conflict("The new version is live already; only the rest is being finished.", code="too_late")
    if operation.status != Operation.Status.CANCELLED and not operation.is_active:
        raise Conflict(
            f"This operation has already {operation.get_status_display().lower()}.", code="already_ended"
        )
    return operation


def retry(*, operation: Operation, by: Person, from_phase: str | None = None) -> Operation:
    """Put a failed or cancelled operation back into the line; finished phases before the failed one
    (or before `from_phase`) are kept.

    Raises Conflict when it did not fail, its project is going away or its plan was built again since,
    InvalidInput for a phase it does not have or has not come to.
    """
    if operation.project is None and operation.type != Operation.Type.TREE:
        raise Conflict("The project has been deleted.", code="project_deleted")
    if not is_known(operation.type):
        raise Conflict("This release of the Studio does not know how to do this.", code="unknown_type")
    workflow = workflow_for(operation.type)
    rows = {row.slug: row for row in operation.phases.all()}
    slugs = [phase.slug for phase in workflow.phases]
    unfinished = [
        slug for slug in slugs if slug not in rows or rows[slug].status != OperationPhase.Status.COMPLETE
    ]
    start = from_phase or (unfinished or slugs)[0]
    if start not in slugs:
        raise InvalidInput(
            f"There is no phase “{start}”: the phases are {', '.join(slugs)}.", code="unknown_phase"
        )
    if unfinished and slugs.index(start) > slugs.index(unfinished[0]):
        raise InvalidInput(
            f"The phase “{unfinished[0]}” before it has not finished.", code="phase_not_reached"
        )
    again = slugs[slugs.index(start) :]
    with transaction.atomic():
        if operation.project is not None and operation.type == Operation.Type.TEARDOWN:
            _locked_status(operation.project)  # before the operation, in the order in which all lock
        elif operation.project is not None:
            _require_standing(operation.project)
        if _is_overtaken(operation):
            raise Conflict(
                "The plan has been built again since, and this would bring an older one back. "
                "Build it as it is now.",
                code="overtaken",
            )
        if not events.write(
            operation.pk,
            [events.log_event(f"Retrying from: {workflow.phase(start).label}")],
            guard=Q(status__in=[Operation.Status.FAILED, Operation.Status.CANCELLED]),
            status=Operation.Status.PENDING,
            current_phase="",
            error=None,
            attempt=0,
            cancel_requested_at=None,
            decided_at=None,
            started_at=None,
            completed_at=None,
        ):
            raise Conflict("Only a failed or cancelled operation can be retried.", code="not_failed")
        counters.RETRIES.add(type=operation.type, cause="person")
        operation.phases.filter(slug__in=again).update(
            status=OperationPhase.Status.PENDING,
            checkpoint={},
            error=None,
            failures=0,
            message="",
            completed_at=None,
        )
        operation.refresh_from_db()
        if workflow.on_queue is not None:
            workflow.on_queue(operation)
        dispatch.dispatch_in_turn(operation)
    return operation


def queue_position(operation: Operation) -> int | None:
    """1 for the next to start; None when it does not wait."""
    return queue_positions([operation]).get(operation.pk)


def queue_positions(operations: Sequence[Operation]) -> dict[uuid.UUID, int]:
    """Of those that wait, in one query."""
    waiting = [operation for operation in operations if operation.status == Operation.Status.PENDING]
    return line.positions(waiting)


def newest_operations(projects: Sequence[Project]) -> dict[uuid.UUID, uuid.UUID]:
    """The newest operation by project, in one query."""
    newest = Operation.objects.filter(project=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    rows = Project.objects.filter(pk__in=[project.pk for project in projects])
    found = rows.annotate(newest=Subquery(newest)).values_list("pk", "newest")
    return {project: operation for project, operation in found if operation is not None}


def visible_operations(user: Person) -> QuerySet[Operation]:
    """Those of this person's projects; of those without one (any more), those she asked for."""
    return Operation.objects.filter(
        Q(project__in=visible_projects(user)) | Q(project=None, requested_by_id=user.pk)
    ).select_related("project")


# `last_seq` and `status` by operation and user id.
Standing = dict[tuple[uuid.UUID, int], tuple[int, str]]


def standing(operations: Collection[uuid.UUID], users: Collection[int]) -> Standing:
    """Where these operations stand, for each of these people who sees them: `visible_operations` of a
    crowd, in two queries."""
    rows = list(
        Operation.objects.filter(pk__in=operations)
        .order_by()
        .values_list("pk", "project_id", "requested_by_id", "last_seq", "status")
    )
    projects = {project_id for _, project_id, *_ in rows if project_id is not None}
    members = memberships(projects, users)
    return {
        (pk, user): (last_seq, status)
        for pk, project_id, requested_by, last_seq, status in rows
        for user in users
        if (user == requested_by if project_id is None else (project_id, user) in members)
    }


def get_operation(user: Person, operation_id: uuid.UUID | str) -> Operation:
    """Raises NotFound, for a foreign one too."""
    operation = visible_operations(user).filter(pk=operation_id).first()
    if operation is None:
        raise NotFound("There is no such operation that you can see.")
    return operation


def movable_operation(user: Person, operation_id: uuid.UUID | str) -> Operation:
    """One that this person may stop and repeat: as an editor, or where it deletes the project as its
    owner. Raises NotFound, Forbidden."""
    operation = get_operation(user, operation_id)
    if operation.project is not None:
        deletes = operation.type == Operation.Type.TEARDOWN
        get_project(user, operation.project.pk, role="owner" if deletes else "editor")
    return operation


def forget_old_keys() -> int:
    """How many idempotency keys are too old for a repeated request to come."""
    old = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    return old.delete()[0]


def project_ledger(project: Project) -> QuerySet[LedgerEntry]:
    """What the last build left of each blueprint item, in the order of the plan."""
    return LedgerEntry.objects.filter(blueprint__project=project).select_related("blueprint")


def _once(start: Callable[[], Operation], by: Person | None, request: Request, key: str | None) -> Operation:
    """What `start` makes, or what it made the first time it was called with this key."""
    if key is None or by is None:
        with transaction.atomic():
            return start()
    earlier = _earlier(by, request, key)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            operation = start()
            IdempotencyKey.objects.create(
                person_id=cast(int, by.pk), key=key, request=request, operation=operation
            )
            return operation
    except (IntegrityError, Conflict):
        # Two requests with one key at the same moment: the slower one answers as a repetition would.
        earlier = _earlier(by, request, key)
        if earlier is None:
            raise
        return earlier


def _earlier(by: Person, request: Request, key: str) -> Operation | None:
    used = IdempotencyKey.objects.filter(person_id=by.pk, key=key).select_related("operation__project")
    earlier = used.first()
    if earlier is None:
        return None
    if earlier.request != request:
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_key_reused")
    return earlier.operation


def _queue(
    type_: Operation.Type,
    project: Project | None,
    by: Person | None,
    *,
    blueprint: Blueprint | None = None,
    **given: Any,
) -> Operation:
    workflow = workflow_for(type_)
    operation = Operation(
        type=type_,
        project=project,
        project_slug=project.slug if project else "",
        blueprint=blueprint,
        requested_by_id=by.pk if by else None,
        input=given,
    )
    events.begin(operation, events.log_event("Waiting for a worker"))
    OperationPhase.objects.bulk_create(
        OperationPhase(operation=operation, slug=phase.slug, position=position)
        for position, phase in enumerate(workflow.phases)
    )
    counters.STARTED.add(type=type_)
    if workflow.on_queue is not None:
        workflow.on_queue(operation)
    dispatch.dispatch_in_turn(operation)
    operation.refresh_from_db()
    return operation


def _cancel(operation: Operation) -> None:
    """What waits ends here, unless it has something to clear up; a worker ends everything else."""
    with transaction.atomic():
        # In the order in which all lock.
        Project.objects.select_for_update(of=("self",)).filter(operations=operation.pk).first()
        stoppable = Operation.objects.filter(cancel_requested_at=None, decided_at=None)
        row = stoppable.select_for_update(of=("self",)).filter(pk=operation.pk).first()
        if row is None or not row.is_active:
            return
        waits = row.status == Operation.Status.PENDING
        if waits and not has_to_clear_up(row):
            ending.cancel(row.pk, guard=Q(status=row.status))
            return
        asked = {"cancel_requested_at": timezone.now(), "available_at": None}
        events.write(row.pk, [events.log_event("Stopping …")], guard=Q(status=row.status), **asked)
        if waits:
            dispatch.dispatch_in_turn(row)


def _is_overtaken(operation: Operation) -> bool:
    """Whether a later build of the same plan stands, or is on its way."""
    if operation.type != Operation.Type.BUILD or operation.blueprint_id is None:
        return False
    later = Operation.objects.filter(
        type=Operation.Type.BUILD,
        blueprint_id=operation.blueprint_id,
        created_at__gt=operation.created_at,
        status__in=(*Operation.ACTIVE, Operation.Status.SUCCEEDED),
    )
    return later.exists()


def _require_standing(project: Project, *, alive: bool = False) -> None:
    status = _locked_status(project)
    if status == Project.Status.DELETING:
        raise Conflict("The project is being deleted.", code="project_deleting")
    if alive and status == Project.Status.FAILED:
        raise Conflict(
            "The project's set-up or its deletion failed. Retry that first.", code="project_failed"
        )


def _locked_status(project: Project) -> str:
    """Locks the row: nothing is put in line behind a teardown that begins at the same moment, nor two
    teardowns. Raises NotFound when the project was deleted."""
    rows = Project.objects.select_for_update().filter(pk=project.pk)
    status = rows.values_list("status", flat=True).first()
    if status is None:
        raise NotFound("This project has been deleted.")
    return status
