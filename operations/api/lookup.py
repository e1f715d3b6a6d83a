"""Finding what a request names, or saying that it is not there."""

from __future__ import annotations

import uuid

from blueprints.models import Blueprint
from studio.core.errors import InvalidInput, NotFound
from studio.models import Project


def blueprint_of(project: Project, key: str) -> Blueprint:
    try:
        blueprint = Blueprint.objects.filter(project=project, pk=uuid.UUID(key)).first()
    except ValueError:
        blueprint = None
    if blueprint is None:
        raise NotFound("There is no such blueprint in this project.")
    return blueprint


def choices(column: str, asked: str, known: list[str]) -> list[str]:
    chosen = [value.strip() for value in asked.split(",")]
    for value in chosen:
        if value not in known:
            raise InvalidInput(
                f"{column}: “{value}” is none of {', '.join(known)}.",
                errors=[{"pointer": f"#/{column}", "message": "Unknown value."}],
            )
    return chosen
