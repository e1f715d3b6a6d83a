"""What is read out of a repository and written into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Content:
    """A file to commit whose mode matters. Plain bytes or text keep the mode the file has."""

    data: bytes
    executable: bool = False


@dataclass(frozen=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    author: str
    at: datetime
    subject: str
    body: str


@dataclass(frozen=True)
class Change:
    """One file between two commits. `added` and `removed` count lines, None for a binary file."""

    path: str
    status: Literal["added", "changed", "removed"]
    added: int | None
    removed: int | None
    patch: str = ""


@dataclass(frozen=True)
class MergeResult:
    """`commit` is the target's head after the merge, with everything that merged cleanly.

    `conflicts` are paths that both sides changed: there the target kept its own version.
    """

    commit: str
    conflicts: tuple[str, ...] = ()
