"""Where the embedded mode keeps its run-time files.

A unix socket's path may have 107 bytes at most, so a deep ORCHARD_HOME gets its sockets in a short
private folder elsewhere. Imports nothing of Django: the settings read it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

# Leaves 47 bytes for what stands below it, e.g. "apps/<release>/app.sock".
LONGEST_SOCKET_FOLDER = 60


def socket_folder(home: Path) -> Path:
    """The folder for all unix sockets of the instance living in `home`; made on demand by `private_folder`."""
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    name = f"orchard-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 — checked by private_folder
        if base and os.path.isdir(base) and len(os.fsencode(base)) + 1 + len(name) <= LONGEST_SOCKET_FOLDER:
            return Path(base) / name
    return folder


def private_folder(path: Path) -> Path:
    """`path` as a folder that only this user can enter. Raises PermissionError when it is somebody else's."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise PermissionError(
            f"{path} exists and does not belong to this user; remove it or set ORCHARD_HOME elsewhere"
        )
    path.chmod(0o700)
    return path
