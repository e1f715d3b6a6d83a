"""What has to run in the repository after the files are written, to bring its migrations up to date."""

from __future__ import annotations

from dataclasses import dataclass

from operations.generator.manifest import manifests
from operations.generator.model import Plan

# Enough for Django to load the models; nothing is read from or written to a database.
GENERATION_ENVIRONMENT = {"APP_ENVIRONMENT": "test", "DATABASE_URL": "sqlite:"}


@dataclass(frozen=True)
class Step:
    """A command to run in the root of the repository. `argv` begins with "python"."""

    title: str
    argv: tuple[str, ...]


def generation_steps(plan: Plan) -> list[Step]:
    """Commands without any question. They write into the working copy, so it must be writable."""
    name = plan.feature if plan.feature != plan.project.name else ""
    steps = [Step("Write migrations", ("python", "manage.py", "evolve", "--name", name))]
    for front in (front for block in plan.blocks if (front := manifests()[block.name].front)):
        schema = f"{front.folder}/openapi.json"
        argv = ("python", "manage.py", "spectacular", "--format", "openapi-json", "--file", schema)
        steps.append(Step("Describe the API", argv))
    return steps
