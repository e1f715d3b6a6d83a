"""Temporary folders, also of those who were killed."""

import signal
import subprocess
import sys
import threading

import pytest

from studio.core import scratch

HOLDER = """
import sys
from studio.core.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "app").mkdir()
    (folder / "app" / "file").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def holder(own_temporary_folder):
    """Another process with a scratch folder of its own; its path is its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.kill()


def test_a_folder_is_gone_afterwards(tmp_path):
    with scratch.scratch_folder() as folder:
        (folder / "file").write_text("x")
        assert list(tmp_path.iterdir()) == [folder]
    assert not list(tmp_path.iterdir())


def test_the_folder_of_somebody_who_was_killed_goes_with_the_next_one(tmp_path, holder):
    abandoned = holder.stdout.readline().strip()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert [str(path) for path in tmp_path.iterdir()] == [abandoned]
    with scratch.scratch_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_the_folder_of_somebody_who_lives_stays(tmp_path, holder):
    held = holder.stdout.readline().strip()
    scratch.remove_abandoned()
    assert [str(path) for path in tmp_path.iterdir()] == [held]


def test_what_is_made_elsewhere_is_looked_after_there(tmp_path):
    place = tmp_path / "place"
    with scratch.scratch_folder(place) as folder:
        assert folder.parent == place
        (folder / "made").write_text("x")
        (folder / "made").rename(place / "made")
        scratch.remove_abandoned(place)
        assert folder.is_dir()
    assert [path.name for path in place.iterdir()] == ["made"]


def test_many_at_once_never_take_each_others(tmp_path):
    broken = []

    def work():
        for number in range(50):
            with scratch.scratch_folder() as folder:
                (folder / "file").write_text(str(number))
                scratch.remove_abandoned()
                if (folder / "file").read_text() != str(number):
                    broken.append(folder)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    assert not list(tmp_path.iterdir())
