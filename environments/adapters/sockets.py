"""Unix sockets that may or may not have somebody behind them."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path


def listens(path: Path) -> bool:
    """Whether a connection is accepted now. Asked before httpx, which leaks a socket per refusal."""
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        return probe.connect_ex(str(path)) == 0
