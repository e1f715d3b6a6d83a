"""Temporary folders that do not outlive whoever made them, even where that was killed.

The maker holds a lock on the folder, of which the kernel lets go at its death: a folder that nobody
holds belongs to nobody, whoever looks. Not for what another process goes on with.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "orchard-scratch-"


@contextlib.contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """An empty folder, gone afterwards; and those that others left behind are gone now. `within` is the
    folder it stands in (which is made): the system's temporary one, or where something made in it will be
    moved to."""
    within = within or Path(tempfile.gettempdir())
    within.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_abandoned(within)
    with contextlib.ExitStack() as stack:
        while True:
            temporary = tempfile.TemporaryDirectory(prefix=PREFIX, dir=within, ignore_cleanup_errors=True)
            if _hold(Path(temporary.name), stack, wait=True):
                break
            temporary.cleanup()  # somebody took it for abandoned before we held it
        yield Path(stack.enter_context(temporary))


def remove_abandoned(within: Path | None = None) -> None:
    for folder in (within or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        with contextlib.ExitStack() as stack:
            if _hold(folder, stack, wait=False):
                shutil.rmtree(folder, ignore_errors=True)


def _hold(folder: Path, stack: contextlib.ExitStack, *, wait: bool) -> bool:
    """False when it is gone or, without `wait`, held by somebody. Held until the stack is closed."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    stack.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return folder.exists()
