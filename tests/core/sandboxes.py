"""Machines with and without a bubblewrap that works."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from studio.core.sandbox import bubblewrap


def has_namespaces() -> bool:
    """Whether the machine can do it at all, with options that are not ours: where it can, we must."""
    bwrap = shutil.which("bwrap")
    command = [
        bwrap or "bwrap",
        "--unshare-user",
        "--unshare-pid",
        "--unshare-net",
        "--ro-bind",
        "/",
        "/",
        "true",
    ]
    return (
        bool(bwrap) and subprocess.run(command, check=False, capture_output=True, timeout=10).returncode == 0
    )


def forbid_namespaces(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put a bubblewrap first on PATH that fails as the real one does without user namespaces."""
    program = folder / "machine" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    assert bubblewrap.program() is None
