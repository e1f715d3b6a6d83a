"""Repositories hold what was committed, move by conditional update and never lose a side of a merge."""

from __future__ import annotations

import io
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from studio.core.errors import InvalidInput, NotFound
from studio.core.git import Content, GitMissing, Repository


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "aeries.git")
    repository.ensure()
    return repository


def commit(
    repo: Repository, branch: str = "main", *, replace: bool = False, trailer: str = "", **files: object
) -> str:
    named = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    return repo.commit_files(branch=branch, files=named, message="Change", replace=replace, trailer=trailer)


def text(repo: Repository, path: str, at: str = "main") -> str:
    return repo.read(at, path).decode()


def test_a_new_repository_has_no_commits_and_making_it_again_changes_nothing(repo: Repository) -> None:
    assert repo.head("main") is None
    assert repo.log() == ()
    sha = commit(repo, a_txt="one\n")
    repo.ensure()
    assert repo.head("main") == sha


def test_a_commit_adds_changes_and_removes_files_and_keeps_the_others(repo: Repository) -> None:
    first = commit(repo, a_txt="one\n", docs__b_txt="two\n")
    second = commit(repo, a_txt="ONE\n", docs__b_txt=None, c_txt=b"\x00\xff")
    assert repo.files(second) == ("a.txt", "c.txt")
    assert text(repo, "a.txt", first) == "one\n"
    assert repo.read(second, "c.txt") == b"\x00\xff"


def test_replace_makes_the_tree_exactly_the_given_files(repo: Repository) -> None:
    commit(repo, a_txt="one\n", b_txt="two\n")
    sha = commit(repo, replace=True, c_txt="three\n")
    assert repo.files(sha) == ("c.txt",)


def test_a_repeated_trailer_returns_the_first_commit(repo: Repository) -> None:
    first = commit(repo, trailer="Operation: 7/spec", a_txt="one\n")
    later = commit(repo, a_txt="two\n")
    assert commit(repo, trailer="Operation: 7/spec", a_txt="one\n") == first
    assert repo.head("main") == later
    assert commit(repo, trailer="Operation: 7/spe", a_txt="three\n") not in (first, later)


def test_nothing_to_change_makes_no_commit(repo: Repository) -> None:
    sha = commit(repo, a_txt="one\n")
    assert commit(repo, a_txt="one\n") == sha
    assert len(repo.log()) == 1


def test_the_mode_of_a_file_survives_a_change_of_its_content(repo: Repository, tmp_path: Path) -> None:
    commit(repo, manage_py=Content(b"#!python\n", executable=True))
    sha = commit(repo, replace=True, manage_py="#!python3\n", plain_txt="x")
    repo.export(sha, tmp_path / "out")
    assert (tmp_path / "out" / "manage.py").stat().st_mode & 0o100
    assert not (tmp_path / "out" / "plain.txt").stat().st_mode & 0o100


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "a/../b",
        ".git/config",
        "a/.GIT/hooks/x",
        "a//b",
        "",
        "a\nb",
        'a"b',
        "a\\b",
        "./a",
    ],
)
def test_unsafe_paths_are_refused(repo: Repository, path: str) -> None:
    with pytest.raises(InvalidInput):
        repo.commit_files(branch="main", files={path: "x"}, message="Escape")
    assert repo.head("main") is None


@pytest.mark.parametrize("branch", ["../main", "-d", "a..b", "x.lock", "a b", ""])
def test_unsafe_branch_names_are_refused(repo: Repository, branch: str) -> None:
    with pytest.raises(InvalidInput):
        repo.commit_files(branch=branch, files={"a": "x"}, message="Escape")


def test_paths_with_spaces_and_other_scripts_come_back_unchanged(repo: Repository) -> None:
    path = "docs/größe & 名前.txt"
    sha = repo.commit_files(branch="main", files={path: "x"}, message="Names")
    assert repo.files(sha) == (path,)
    assert [change.path for change in repo.diff(None, sha)] == [path]


