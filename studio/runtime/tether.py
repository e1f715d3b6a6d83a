"""Run a command that ends when whoever started it ends, however that happens.

    python -I -S tether.py [--signal NAME] [--environment FILE] COMMAND…

Linux only sends the signal (TERM when not told) at the death of the parent; elsewhere the next start
clears up. `--environment` is a JSON object that becomes the whole environment: the supervisor itself
runs without the Studio's variables, so that apps cannot inherit one.
Started for every program, so it imports nothing of ours and takes some 15 ms.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def end_with_parent(signal_number: int) -> None:
    """Ask the kernel for `signal_number` when this process's parent dies. Survives exec, not fork."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that none escapes."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main(arguments: list[str]) -> None:
    signal_number = signal.SIGTERM
    environment = dict(os.environ)
    while arguments and arguments[0].startswith("--"):
        option, value, *arguments = arguments
        if option == "--signal":
            signal_number = signal.Signals[f"SIG{value}"]
        elif option == "--environment":
            with open(value) as handle:
                environment = json.load(handle)
        else:
            raise SystemExit(f"tether: unknown option {option}")
    parent = os.getppid()
    end_with_parent(signal_number)
    if os.getppid() != parent:  # it ended before the kernel was asked
        raise SystemExit(1)
    try:
        os.execvpe(arguments[0], arguments, environment)
    except OSError as error:
        raise SystemExit(f"{arguments[0]}: {error.strerror}") from error


if __name__ == "__main__":
    main(sys.argv[1:])
