"""Tree, its only phase: the run of a tree of the library, as the person who asked for it.

Every change of a step is saved, so that another worker goes on where this one was cut off. The key is
made anew each time and the earlier one revoked: a worker that lost its lease can ask for nothing more.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils import timezone

from operations.engine.workflow import (
    Cancelled,
    Checkpoint,
    HandedBack,
    Interrupted,
    LeaseLost,
    PhaseContext,
    PhaseFailed,
)
from operations.trees import reports
from operations.trees.client import StudioClient
from operations.trees.commands import ExecuteSandboxed
from operations.trees.keys import key_for_run
from operations.trees.reading import read_tree
from operations.trees.record import RunRecord, StepRecord, new_run
from operations.trees.runner import Stop, TreeRunner


def run(context: PhaseContext) -> Checkpoint:
    operation = context.operation
    person = operation.requested_by
    if person is None or not person.is_active:
        raise PhaseFailed("The person who started this tree is not here any more.", code="person_gone")
    tree = read_tree(operation.input["source"], name=operation.input["tree"])
    saved = context.checkpoint_of("tree").get("run")
    if saved:
        record = RunRecord.model_validate({**saved, "source": tree.source})
    else:
        record = new_run(tree, operation.input["vars"], run_id=uuid.uuid4().hex[:12], now=timezone.now())
    watched = _Watched(context)
    with key_for_run(person, str(operation.pk)) as key, StudioClient(settings.ORCHARD_URL, key) as studio:
        TreeRunner(
            tree,
            record,
            studio=studio,
            execute=ExecuteSandboxed(context),
            listener=watched.told,
            stop=watched.stop,
        ).run()
    context.progress()  # raises when the run was cancelled or lost
    if record.status != "passed":
        failed = [f"{step.name}: {step.error.splitlines()[0]}" for step in record.failures]
        raise PhaseFailed(f"The tree did not pass. {'; '.join(failed)}", code="tree_failed")
    return {"run": reports.as_json(record)}


class _Watched:
    """The engine beside a run. What the engine raises is kept from the runner, which hears of it by
    `stop` within a moment and still tears down."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context

    def stop(self) -> Stop:
        try:
            self._context.progress()
        except Cancelled:
            return "cancel"
        except (LeaseLost, HandedBack):
            return "abandon"
        return None

    def told(self, run: RunRecord, step: StepRecord) -> None:
        over = step.status != "running" and run.ended_at is None
        with suppress(Interrupted):
            self._context.keep(
                *([reports.line_of(step, width=len(step.name))] if over else []), run=_json(run)
            )
            if step.status == "running":
                self._context.progress(f"{step.name}: {step.note}" if step.note else step.name)


def _json(run: RunRecord) -> dict[str, Any]:
    """The operation's input has the tree's text."""
    return run.model_dump(mode="json", exclude={"source"})
