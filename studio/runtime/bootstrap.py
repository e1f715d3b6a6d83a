"""What `make` calls first: `.venv` with exactly what a lock pins, by uv, on a machine that may have neither.

    python3 studio/runtime/bootstrap.py [--dev]

Runs before anything is installed, so it needs the standard library alone. A virtual environment that
holds the development lock keeps it, also when `make run` asks for less.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.sha256"
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
UV_REMEDY = "install uv (https://docs.astral.sh/uv/) or your system's python3-venv, and try again"


def main() -> None:
    if sys.version_info < (3, 11):
        raise SystemExit(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 …"
        )
    installed = STAMP.read_text() if STAMP.exists() else ""
    dev = "--dev" in sys.argv or installed.endswith(DEV_LOCK.name)
    lock = DEV_LOCK if dev else LOCK
    wanted = f"{fingerprint(lock)} {lock.name}"
    if not PYTHON.exists():  # none yet, or its system Python has gone
        shutil.rmtree(VENV, ignore_errors=True)
    elif installed == wanted:
        return
    print(f"Installing {lock.name} into {VENV.name} …", flush=True)
    uv = find_uv() or install_uv()
    if not PYTHON.exists():
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(lock)])
    STAMP.write_text(wanted)


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def find_uv() -> str | None:
    """One that really runs: a version switcher may have put an empty shell on PATH."""
    for candidate in (shutil.which("uv"), VENV / "bin" / "uv", Path.home() / ".local" / "bin" / "uv"):
        if candidate and succeeds([str(candidate), "--version"]):
            return str(candidate)
    return None


def install_uv() -> str:
    """Into `.venv`, where the lock keeps it; no system or user folder is touched. Distributions differ
    in which of venv, ensurepip and pip they leave out."""
    uv = VENV / "bin" / "uv"
    in_venv = [str(PYTHON), "-m", "pip"]
    from_outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    for make_venv, pip in (([], in_venv), (["--without-pip"], from_outside)):
        made = succeeds([sys.executable, "-m", "venv", "--clear", *make_venv, str(VENV)])
        if made and succeeds([*pip, "install", "--quiet", "uv"]) and uv.exists():
            return str(uv)
    shutil.rmtree(VENV, ignore_errors=True)
    if shutil.which("pipx") and succeeds(["pipx", "install", "--quiet", "uv"]):
        return find_uv() or fail()
    return fail()


def fail() -> str:
    raise SystemExit(f"uv could not be installed with this Python's venv and pip: {UV_REMEDY}.")


def succeeds(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def run(command: list[str]) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")
    }
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise SystemExit(f"Installing failed; the lines above say why. The command was: {' '.join(command)}")


if __name__ == "__main__":
    main()
