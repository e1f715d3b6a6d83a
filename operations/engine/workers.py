"""Who works: a name for this process, by which others on the same machine can tell that it is gone.

A lease says after half a minute that a worker is lost. Where the sweeper shares kernel and process
namespace with it, it need not wait: a process that does not exist has stopped.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

from studio.runtime.processes import ProcessIdentity


def this_worker() -> str:
    """`<host>|<kernel and process namespace>|<pid>`, at most 100 characters."""
    return f"{socket.gethostname()[:40]}|{_place()}|{os.getpid()}"


def is_gone(worker: str) -> bool:
    """True only when it is certain; False for any worker elsewhere."""
    _, _, rest = worker.partition("|")
    place, _, pid = rest.partition("|")
    if not place or place != _place() or not pid.isdigit():
        return False
    return ProcessIdentity.of(int(pid)) is None  # a dead one that nobody has buried is no worker either


@cache
def _place() -> str:
    """What makes process ids comparable; "" where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:13]
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return f"{boot}-{namespace}"
