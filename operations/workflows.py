"""The workflows: which phases each kind of operation consists of, and what its end means for others.

Phases are named once: slug = module in `operations.phases` = `phase` of events = word in templates.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from blueprints import services as blueprints
from blueprints.references import comparing
from operations.engine.workflow import Checkpoint, Phase, PhaseContext, Workflow, register
from operations.models import Operation
from operations.trees.keys import revoke_keys_of_run
from studio.core import hub
from studio.models import Project


def _phase(slug: str, label: str, **limits: Any) -> Phase:
    """The phase in the module of its name, imported when it first runs: a web process needs none of
    what builds apps."""

    def run(context: PhaseContext) -> Checkpoint | None:
        checkpoint: Checkpoint | None = import_module(f"operations.phases.{slug}").run(context)
        return checkpoint

    return Phase(slug, label, run, **limits)


def _project_becomes(operation: Operation, status: Project.Status, *, unless_deleting: bool = True) -> None:
    if operation.project_id is None:
        return
    rows = Project.objects.filter(pk=operation.project_id)
    if unless_deleting:
        rows = rows.exclude(status=Project.Status.DELETING)
    if rows.update(status=status):
        hub.announce(operation.project_id, "project", status=status)


def _spawning(operation: Operation) -> None:
    _project_becomes(operation, Project.Status.SPAWNING)


def _spawned(operation: Operation) -> None:
    succeeded = operation.status == Operation.Status.SUCCEEDED
    _project_becomes(operation, Project.Status.LIVE if succeeded else Project.Status.FAILED)


def _building(operation: Operation) -> None:
    if operation.blueprint is not None:
        blueprints.mark_building(blueprint=operation.blueprint)


def _built(operation: Operation) -> None:
    if operation.blueprint is None:
        return
    if operation.status == Operation.Status.SUCCEEDED:
        feature = operation.phases.get(slug="spec").checkpoint["feature"]
        blueprints.mark_built(
            blueprint=operation.blueprint, version=operation.input["version"], feature_slug=feature
        )
        comparing.request(
            blueprint=operation.blueprint, build=operation.pk, version=operation.input["version"]
        )
    else:
        blueprints.mark_build_failed(blueprint=operation.blueprint)
    waiting = Operation.objects.filter(
        blueprint=operation.blueprint, type=Operation.Type.BUILD, status__in=Operation.ACTIVE
    )
    if waiting.exists():
        _building(operation)


def _deleting(operation: Operation) -> None:
    _project_becomes(operation, Project.Status.DELETING)


def _deleted(operation: Operation) -> None:
    """A teardown that failed leaves a project that can be deleted again."""
    if operation.status != Operation.Status.SUCCEEDED:
        _project_becomes(operation, Project.Status.FAILED, unless_deleting=False)


def _tree_ended(operation: Operation) -> None:
    """The phase does so too, unless its worker was lost."""
    if operation.requested_by_id is not None:
        revoke_keys_of_run(operation.requested_by_id, str(operation.pk))


SPAWN = Workflow(
    type=Operation.Type.SPAWN,
    phases=[
        _phase("repository", "Creating the repository"),
        _phase("environments", "Preparing staging and production"),
        _phase("skeleton", "Deploying the empty app", no_progress_seconds=600, cancel_seconds=5),
        _phase("verify", "Checking that it answers"),
    ],
    done="Project is live",
    queue="short",
    on_queue=_spawning,
    on_end=_spawned,
)

BUILD = Workflow(
    type=Operation.Type.BUILD,
    phases=[
        _phase("spec", "Writing the spec"),
        _phase("design", "Designing"),
        _phase("implement", "Writing the code", no_progress_seconds=300),
        _phase("test", "Running the tests", no_progress_seconds=300),
        # Cancelled, it still takes what it has started off the machine, and visitors back to what is live.
        _phase("deploy", "Deploying to staging", no_progress_seconds=600, cancel_seconds=5, clears_up=True),
    ],
    done="Build complete",
    on_queue=_building,
    on_end=_built,
)

TEARDOWN = Workflow(
    type=Operation.Type.TEARDOWN,
    phases=[
        _phase("dismantle", "Taking the apps down"),
        _phase("forget", "Deleting the project"),
    ],
    done="Project deleted",
    queue="short",
    on_queue=_deleting,
    on_end=_deleted,
    cancellable=False,
)

TREE = Workflow(
    type=Operation.Type.TREE,
    # Cancelled, it still tears down what it has made.
    phases=[_phase("tree", "Running the tree", no_progress_seconds=600, cancel_seconds=900, clears_up=True)],
    done="The tree has passed",
    queue="trees",
    on_end=_tree_ended,
)

for workflow in (SPAWN, BUILD, TEARDOWN, TREE):
    register(workflow)
