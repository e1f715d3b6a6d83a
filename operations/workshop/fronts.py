"""What a front end needs of the machine, before the build begins with anything else."""

from __future__ import annotations

from environments.adapters.node_runtime import packages
from operations.engine.workflow import PhaseContext
from operations.generator.manifest import manifests
from operations.generator.render import render
from operations.workshop.checkout import scratch
from operations.workshop.plans import plan_of


def fetch_front_packages(context: PhaseContext) -> None:
    """Have Node and the packages there. Raises DeployError (node_missing, packages_unreachable)."""
    plan = plan_of(context)
    fronts = [front for block in plan.blocks if (front := manifests()[block.name].front)]
    if not fronts:
        return
    context.log("Fetching the packages of the front end")
    with scratch(render(plan)) as place:
        for front in fronts:
            packages(place.source / front.folder)
