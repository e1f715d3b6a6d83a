"""Commits of phases: made once however often a phase is repeated, and told file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from operations.engine.workflow import PhaseContext
from studio.core.git import Repository, repository
from studio.models import Project

GENERATED = "generated"
MAIN = "main"
TRAILER = "Orchard-Operation"


def project_of(context: PhaseContext) -> Project:
    """The operation's project; only a teardown outlives it."""
    project = context.operation.project
    assert project is not None, "phases that ask belong to operations of a standing project"
    return project


def repository_of(context: PhaseContext) -> Repository:
    return repository(project_of(context).pk)


def commit(
    context: PhaseContext,
    *,
    branch: str,
    files: Mapping[str, str | bytes],
    message: str,
    replace: bool = False,
) -> str:
    """Commit and return the branch's head. The trailer names the phase and what it commits, so that a
    phase repeated after a crash finds its commit, and one retried with other content makes another."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        raw = content.encode() if isinstance(content, str) else content
        digest.update(f"{path}\0{len(raw)}\0".encode() + raw)
    return repository_of(context).commit_files(
        branch=branch,
        files=files,
        message=message,
        replace=replace,
        trailer=f"{TRAILER}: {context.key} {digest.hexdigest()[:12]}",
    )


def tell_files(context: PhaseContext, before: str | None, after: str) -> None:
    """One "file" event per file between two commits; of a beginning only how much it is."""
    if before == after:
        return
    changes = repository_of(context).diff(before, after)
    if before is None:
        context.log(f"{len(changes)} files written")
        return
    context.emit(
        "file",
        *(
            {"path": change.path, "status": change.status, "added": change.added, "removed": change.removed}
            for change in changes
        ),
    )
