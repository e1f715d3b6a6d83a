"""Spawn, first phase: the project's git repository."""

from operations.engine.workflow import Checkpoint, PhaseContext
from operations.workshop.commits import repository_of


def run(context: PhaseContext) -> Checkpoint:
    repository_of(context).ensure()
    return {}
