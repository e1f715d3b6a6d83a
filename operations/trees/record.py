"""What a run has come to so far, as plain JSON: enough to report it, and to resume it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, JsonValue

from operations.trees.schema import Tree, Variable
from studio.core.errors import InvalidInput

StepStatus = Literal["pending", "running", "passed", "failed", "skipped", "cancelled"]
RunStatus = Literal["running", "passed", "failed", "cancelled"]


class StepRecord(BaseModel):
    """`note` is what the step last said of itself, `error` why it failed or was skipped. `seconds` counts
    all attempts."""

    name: str
    action: str
    status: StepStatus = "pending"
    attempt: int = 0
    outputs: dict[str, JsonValue] = {}
    note: str = ""
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seconds(self) -> float:
        if self.started_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()


class RunRecord(BaseModel):
    """`source` is the tree's text: a run goes on as it began, whatever has become of the file.
    Once `tearing_down`, no step is started any more."""

    id: str
    tree: str
    source: str
    vars: dict[str, Variable]
    base_url: str = ""
    status: RunStatus = "running"
    tearing_down: bool = False
    started_at: datetime
    ended_at: datetime | None = None
    steps: list[StepRecord]
    teardown: list[StepRecord]

    @property
    def outputs(self) -> dict[str, dict[str, JsonValue]]:
        return {step.name: step.outputs for step in (*self.steps, *self.teardown) if step.status == "passed"}

    @property
    def failures(self) -> list[StepRecord]:
        return [step for step in (*self.steps, *self.teardown) if step.status == "failed"]


def new_run(
    tree: Tree, given: Mapping[str, Variable], *, run_id: str, now: datetime, base_url: str = ""
) -> RunRecord:
    """Raises InvalidInput as `values_of` does."""
    return RunRecord(
        id=run_id,
        tree=tree.name,
        source=tree.source,
        vars=values_of(tree, given),
        base_url=base_url,
        started_at=now,
        steps=[StepRecord(name=name, action=step.action) for name, step in tree.steps.items()],
        teardown=[StepRecord(name=name, action=step.action) for name, step in tree.teardown.items()],
    )


def values_of(tree: Tree, given: Mapping[str, Variable]) -> dict[str, Variable]:
    """Every variable with its value. Raises InvalidInput for those the tree does not have, and for those
    it lacks."""
    unknown = sorted(given.keys() - tree.vars.keys())
    if unknown:
        known = ", ".join(tree.vars) or "none"
        raise InvalidInput(
            f"{tree.name} has no variable {', '.join(unknown)}; it has {known}.", code="unknown_variable"
        )
    values = {**tree.vars, **given}
    absent = [name for name, value in values.items() if value is None]
    if absent:
        raise InvalidInput(f"{tree.name} needs a value for {', '.join(absent)}.", code="missing_variable")
    return values
