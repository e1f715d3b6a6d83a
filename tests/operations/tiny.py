"""Workflows so small that what the engine does to them can be counted."""

import errno
import time
from pathlib import Path

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from operations.engine.workflow import Cancelled, Phase, PhaseContext, PhaseFailed, Workflow, register
from operations.models import Operation, OperationPhase
from studio.core.errors import OutsideFailure
from studio.core.sandbox.port import SandboxSpec


def note(context: PhaseContext, what: str) -> None:
    """An effect on the world, one line per time it happened."""
    with Path(context.operation.input["effects"]).open("a") as effects:
        effects.write(what + "\n")


def first(context: PhaseContext):
    note(context, "first")
    context.log("one")
    return {"seed": 7}


def second(context: PhaseContext):
    note(context, "second")
    wait_for(context)
    context.log("two")
    return {"sum": context.checkpoint_of("first")["seed"] + 1, "url": "http://example.localhost"}


def wait_for(context: PhaseContext) -> None:
    """Work that takes until the file in `input["until"]` exists; it asks for nothing meanwhile."""
    until = context.operation.input.get("until")
    deadline = time.monotonic() + 30
    while until and not Path(until).exists() and time.monotonic() < deadline:
        if context.operation.input.get("attentive", True) and context.should_stop():
            context.progress()
        time.sleep(0.02)


def broken(context: PhaseContext):
    note(context, "broken")
    if not Path(context.operation.input["mended"]).exists():
        raise PhaseFailed("2 of 5 tests failed.", code="tests_failed", tests=["test_one"])
    return {"url": "http://example.localhost"}


def flaky(context: PhaseContext):
    note(context, "flaky")
    if context.attempt <= context.operation.input["failures"]:
        raise OutsideFailure("The network is away.", code="network", retryable=True)
    return {}


def buggy(context: PhaseContext):
    raise ZeroDivisionError("postgres://secret:password@database")


def overfull(context: PhaseContext):
    raise OSError(errno.ENOSPC, "No space left on device")


def stopped(context: PhaseContext):
    """What it works with is killed by a stop, and looks like a failure from here."""
    while not context.should_stop():
        time.sleep(0.02)
    raise PhaseFailed("The app did not start.", code="app_failed")


def changed_meanwhile(context: PhaseContext):
    """A failure that may heal, of an operation whose row is no longer what its worker believes."""
    changes = {"cancel": {"cancel_requested_at": timezone.now()}, "claim": {"fence": F("fence") + 1}}
    row = Operation.objects.filter(pk=context.operation.pk)
    row.update(**changes[context.operation.input["meanwhile"]])
    raise OutsideFailure("The network is away.", code="network", retryable=True)


def unstored(context: PhaseContext):
    """The database goes away under it, as often as `input["failures"]` says."""
    note(context, "unstored")
    if context.attempt <= context.operation.input["failures"]:
        raise OperationalError("server closed the connection unexpectedly")
    return {}


def decided(context: PhaseContext):
    """Passes the point of no return once `input["until"]` is there, and then waits for `input["then"]`."""
    until = Path(context.operation.input["until"])
    while not until.exists():
        time.sleep(0.02)
    with transaction.atomic():
        note(context, "decided")
        context.decide(live=True)
    then = Path(context.operation.input["then"])
    while not then.exists():
        context.progress()
        time.sleep(0.02)
    return {"live": context.checkpoint_of("decided")["live"]}


def clearing(context: PhaseContext):
    """Makes something, and takes it away when it is stopped, which takes until `input["cleared"]` is there."""
    if not context.checkpoint_of("clearing"):
        context.save(made=True)
        note(context, "made")
    try:
        wait_for(context)
        context.progress()
    except Cancelled:
        note(context, "clearing")
        cleared = context.operation.input.get("cleared")
        while context.cancelled() and cleared and not Path(cleared).exists():
            time.sleep(0.02)
        context.keep("cleared up", cleared=True)
        raise
    return {}


def noisy(context: PhaseContext):
    raise PhaseFailed("It broke.", code="app_failed", tests=[{"id": "one", "lines": ["before\x00after"]}])


def command(context: PhaseContext):
    result = context.run(
        SandboxSpec(argv=context.operation.input["argv"], working_directory="/"), timeout_seconds=30
    )
    return {"exit_code": result.exit_code}


def shell(context: PhaseContext):
    """A script that sees the folder `input["shared"]` under its own name."""
    shared = context.operation.input["shared"]
    spec = SandboxSpec(
        argv=["/bin/sh", "-c", context.operation.input["script"]],
        working_directory="/",
        writable={Path(shared): shared},
    )
    return {"exit_code": context.run(spec, timeout_seconds=120).exit_code}


ended: list[tuple[str, str]] = []


def on_end(operation: Operation) -> None:
    ended.append((str(operation.pk), operation.status))


def deaf(operation: Operation) -> None:
    raise RuntimeError("nobody is to be told")


def unwritable(operation: Operation) -> None:
    raise IntegrityError("nothing can be written")


register(
    Workflow(
        "test_two", [Phase("first", "First", first), Phase("second", "Second", second)], "Done", on_end=on_end
    )
)
register(
    Workflow(
        "test_broken",
        [Phase("first", "First", first), Phase("broken", "Broken", broken)],
        "Done",
        on_end=on_end,
    )
)
register(Workflow("test_flaky", [Phase("flaky", "Flaky", flaky, retries=2)], "Done"))
register(Workflow("test_buggy", [Phase("buggy", "Buggy", buggy)], "Done"))
register(Workflow("test_silent", [Phase("second", "Second", second, no_progress_seconds=0.5)], "Done"))


register(Workflow("test_stopped", [Phase("second", "Second", stopped)], "Done"))
register(Workflow("test_meanwhile", [Phase("changed", "Changed", changed_meanwhile)], "Done"))
register(Workflow("test_overfull", [Phase("overfull", "Overfull", overfull, retries=0)], "Done"))
register(Workflow("test_noisy", [Phase("noisy", "Noisy", noisy)], "Done"))
register(Workflow("test_deaf", [Phase("first", "First", first)], "Done", on_end=deaf))
register(Workflow("test_unwritable", [Phase("first", "First", first)], "Done", on_end=unwritable))
register(Workflow("test_shell", [Phase("shell", "Shell", shell)], "Done"))
register(Workflow("test_unstored", [Phase("unstored", "Unstored", unstored)], "Done"))
register(Workflow("test_decided", [Phase("decided", "Decided", decided, cancel_seconds=20)], "Done"))
register(
    Workflow(
        "test_clearing", [Phase("clearing", "Making", clearing, cancel_seconds=60, clears_up=True)], "Done"
    )
)
register(Workflow("test_command", [Phase("command", "Command", command)], "Done"))


def start(type_: str, project, *, by=None, **given) -> Operation:
    from operations.engine.workflow import workflow_for

    operation = Operation.objects.create(
        type=type_,
        project=project,
        project_slug=project.slug if project else "",
        requested_by=by,
        input=given,
    )
    for position, phase in enumerate(workflow_for(type_).phases):
        OperationPhase.objects.create(operation=operation, slug=phase.slug, position=position)
    return operation
