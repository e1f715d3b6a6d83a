"""Teardown, last phase: the project's rows go; this operation stays, as the record of it."""

from django.db import transaction

from blueprints.models import Blueprint
from operations.engine.workflow import Checkpoint, PhaseContext
from studio.core import hub
from studio.models import Project


def run(context: PhaseContext) -> Checkpoint:
    project = context.operation.project
    if project is None:
        return {}

    def forget() -> None:
        hub.announce(project.pk, "project", status=project.Status.DELETING)
        Blueprint.objects.filter(project=project).delete()
        project.delete()

    with transaction.atomic():
        # In the order in which all lock (project, operation, plan), or a reply that concludes could wait for us.
        Project.objects.select_for_update().filter(pk=project.pk).first()
        context.emit("log", {"message": f"{project.name} is deleted"}, also=forget)
    return {}
