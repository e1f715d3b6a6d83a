"""A workflow for worker processes that works until a file exists (`celery --include tests.operations.gated`)."""

import time
from pathlib import Path

from operations.engine.workflow import Phase, PhaseContext, Workflow, register

DEADLINE_SECONDS = 100


def gated(context: PhaseContext):
    gate = Path(context.operation.input["gate"])
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not gate.exists() and time.monotonic() < deadline:
        context.progress()
        time.sleep(0.1)


register(Workflow("test_gated", [Phase("gated", "Gated", gated)], "Done"))
