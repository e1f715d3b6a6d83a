"""Operations to strike, and where: what the drills share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from operations.engine.workflow import workflow_for
from operations.models import Operation
from tests.chaos.gates import Edge, Gate, Gates
from tests.chaos.struck import StruckStudio

Type = Operation.Type
TREE = "slackpath-1"
# Who does the work, and what a worker is told to serve that does all of it.
WORKERS = ("builds", "short", "trees")
QUEUES = "builds,short,trees"
# Of all a project needs, one after the other: what a drill that goes through all phases begins.
PROJECT_WORKFLOWS = [Type.SPAWN, Type.BUILD, Type.TEARDOWN]
# How long each takes on a quiet machine: a strike after a part of it hits the phase itself.
TYPICAL_SECONDS = {
    "repository": 0.01,
    "environments": 0.02,
    "skeleton": 2.5,
    "verify": 0.2,
    "spec": 0.06,
    "design": 0.07,
    "implement": 0.7,
    "test": 2.5,
    "deploy": 2.5,
    "dismantle": 0.4,
    "forget": 0.01,
    "tree": 12,
}


def phases_of(workflow: str) -> list[str]:
    return [phase.slug for phase in workflow_for(workflow).phases]


def prepared(studio: StruckStudio, *workflows: str) -> list[str]:
    """For each the project on which it can begin: for a spawn only its name, for a tree ""."""
    on_projects = {Type.BUILD, Type.TEARDOWN}
    needed = sum(workflow in on_projects for workflow in workflows)
    spawned = [studio.spawn_undisturbed()] if needed else []  # alone, so that it can be measured
    spawning = [studio.spawn() for _ in range(needed - 1)]
    for slug, operation in spawning:
        studio.await_end(operation, 300)
        spawned.append(slug)
    return [
        spawned.pop() if workflow in on_projects else "" if workflow == Type.TREE else studio.name()
        for workflow in workflows
    ]


def begin(studio: StruckStudio, workflow: str, project: str) -> str:
    """The operation."""
    if workflow == Type.TREE:
        return studio.run_tree(TREE)
    if workflow == Type.SPAWN:
        return studio.spawn(project)[1]
    if workflow == Type.BUILD:
        return studio.build(studio.plan(project))
    return studio.tear_down(project)


@contextmanager
def closed_gates(gates: Gates, workflow: str, project: str, edge: Edge) -> Iterator[dict[str, Gate]]:
    """One for each phase of an operation that begins in the block."""
    with ExitStack() as stack:
        yield {
            phase: stack.enter_context(
                gates.closed(workflow=workflow, project=project, phase=phase, edge=edge)
            )
            for phase in phases_of(workflow)
        }
