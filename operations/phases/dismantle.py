"""Teardown, first phase: the project's apps, databases, host names and repository are taken down."""

from environments.services import destroy_project
from operations.engine.workflow import Checkpoint, PhaseContext
from studio.core.git import repository


def run(context: PhaseContext) -> Checkpoint:
    project = context.operation.project
    if project is not None:
        destroy_project(project)
        repository(project.pk).destroy()
    return {}
