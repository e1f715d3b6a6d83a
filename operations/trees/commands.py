"""`exec` steps where they run: on this machine for a file somebody runs herself, in the sandbox for an
operation, where the tree comes from the library and its variables from anybody."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence

from django.db import connections

from operations.engine.workflow import Interrupted, PhaseContext
from operations.trees.actions import Execution, StepFailed, StepStopped
from studio.core.errors import OutsideFailure
from studio.core.sandbox.port import SandboxSpec
from studio.core.sandbox.process import Output, Stopped, follow

OUTPUT_BYTES = 1 << 20
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


def execute_here(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout_seconds: float,
    stopped: Callable[[], bool],
) -> Execution:
    """In the current folder, with the basic variables of this process and those of the step."""
    basic = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    output = Output(OUTPUT_BYTES)
    try:
        exit_code = follow(
            command,
            environment={**basic, **environment},
            output=output,
            timeout_seconds=timeout_seconds,
            cancelled=stopped,
        )
    except Stopped as error:
        if error.cancelled:
            raise StepStopped from error
        raise StepFailed(f"{shlex.join(command)} took longer than {timeout_seconds:g} s") from error
    except (OSError, ValueError) as error:
        raise StepFailed(f"{shlex.join(command)} cannot be started: {error}") from error
    return Execution(exit_code, output.text())


class ExecuteSandboxed:
    """Sees nothing but the system's programs: no network, no file of the Studio."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context

    def __call__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float,
        stopped: Callable[[], bool],
    ) -> Execution:
        spec = SandboxSpec(argv=command, environment=environment, working_directory="/")
        try:
            result = self._context.run(spec, timeout_seconds=timeout_seconds)
        except Interrupted as error:  # the thread that runs the graph hears of it by itself
            raise StepStopped from error
        except OutsideFailure as error:
            raise StepFailed(error.message) from error
        except ValueError as error:  # a NUL in an argument
            raise StepFailed(f"{shlex.join(command)} cannot be started: {error}") from error
        finally:
            connections.close_all()  # those of this thread
        if result.timed_out:
            raise StepFailed(f"{shlex.join(command)} took longer than {timeout_seconds:g} s")
        return Execution(result.exit_code, result.output)
