"""The `git` program, run so that nothing of this machine or of a repository's author leaks in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from studio.core.errors import OutsideFailure

NAME, EMAIL = "Orchard Studio", "studio@orchard.invalid"
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",  # a link in a tree must never lead a reader out of its folder
    "core.quotePath": "false",
    "gc.auto": "0",
    "safe.directory": "*",
    "protocol.allow": "never",
}
_TIMEOUT_SECONDS = 60


class GitMissing(OutsideFailure):
    code = "git_missing"


class GitFailed(OutsideFailure):
    code = "git_failed"


def git(
    folder: Path,
    *argv: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
) -> bytes:
    """What `git argv` printed. Raises GitFailed for an exit code outside `accept`, GitMissing."""
    done = _run(folder, argv, stdin, environment)
    if done.returncode not in accept:
        raise GitFailed(f"git {argv[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def attempt(folder: Path, *argv: str) -> tuple[int, bytes]:
    """Exit code and output, where the exit code is an answer."""
    done = _run(folder, argv, b"", None)
    return done.returncode, done.stdout


def stream(folder: Path, *argv: str) -> Iterator[bytes]:
    """The same in chunks, for what may be large. Raises at the end when git failed."""
    try:
        child = subprocess.Popen(
            _argv(folder, argv),
            env=_environment(None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _missing(error) from error
    assert child.stdout is not None
    try:
        with child.stdout as pipe:
            while chunk := pipe.read(1 << 16):
                yield chunk
    finally:
        code = child.wait()
    if code:
        raise GitFailed(f"git {argv[0]} failed with exit code {code}.")


def _run(
    folder: Path, argv: Sequence[str], stdin: bytes, environment: Mapping[str, str] | None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            _argv(folder, argv),
            input=stdin,
            env=_environment(environment),
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except OSError as error:
        raise _missing(error) from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {argv[0]} took longer than {_TIMEOUT_SECONDS} s.", retryable=True) from error


def _argv(folder: Path, argv: Sequence[str]) -> list[str]:
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return ["git", *settings, f"--git-dir={folder}", *argv]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": NAME,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_COMMITTER_NAME": NAME,
        "GIT_COMMITTER_EMAIL": EMAIL,
        **(more or {}),
    }


def _missing(error: OSError) -> GitMissing:
    return GitMissing(f"git could not be started ({error.strerror}). Install git and try again.")
