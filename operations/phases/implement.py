"""Build, third phase: the plan rendered, migrations derived, everything merged into `main`."""

from operations.engine.workflow import Checkpoint, PhaseContext
from operations.workshop.generation import generate
from operations.workshop.plans import plan_of


def run(context: PhaseContext) -> Checkpoint:
    plan = plan_of(context)
    generated = generate(context, plan, message=f"Implement {plan.feature}")
    return {"commit": generated.commit, "source": generated.source}
