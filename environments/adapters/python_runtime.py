"""Python environments that apps share: one per lock file, built once, mounted read-only."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

from django.conf import settings

from environments.ports import DeployError
from studio.core.ports import load
from studio.core.sandbox.port import Limits, Sandbox, SandboxSpec

INSIDE = "/runtime"
_BUILD_SECONDS = 600
_NOT_FOR_OTHERS = ("PYTHON", "VIRTUAL_ENV")
_PINNED = re.compile(
    r"[A-Za-z0-9][\w.-]*(\[[\w., -]*\])?==[\w.!+-]+(\s*;[^$]*?)?(\s+--hash=sha\d+:[0-9a-f]+)*", re.ASCII
)


def python_runtime(lock: Path) -> Path:
    """The virtual environment that holds exactly what `lock` names; built when there is none yet.

    Only wheels are taken, because installing from source would run a package's code as the Studio.
    Works in any process; two that ask at the same time build once. Raises DeployError.
    """
    folder = Path(settings.ORCHARD_HOME) / "runtimes"
    home = folder / _key(lock)
    if home.is_dir():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{home.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not home.is_dir():
            draft = folder / f".{home.name}.{uuid.uuid4().hex}"
            try:
                _build(draft, lock)
                draft.rename(home)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return home


def install_wheel(requirement: str) -> Path:
    """A folder with what this wheel holds; fetched once. Raises DeployError."""
    folder = Path(settings.ORCHARD_HOME) / "runtimes"
    home = folder / re.sub(r"[^\w.-]", "_", f"wheel-{requirement}")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{home.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not home.is_dir():
            draft = folder / f".{home.name}.{uuid.uuid4().hex}"
            try:
                if uv := _uv():
                    _run(
                        [
                            uv,
                            "pip",
                            "install",
                            "--quiet",
                            "--no-build",
                            "--python",
                            sys.executable,
                            "--target",
                            str(draft),
                            requirement,
                        ]
                    )
                else:
                    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
                    _run([*pip, "--only-binary", ":all:", "--target", str(draft), requirement])
                draft.rename(home)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return home


def _key(lock: Path) -> str:
    version = f"{platform.python_implementation()} {platform.python_version()} {sys.base_prefix} {platform.machine()}\n"
    try:
        return hashlib.sha256(version.encode() + lock.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise DeployError(f"There is no {lock.name} to install from.", code="prepare_failed") from error


def _check(lock: Path) -> None:
    """Nothing but pinned packages. Installers read more than that in such a file: other files of this
    machine, whose lines they quote when they are no requirements, other indexes, and our environment."""
    lines = lock.read_text(errors="replace").replace("\\\n", " ").splitlines()
    for line in lines:
        requirement = re.sub(r"(^|\s)#.*", "", line).strip()
        if requirement and not _PINNED.fullmatch(requirement):
            raise DeployError(
                f"The app's packages could not be installed: “{requirement[:100]}” in {lock.name} is not of "
                "the form name==version.",
                code="prepare_failed",
            )


def _build(folder: Path, lock: Path) -> None:
    _check(lock)
    if uv := _uv():
        python = str(folder / "bin" / "python")
        _run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--no-build", "--python", python, "-r", str(lock)])
    else:
        _run([sys.executable, "-m", "venv", "--symlinks", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--only-binary", ":all:", "-r", str(lock)])
    _compile(folder)


def _compile(folder: Path) -> None:
    """Bytecode beforehand, as nobody can write it later; in the sandbox, as packages may bring hooks."""
    sandbox: Sandbox = load("ORCHARD_SANDBOX")
    spec = SandboxSpec(
        argv=[f"{INSIDE}/bin/python", "-m", "compileall", "-q", "-j", "0", f"{INSIDE}/lib"],
        working_directory="/tmp",  # noqa: S108 (the sandbox's own)
        writable={folder: INSIDE},
        limits=Limits(cpu_seconds=None),
    )
    sandbox.run(spec, timeout_seconds=_BUILD_SECONDS)  # a file that does not compile is the app's affair


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")


def _run(argv: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_OTHERS)}
    # An authority that the owner of the machine trusts, say of a mirror, is known to the system and not to uv.
    environment = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"} | environment
    try:
        subprocess.run(
            argv,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout).strip()[-800:]
        raise DeployError(
            f"The app's packages could not be installed: {reason}", code="prepare_failed"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeployError(
            f"The app's packages could not be installed: {error}", code="prepare_failed"
        ) from error
