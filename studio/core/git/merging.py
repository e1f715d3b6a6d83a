"""Three-way merges and differences, in an index of their own: no checkout, any version of git.

A path that both sides changed in the same place keeps the target's file and is reported; everything
else is merged. The commit says so in `Kept:` trailers, from which a repeated merge reads its result.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from studio.core.git.objects import Change
from studio.core.git.run import attempt, git
from studio.core.scratch import scratch_folder

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_KEPT = "Kept: "
_FILES = ("100644", "100755")  # not links, not submodules


@dataclass(frozen=True)
class _Entry:
    mode: str
    blob: str


def merge(folder: Path, *, ours: str, theirs: str, message: str) -> tuple[str, tuple[str, ...]]:
    """A merge commit of two commits and the paths where `ours` was kept against `theirs`."""
    base = git(folder, "merge-base", ours, theirs, accept=(0, 1)).decode().strip()
    if not base:
        base = git(folder, "hash-object", "-t", "tree", "-w", "--stdin").decode().strip()
    with scratch_folder() as scratch:
        index = {"GIT_INDEX_FILE": str(scratch / "index")}
        git(folder, "read-tree", "-i", "-m", "--aggressive", base, ours, theirs, environment=index)
        unmerged = git(folder, "ls-files", "--unmerged", "-z", environment=index)
        lines, conflicts = [], []
        for path, stages in sorted(_stages(unmerged).items()):
            entry, clean = _resolve(folder, scratch, stages)
            lines.append(f"0 {'0' * 40}\t{path}\0")
            if entry:
                lines.append(f"{entry.mode} {entry.blob}\t{path}\0")
            if not clean:
                conflicts.append(path)
        # All removals before all additions: a folder may give way to a file of its name.
        lines.sort(key=lambda line: not line.startswith("0 "))
        git(folder, "update-index", "-z", "--index-info", stdin="".join(lines).encode(), environment=index)
        tree = git(folder, "write-tree", environment=index).decode().strip()
    text = "\n".join([message, "", *(f"{_KEPT}{path}" for path in conflicts)]).strip()
    commit = git(folder, "commit-tree", tree, "-p", ours, "-p", theirs, stdin=text.encode()).decode().strip()
    return commit, tuple(conflicts)


def recorded_conflicts(folder: Path, theirs: str, ours: str) -> tuple[str, ...]:
    """What the merge that brought `theirs` into the history of `ours` kept, as far as nobody has changed
    it since; () if there was no such merge."""
    merges = git(folder, "log", "--merges", "--max-count=200", "--format=%H%x00%P%x00%B%x01", ours).decode(
        errors="replace"
    )
    for record in merges.split("\x01"):
        merged, parents, body = [*record.strip().split("\0", 2), "", ""][:3]
        if parents.split()[1:] == [theirs]:
            kept = [line.removeprefix(_KEPT) for line in body.splitlines() if line.startswith(_KEPT)]
            since = {change.path for change in changes(folder, merged, ours, patch=False)} if kept else set()
            return tuple(path for path in kept if path not in since)
    return ()


def changes(folder: Path, base: str | None, commit: str, *, patch: bool) -> tuple[Change, ...]:
    between = [base or _EMPTY_TREE, commit]
    if not base:
        git(folder, "hash-object", "-t", "tree", "-w", "--stdin")
    options = ["diff-tree", "-r", "-z", "--no-renames"]
    names = git(folder, *options, "--name-status", *between).decode(errors="replace").rstrip("\0").split("\0")
    statuses = dict(zip(names[1::2], names[0::2], strict=False))
    counts = git(folder, *options, "--numstat", *between).decode(errors="replace").rstrip("\0").split("\0")
    patches = _patches(folder, between) if patch else {}
    found = []
    for row in filter(None, counts):
        added, removed, path = row.split("\t", 2)
        found.append(
            Change(
                path=path,
                status={"A": "added", "D": "removed"}.get(statuses.get(path, "M"), "changed"),  # type: ignore[arg-type]
                added=None if added == "-" else int(added),
                removed=None if removed == "-" else int(removed),
                patch=patches.get(path, ""),
            )
        )
    return tuple(found)


def _patches(folder: Path, between: list[str]) -> dict[str, str]:
    text = git(folder, "diff-tree", "-r", "-p", "--no-renames", "--no-color", "--no-ext-diff", *between)
    found = {}
    for part in re.split(r"^(?=diff --git )", text.decode(errors="replace"), flags=re.MULTILINE):
        if header := re.match(r"diff --git a/(?P<path>.*) b/(?P=path)$", part, flags=re.MULTILINE):
            found[header["path"]] = part
    return found


def _stages(listing: bytes) -> dict[str, dict[int, _Entry]]:
    """Unmerged entries by path; stage 1 is the base, 2 ours, 3 theirs."""
    found: dict[str, dict[int, _Entry]] = defaultdict(dict)
    for row in filter(None, listing.decode(errors="replace").split("\0")):
        entry, path = row.split("\t", 1)
        mode, blob, stage = entry.split()
        found[path][int(stage)] = _Entry(mode, blob)
    return found


def _resolve(folder: Path, scratch: Path, stages: dict[int, _Entry]) -> tuple[_Entry | None, bool]:
    """The entry to keep (None: no file) and whether both sides are in it."""
    base, ours, theirs = (stages.get(stage) for stage in (1, 2, 3))
    if not (ours and theirs and ours.mode in _FILES and theirs.mode in _FILES):
        return ours, False
    mode = theirs.mode if base and ours.mode == base.mode else ours.mode
    if ours.blob == theirs.blob:
        return _Entry(mode, ours.blob), True
    drafts = []
    for name, side in (("ours", ours), ("base", base), ("theirs", theirs)):
        draft = scratch / name
        draft.write_bytes(git(folder, "cat-file", "blob", side.blob) if side else b"")
        drafts.append(str(draft))
    # The exit code counts the conflicts; a negative one (above 127) means that it is no text.
    conflicts, merged = attempt(folder, "merge-file", "--stdout", "--quiet", *drafts)
    if conflicts:
        return ours, False
    return _Entry(mode, git(folder, "hash-object", "-w", "--stdin", stdin=merged).decode().strip()), True
