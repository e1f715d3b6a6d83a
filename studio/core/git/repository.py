"""One project's repository.

Commits are written straight into the object store and a branch moves only from the commit that was
looked at (`update-ref` with the old value), so two writers cannot lose each other's work and a writer
that dies half way leaves the branch as it was.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from studio.core.errors import Conflict, InvalidInput, NotFound
from studio.core.git import merging
from studio.core.git.objects import Change, Commit, Content, MergeResult
from studio.core.git.run import EMAIL, NAME, GitFailed, git, stream
from studio.core.scratch import scratch_folder

_ATTEMPTS = 5
_LOCK_SECONDS = 10  # moving a branch takes some milliseconds
_NOTHING = "0" * 40
_TRAILER_SEARCH = 200
_BRANCH = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")


def repository(project_id: object) -> Repository:
    return Repository(Path(settings.ORCHARD_HOME) / "repositories" / f"{project_id}.git")


@dataclass(frozen=True)
class Repository:
    """`path` is the bare repository's folder. Everything raises GitMissing when there is no git,
    GitFailed when it refuses, NotFound for an unknown commit, branch or path."""

    path: Path

    def ensure(self) -> None:
        """Make it, unless it is there. Idempotent, also against somebody who does the same."""
        with scratch_folder(self.path.parent) as scratch:
            if (self.path / "HEAD").is_file():
                return
            draft = scratch / self.path.name
            draft.mkdir()
            git(draft, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(draft))
            with contextlib.suppress(OSError):  # somebody else was first
                draft.rename(self.path)

    def destroy(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def branches(self) -> tuple[str, ...]:
        return tuple(
            git(self.path, "for-each-ref", "--format=%(refname:short)", "refs/heads").decode().split()
        )

    def head(self, branch: str) -> str | None:
        """The commit a branch stands at, None while there is no such branch."""
        found = git(self.path, "rev-parse", "--verify", "--quiet", _ref(branch), accept=(0, 1))
        return found.decode().strip() or None

    def commit_files(
        self,
        *,
        branch: str,
        files: Mapping[str, str | bytes | Content | None],
        message: str,
        replace: bool = False,
        trailer: str = "",
    ) -> str:
        """Commit `files` on top of `branch` (None removes one) and return the branch's head.

        `replace` makes the tree exactly `files`. With a `trailer` ("Operation: 7f…/spec", one line) a
        commit of the branch that carries it already is returned instead. Nothing to change is no
        commit: the head is returned. Raises InvalidInput for an unsafe path, Conflict when others
        keep moving the branch.
        """
        for path in files:
            check_path(path)
        if trailer and ("\n" in trailer or ": " not in trailer):
            raise InvalidInput("A trailer is one line of the form 'Key: value'.")
        for _ in range(_ATTEMPTS):
            head = self.head(branch)
            if head and trailer and (done := self._commit_with(trailer, head)):
                return done
            commit = self._write(head, files, f"{message}\n\n{trailer}" if trailer else message, replace)
            if commit == head or self._move(branch, commit, head):
                return commit
        raise Conflict(f"The branch {branch} keeps moving; try again.", code="branch_moved")

    def merge(self, *, source: str, target: str, message: str) -> MergeResult:
        """Merge branch `source` into branch `target`; where both changed the same lines, the target
        keeps its file. Idempotent: a repeated call gives the first one's result."""
        for _ in range(_ATTEMPTS):
            theirs, ours = self.commit(source), self.head(target)
            if ours is None or self._is_ancestor(ours, theirs):
                if self._move(target, theirs, ours):
                    return MergeResult(theirs)
                continue
            if self._is_ancestor(theirs, ours):
                return MergeResult(ours, merging.recorded_conflicts(self.path, theirs, ours))
            commit, conflicts = merging.merge(self.path, ours=ours, theirs=theirs, message=message)
            if self._move(target, commit, ours):
                return MergeResult(commit, conflicts)
        raise Conflict(f"The branch {target} keeps moving; try again.", code="branch_moved")

    def commit(self, revision: str) -> str:
        """The full name of the commit a branch or an abbreviation stands for."""
        if revision.startswith("-"):
            raise NotFound(f"There is no commit {revision}.")
        found = git(
            self.path,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            accept=(0, 1, 128),
        )
        # rev-parse echoes --end-of-options in some versions.
        lines = found.decode().split()
        if not lines or not lines[-1].isalnum():
            raise NotFound(f"There is no commit {revision}.")
        return lines[-1]

    def files(self, commit: str) -> tuple[str, ...]:
        listing = git(self.path, "ls-tree", "-r", "-z", "--name-only", self.commit(commit))
        return tuple(listing.decode(errors="replace").rstrip("\0").split("\0")) if listing else ()

    def read(self, commit: str, path: str) -> bytes:
        check_path(path)
        sha = self.commit(commit)
        try:
            return git(self.path, "cat-file", "blob", f"{sha}:{path}")
        except GitFailed as error:
            raise NotFound(f"{path} is not in {sha[:7]}.") from error

    def export(self, commit: str, into: Path) -> None:
        """Write the files of a commit below `into`, which may exist. Symbolic links become plain files
        that hold the link's text."""
        sha = self.commit(commit)
        into.mkdir(parents=True, exist_ok=True)
        with scratch_folder() as scratch:
            index = {"GIT_INDEX_FILE": str(scratch / "index")}
            git(self.path, "read-tree", sha, environment=index)
            worktree = f"--work-tree={into}"
            git(self.path, worktree, "checkout-index", "--all", "--force", "--quiet", environment=index)

    def archive(self, commit: str, *, prefix: str = "") -> Iterator[bytes]:
        """A zip of the commit's files, in chunks; `prefix` is the folder they lie in ("aeries/")."""
        return stream(self.path, "archive", "--format=zip", f"--prefix={prefix}", self.commit(commit))

    def log(self, revision: str = "main", *, limit: int = 50) -> tuple[Commit, ...]:
        """The newest commits first; () for a branch that has none yet."""
        return self._log(revision, f"--max-count={limit}")

    def diff(self, base: str | None, commit: str, *, patch: bool = False) -> tuple[Change, ...]:
        """What changed from `base` (None: from nothing) to `commit`, by path."""
        return merging.changes(
            self.path, self.commit(base) if base else None, self.commit(commit), patch=patch
        )

    def _log(self, revision: str, *options: str) -> tuple[Commit, ...]:
        try:
            sha = self.commit(revision)
        except NotFound:
            return ()
        layout = "--format=%H%x00%P%x00%an%x00%ct%x00%s%x00%b%x00"
        raw = git(self.path, "log", *options, layout, sha).decode(errors="replace")
        fields = raw.split("\0")
        rows = (fields[at : at + 6] for at in range(0, len(fields) - 1, 6))
        return tuple(
            Commit(
                sha.strip(),
                tuple(parents.split()),
                author,
                datetime.fromtimestamp(int(at), UTC),
                subject,
                body.strip(),
            )
            for sha, parents, author, at, subject, body in rows
        )

    def _commit_with(self, trailer: str, head: str) -> str | None:
        found = self._log(head, "--fixed-strings", f"--grep={trailer}", f"--max-count={_TRAILER_SEARCH}")
        return next((commit.sha for commit in found if trailer in commit.body.splitlines()), None)

    def _write(
        self, head: str | None, files: Mapping[str, str | bytes | Content | None], message: str, replace: bool
    ) -> str:
        """A commit object with `files` on top of `head`; `head` itself when nothing differs.

        The draft's name is given back in the same breath: no reference is ever written, so that whoever
        dies here leaves none.
        """
        draft = f"refs/drafts/{uuid.uuid4().hex}"
        modes = self._modes(head) if head else {}
        text = message.encode()
        now = int(datetime.now(UTC).timestamp())
        script = [
            f"commit {draft}\nmark :1\n".encode(),
            f"committer {NAME} <{EMAIL}> {now} +0000\n".encode(),
            b"data %d\n%b\n" % (len(text), text),
        ]
        if head:
            script.append(f"from {head}\n".encode())
        if replace:
            script.append(b"deleteall\n")
        for path, content in sorted(files.items()):
            quoted = _quote(path)
            if content is None:
                script.append(b"D %b\n" % quoted)
                continue
            mode, data = _blob(content, modes.get(path, "100644"))
            script.append(b"M %b inline %b\ndata %d\n%b\n" % (mode.encode(), quoted, len(data), data))
        script.append(f"reset {draft}\nfrom {_NOTHING}\n\nget-mark :1\ndone\n".encode())
        options = ("--quiet", "--done", "--date-format=raw")
        commit = git(self.path, "fast-import", *options, stdin=b"".join(script)).decode().strip()
        if head and not git(self.path, "diff-tree", "-r", "--name-only", head, commit):
            return head
        return commit

    def _modes(self, commit: str) -> dict[str, str]:
        listing = git(self.path, "ls-tree", "-r", "-z", commit).decode(errors="replace")
        rows = (row.split("\t", 1) for row in listing.split("\0") if row)
        return {path: entry.split()[0] for entry, path in rows}

    def _move(self, branch: str, new: str, old: str | None) -> bool:
        """Move a branch if it still stands at `old`; False when it does not."""
        try:
            git(self.path, "update-ref", _ref(branch), new, old or _NOTHING)
        except GitFailed:
            if self.head(branch) != old:
                return False
            if not self._free(branch):
                raise
            return self._move(branch, new, old)
        return True

    def _free(self, branch: str) -> bool:
        """Whether a lock was in the way, and is not any more. One that is older than any move takes was
        left by a git that was killed, and would be in the way for ever."""
        lock = self.path / f"{_ref(branch)}.lock"
        found = False
        while (age_seconds := _age(lock)) is not None:
            found = True
            if age_seconds > _LOCK_SECONDS:
                lock.unlink(missing_ok=True)
            else:
                time.sleep(0.05)
        return found

    def _is_ancestor(self, older: str, newer: str) -> bool:
        base = git(self.path, "merge-base", older, newer, accept=(0, 1)).decode().strip()
        return base == older


