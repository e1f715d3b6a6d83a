"""Spawn, third phase: the app before its first feature, generated, committed and deployed everywhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from environments.models import Environment
from environments.services import deploy
from operations.engine.workflow import Checkpoint, PhaseContext
from operations.workshop.commits import project_of
from operations.workshop.generation import generate
from operations.workshop.plans import skeleton_of


def run(context: PhaseContext) -> Checkpoint:
    project = project_of(context)
    commit = generate(context, skeleton_of(project), message="Begin with an empty app").commit
    places = list(project.environments.all())
    with ThreadPoolExecutor(max_workers=len(places)) as threads:
        for _ in threads.map(lambda place: _deploy(context, place, commit), places):
            context.progress()
    return {"commit": commit}


def _deploy(context: PhaseContext, place: Environment, commit: str) -> None:
    try:
        deploy(
            environment=place,
            commit=commit,
            key=f"{context.key}/{commit[:12]}",
            log=lambda line: context.log(f"{place.name}: {line}"),
            cancelled=context.cancelled,
        )
    finally:
        connections.close_all()