def test_writers_at_the_same_time_lose_no_file(repo: Repository) -> None:
    commit(repo, start_txt="x")

    def write(number: int) -> None:
        commit(repo, **{f"file{number}_txt": str(number)})

    writers = [threading.Thread(target=write, args=[number]) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(repo.files("main")) == {"start.txt", "file0.txt", "file1.txt", "file2.txt"}


def test_the_first_merge_makes_the_target(repo: Repository) -> None:
    sha = commit(repo, "generated", a_txt="one\n")
    assert repo.merge(source="generated", target="main", message="Build").commit == sha
    assert repo.head("main") == sha


LINES = "".join(f"line {number}\n" for number in range(9))


@pytest.fixture
def diverged(repo: Repository) -> Repository:
    """`main` with a person's edits on top of what was generated."""
    commit(repo, "generated", page_html=LINES, model_py=LINES, gone_py="x\n", kept_py="x\n")
    repo.merge(source="generated", target="main", message="Build 1")
    commit(repo, page_html=LINES.replace("line 1", "mine 1"), kept_py="mine\n", notes_md="mine\n")
    return repo


def test_changes_on_both_sides_of_a_file_are_merged(diverged: Repository) -> None:
    commit(diverged, "generated", page_html=LINES.replace("line 7", "theirs 7"), gone_py=None, new_py="new\n")
    result = diverged.merge(source="generated", target="main", message="Build 2")
    assert result.conflicts == ()
    assert text(diverged, "page.html") == LINES.replace("line 1", "mine 1").replace("line 7", "theirs 7")
    assert set(diverged.files("main")) == {"page.html", "model.py", "kept.py", "notes.md", "new.py"}
    assert diverged.log()[0].parents == (diverged.log()[0].parents[0], diverged.head("generated"))


def test_a_conflict_keeps_the_targets_file_and_says_so_also_when_asked_again(diverged: Repository) -> None:
    commit(diverged, "generated", page_html=LINES.replace("line 1", "theirs 1"), model_py="better\n")
    result = diverged.merge(source="generated", target="main", message="Build 2")
    assert result.conflicts == ("page.html",)
    assert text(diverged, "page.html") == LINES.replace("line 1", "mine 1")
    assert text(diverged, "model.py") == "better\n"
    assert diverged.merge(source="generated", target="main", message="Build 2") == result


def test_a_file_edited_by_a_person_survives_its_removal_by_the_generator(diverged: Repository) -> None:
    commit(diverged, "generated", kept_py=None)
    result = diverged.merge(source="generated", target="main", message="Build 2")
    assert result.conflicts == ("kept.py",)
    assert text(diverged, "kept.py") == "mine\n"


def test_a_file_removed_by_a_person_stays_removed(diverged: Repository) -> None:
    commit(diverged, kept_py=None)
    commit(diverged, "generated", kept_py="regenerated\n")
    result = diverged.merge(source="generated", target="main", message="Build 2")
    assert result.conflicts == ("kept.py",)
    assert "kept.py" not in diverged.files("main")


def test_a_file_that_became_a_folder_on_the_other_side_is_kept(diverged: Repository) -> None:
    commit(diverged, thing="mine\n")
    commit(diverged, "generated", thing__part_py="theirs\n", other_py="fine\n")
    result = diverged.merge(source="generated", target="main", message="Build 2")
    assert "thing/part.py" in result.conflicts or "thing" in result.conflicts
    assert text(diverged, "thing") == "mine\n"
    assert text(diverged, "other.py") == "fine\n"


def test_binary_files_changed_on_both_sides_conflict(diverged: Repository) -> None:
    commit(diverged, logo_png=b"\x00mine")
    commit(diverged, "generated", logo_png=b"\x00theirs")
    assert diverged.merge(source="generated", target="main", message="Build 2").conflicts == ("logo.png",)
    assert diverged.read("main", "logo.png") == b"\x00mine"


def test_a_settled_conflict_does_not_come_back_with_the_next_merge(diverged: Repository) -> None:
    commit(diverged, "generated", kept_py="theirs\n")
    diverged.merge(source="generated", target="main", message="Build 2")
    commit(diverged, "generated", model_py="better\n")
    assert diverged.merge(source="generated", target="main", message="Build 3").conflicts == ()


def test_a_conflict_that_somebody_resolved_is_not_reported_again(diverged: Repository) -> None:
    commit(diverged, page_html="mine\n")
    commit(diverged, "generated", page_html="theirs\n")
    assert diverged.merge(source="generated", target="main", message="Build 2").conflicts == ("page.html",)
    commit(diverged, page_html="both\n")
    assert diverged.merge(source="generated", target="main", message="Build 2").conflicts == ()


def test_no_draft_is_ever_to_be_seen(repo: Repository) -> None:
    """Whoever is killed while it commits leaves none: no reference is ever written but the branch's own.
    A lock on the draft's name comes and goes as git forgets it; it is no reference, and nobody else's."""
    seen = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.update(path.name for path in (repo.path / "refs").rglob("*") if path.is_file())

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(5):
        commit(repo, a_txt=f"{number}\n")
    stop.set()
    thread.join()
    assert {name for name in seen if not name.endswith(".lock")} == {"main"}


def test_a_lock_that_a_killed_git_left_is_in_the_way_for_a_moment_only(repo: Repository) -> None:
    commit(repo, a_txt="one\n")
    lock = repo.path / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    commit(repo, a_txt="two\n")
    assert text(repo, "a.txt") == "two\n"
    assert not lock.exists()


def test_a_merge_writes_no_conflict_marker_anywhere(diverged: Repository) -> None:
    commit(diverged, "generated", page_html="quite different\n", kept_py="different\n")
    diverged.merge(source="generated", target="main", message="Build 2")
    assert all(b"<<<<<<<" not in diverged.read("main", path) for path in diverged.files("main"))


def test_a_diff_counts_lines_and_shows_the_patch(diverged: Repository) -> None:
    base, head = diverged.log()[-1].sha, diverged.head("main")
    found = {change.path: change for change in diverged.diff(base, head, patch=True)}
    assert (found["notes.md"].status, found["notes.md"].added) == ("added", 1)
    assert (found["page.html"].added, found["page.html"].removed) == (1, 1)
    assert "+mine 1" in found["page.html"].patch


def test_the_log_tells_who_when_and_what(repo: Repository) -> None:
    repo.commit_files(
        branch="main", files={"a": "1"}, message="Add a\n\nBecause.", trailer="Operation: 1/spec"
    )
    entry = repo.log()[0]
    assert (entry.subject, entry.author) == ("Add a", "Orchard Studio")
    assert entry.body == "Because.\n\nOperation: 1/spec"
    assert entry.at.tzinfo is not None


def test_an_archive_is_a_zip_of_the_files(repo: Repository) -> None:
    sha = commit(repo, docs__a_txt="one\n")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(repo.archive(sha, prefix="aeries/"))))
    assert archive.read("aeries/docs/a.txt") == b"one\n"


