"""Teardown, last phase: the project's rows go; this operation stays, as the record of it."""

from blueprints.models import Blueprint
from operations.engine.workflow import Checkpoint, PhaseContext
from studio.core import hub


def run(context: PhaseContext) -> Checkpoint:
    project = context.operation.project
    if project is None:
        return {}

    def forget() -> None:
        hub.announce(project.pk, "project", status=project.Status.DELETING)
        Blueprint.objects.filter(project=project).delete()
        project.delete()

    context.emit("log", {"message": f"{project.name} is deleted"}, also=forget)
    return {}
