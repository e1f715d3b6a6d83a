"""Finding what a request names, or saying that it is not there."""

from __future__ import annotations

import uuid

from blueprints.models import Blueprint
from studio.core.errors import NotFound
from studio.models import Project


def blueprint_of(project: Project, key: str) -> Blueprint:
    try:
        blueprint = Blueprint.objects.filter(project=project, pk=uuid.UUID(key)).first()
    except ValueError:
        blueprint = None
    if blueprint is None:
        raise NotFound("There is no such blueprint in this project.")
    return blueprint
