"""Spawn, second phase: staging and production, with host name, database and secrets of their own."""

from environments.services import create_environments, live_url
from operations.engine.workflow import Checkpoint, PhaseContext
from operations.workshop.commits import project_of


def run(context: PhaseContext) -> Checkpoint:
    places = create_environments(project_of(context))
    for name, place in places.items():
        context.log(f"{name}: {live_url(place)}")
    return {"urls": {name: live_url(place) for name, place in places.items()}}