def check_path(path: str) -> None:
    """Raises InvalidInput unless `path` is a plain relative path inside a repository."""
    parts = path.split("/")
    unsafe = any(
        part in ("", ".", "..") or part.lower().rstrip(". ") in (".git", "git~1") or len(part) > 255
        for part in parts
    )
    if unsafe or any(ord(sign) < 32 or sign in '\\"\x7f' for sign in path):
        raise InvalidInput(f"{path!r} is not a path a repository can hold.", code="unsafe_path")


def _age(path: Path) -> float | None:
    """Seconds since it was written, by this machine's clock; None when there is no such file."""
    try:
        return abs(time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return None


def _blob(content: str | bytes | Content, mode: str) -> tuple[str, bytes]:
    if isinstance(content, Content):
        return ("100755" if content.executable else "100644"), content.data
    if mode not in ("100644", "100755"):
        mode = "100644"
    return mode, content.encode() if isinstance(content, str) else content


def _quote(path: str) -> bytes:
    return b'"%b"' % path.encode()


def _ref(branch: str) -> str:
    if not _BRANCH.match(branch) or ".." in branch or branch.endswith((".lock", "/", ".")) or "//" in branch:
        raise InvalidInput(f"{branch!r} is not a branch name.")
    return f"refs/heads/{branch}"
