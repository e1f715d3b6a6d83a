"""Workflows: named phases in order, and what a phase is given to do its work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from operations.models import Operation
from studio.core.errors import OrchardError
from studio.core.sandbox.port import SandboxResult, SandboxSpec

Checkpoint = dict[str, Any]


class Interrupted(BaseException):
    """This process must stop working on the operation. Not an `Exception`, so that no phase and
    nothing it calls swallows it by accident."""


class LeaseLost(Interrupted):
    """The operation belongs to somebody else now, or has ended."""


class HandedBack(Interrupted):
    """This worker is ending: another one goes on with the phase."""


class Cancelled(Interrupted):
    """A person asked to stop."""


class PhaseFailed(OrchardError):
    """The work itself came out wrong: nothing to retry, `code` says what ("tests_failed")."""

    code = "failed"


class PhaseContext(Protocol):
    """What a phase may do to the world through the engine. Every method raises `LeaseLost` once this
    process no longer owns the operation, `Cancelled` once a person asked to stop, and `HandedBack` when
    the worker is ending; a phase lets all three pass. Calling any of them counts as progress. Threads of
    the phase may share it.
    """

    @property
    def operation(self) -> Operation: ...

    @property
    def attempt(self) -> int:
        """Of this phase, from 1."""
        ...

    @property
    def key(self) -> str:
        """`<operation id>/<phase>`: the idempotency key of this phase's effects on the world."""
        ...

    def checkpoint_of(self, phase: str) -> Mapping[str, Any]:
        """What an earlier phase of this operation returned ({} when it has not run)."""
        ...

    def save(self, **values: Any) -> None:
        """Keep partial results of this phase; after a crash `checkpoint_of` this phase has them."""
        ...

    def keep(self, *lines: str, **values: Any) -> None:
        """`save`, and `log` the lines, whoever asked to stop: what clearing up has come to must not get
        lost. Raises LeaseLost alone."""
        ...

    def log(self, line: str) -> None:
        """One line for the person watching (an event of type "log")."""
        ...

    def decide(self, **values: Any) -> None:
        """Pass the point from which there is no way back: `save`, and from now on the operation cannot
        be cancelled. Raises Cancelled, with nothing written, when somebody asked before. Called within
        the transaction that makes the effect stand, so that both stand or neither does."""
        ...

    def emit(
        self, event_type: str, *payloads: Mapping[str, Any], also: Callable[[], object] | None = None
    ) -> None:
        """Events of another type, one per payload, e.g. "file" {path, added, removed} or "ledger".
        `also` changes rows that they tell of, in the same transaction: the only safe way to do so."""
        ...

    def progress(self, message: str = "") -> None:
        """Nothing to tell, but alive: resets the no-progress limit; shows `message` beside the phase."""
        ...

    def should_stop(self) -> bool:
        """True once cancelled, lost or handed back, without raising: for ports that take a `cancelled`
        callable."""
        ...

    def cancelled(self) -> bool:
        """True once a person asked to stop; raises LeaseLost and HandedBack. For ports that clear up
        after a cancel: whoever goes on with the phase must not find its work cleared up."""
        ...

    def run(self, spec: SandboxSpec, *, timeout_seconds: float) -> SandboxResult:
        """Run in the sandbox with heartbeat and cancel; its lines become log events."""
        ...


@dataclass(frozen=True)
class Phase:
    """One checkpointed step. `run` must be idempotent: it may have been cut off anywhere before.

    `label` is for people ("Running tests"). `no_progress_seconds` fails a silent phase.
    `retries` repeats it, with back-off, when it raised an `OutsideFailure` with `retryable`.
    `cancel_seconds` is how long it may go on after a cancel, before its process is ended with all it
    started: longer for one that has to clear up. `clears_up`: once it has saved something its operation
    does not end without it: it is run after a cancel too, and once its worker was lost for the last time,
    and hears `Cancelled` from the context; an ending worker hands it back even then.
    """

    slug: str
    label: str
    run: Callable[[PhaseContext], Checkpoint | None]
    no_progress_seconds: float = 120
    retries: int = 2
    cancel_seconds: float = 1.0
    clears_up: bool = False


@dataclass(frozen=True)
class Workflow:
    """Phases and what surrounds them. What the last phase returns is the operation's result.

    `on_queue` is called whenever the operation is put in line (started or retried), `on_end` with the
    finished operation: each in the transaction of that move, so exactly once. What `on_end` raises after
    a success makes it a failure, after a failure it is logged.
    `done` tells people that it worked ("Build complete"). Not every one may be cancelled half-way.
    `queue`: "builds" for work of minutes, "short" for work of seconds, which must not wait behind it.
    """

    type: str
    phases: Sequence[Phase]
    done: str
    on_queue: Callable[[Operation], None] | None = None
    on_end: Callable[[Operation], None] | None = None
    queue: str = "builds"
    cancellable: bool = True

    def phase(self, slug: str) -> Phase:
        """Raises KeyError for a phase of another workflow."""
        for phase in self.phases:
            if phase.slug == slug:
                return phase
        raise KeyError(slug)


_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> None:
    """Make a workflow known to the engine. Raises ValueError when its type is taken."""
    if workflow.type in _workflows:
        raise ValueError(f"a workflow of type {workflow.type!r} is registered already")
    _workflows[workflow.type] = workflow


def workflow_for(operation_type: str) -> Workflow:
    """Raises KeyError for a type nobody registered."""
    return _workflows[operation_type]


def is_known(operation_type: str) -> bool:
    """False for what a newer or an older release of the Studio has put in line."""
    return operation_type in _workflows


def known_types() -> list[str]:
    return sorted(_workflows)
