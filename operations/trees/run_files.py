"""Runs from the command line as files, so that one that was cut off can be resumed.

A file is replaced whole at each change, is its owner's alone (variables and outputs may be private), and
goes when the run has ended.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from operations.trees.record import RunRecord
from studio.core.errors import Conflict, InvalidInput, NotFound


class RunFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, run: RunRecord) -> None:
        path = self._path(run.id)
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(run.model_dump_json(indent=1))
        draft.replace(path)

    def unfinished(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def load(self, run_id: str) -> RunRecord:
        """Raises NotFound, or InvalidInput for a damaged file."""
        if run_id not in self.unfinished():
            raise NotFound(f"There is no unfinished run “{run_id}”.", code="unknown_run")
        path = self._path(run_id)
        try:
            return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{path} cannot be read: {error}", code="damaged_run") from error

    def forget(self, run_id: str) -> None:
        for suffix in (".json", ".lock"):
            self._path(run_id).with_suffix(suffix).unlink(missing_ok=True)

    @contextmanager
    def held(self, run_id: str) -> Iterator[None]:
        """Nobody else works on this run meanwhile. Raises Conflict when somebody does, InvalidInput for a
        folder that cannot be written; the system frees the lock of a process that was killed."""
        lock = self._path(run_id).with_suffix(".lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened = lock.open("w")
        except OSError as error:
            raise InvalidInput(
                f"{self._folder} cannot be written: {error.strerror}.", code="unwritable_home"
            ) from error
        with opened as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(f"The run {run_id} is still at work.", code="still_running") from error
            yield

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"