def test_an_exported_link_cannot_lead_out_of_its_folder(repo: Repository, tmp_path: Path) -> None:
    from studio.core.git.run import git

    script = b"commit refs/heads/main\ncommitter X <x@x> 0 +0000\ndata 1\nx\nM 120000 inline link\ndata 11\n/etc/passwd\n"
    git(repo.path, "fast-import", "--quiet", stdin=script)
    repo.export("main", tmp_path / "out")
    assert not (tmp_path / "out" / "link").is_symlink()
    assert (tmp_path / "out" / "link").read_text() == "/etc/passwd"


@pytest.mark.parametrize("revision", ["nope", "--all", "main:a.txt", "0" * 40, ""])
def test_what_is_no_commit_is_not_found(repo: Repository, revision: str) -> None:
    commit(repo, a_txt="one\n")
    with pytest.raises(NotFound):
        repo.commit(revision)
    with pytest.raises(NotFound):
        repo.read("main", "missing.txt")


def test_a_missing_git_is_said_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="Install git"):
        Repository(tmp_path / "x.git").ensure()


def test_settings_and_hooks_of_the_machine_do_not_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Mallory\n[init]\n\tdefaultBranch = evil\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    repository = Repository(tmp_path / "x.git")
    repository.ensure()
    commit(repository, a_txt="1")
    assert repository.log()[0].author == "Orchard Studio"
    assert not list((tmp_path / "x.git").glob("hooks/*"))
