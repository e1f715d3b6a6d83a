"""Nothing outlives who started it, and nobody else's process is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.runtime import tether
from studio.runtime.processes import ProcessIdentity, end_leftovers

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 60
    while ProcessIdentity.of(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return ProcessIdentity.of(pid) is None


def wait_for_command(pid: int, name: str) -> None:
    """Until the tether has become the command it was given."""
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}/comm").read_text().strip() != name and time.monotonic() < deadline:
        time.sleep(0.02)


def test_an_identity_is_that_of_one_process_alone(tmp_path):
    sleeper = subprocess.Popen(["sleep", "60"])
    identity = ProcessIdentity.of(sleeper.pid)
    identity.save(tmp_path / "it.json")
    assert ProcessIdentity.read(tmp_path / "it.json") == identity
    assert identity.is_alive()
    assert not ProcessIdentity(sleeper.pid, "1").is_alive()
    sleeper.kill()
    sleeper.wait()
    assert not identity.is_alive()


@pytest.mark.parametrize("content", ["", "[]", '{"pid": 1}'])
def test_a_spoilt_record_is_no_identity(tmp_path, content):
    (tmp_path / "it.json").write_text(content)
    assert ProcessIdentity.read(tmp_path / "it.json") is None
    assert ProcessIdentity.read(tmp_path / "missing.json") is None


@linux_only
def test_a_tethered_command_ends_with_its_parent_however_that_ends():
    script = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", {tether.__file__!r}, "--signal", "KILL", "sleep", "60"])
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        wait_for_command(child, "sleep")
        parent.kill()
    assert wait_until_gone(child)


def test_a_tethered_command_sees_exactly_the_environment_of_the_file(tmp_path):
    (tmp_path / "environment.json").write_text('{"PATH": "/usr/bin:/bin", "GIVEN": "yes"}')
    command = [
        sys.executable,
        "-I",
        "-S",
        tether.__file__,
        "--environment",
        str(tmp_path / "environment.json"),
        "env",
    ]
    seen = subprocess.run(command, env={"SECRET": "no"}, capture_output=True, text=True, check=True).stdout
    assert sorted(seen.split()) == ["GIVEN=yes", "PATH=/usr/bin:/bin"]


def test_a_missing_command_is_named(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-S", tether.__file__, "no-such-program"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "no-such-program: No such file or directory"


@linux_only
def test_leftovers_are_the_session_of_the_recorded_process_even_when_it_is_gone():
    leader = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; wait"], start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    stray = int(leader.stdout.readline())
    leader.stdout.close()
    identity = ProcessIdentity.of(leader.pid)
    leader.kill()
    leader.wait()
    assert ProcessIdentity.of(stray)
    assert end_leftovers(identity, patience_seconds=1)
    assert wait_until_gone(stray)
    assert not end_leftovers(identity, patience_seconds=1)


def test_a_process_that_only_has_the_recorded_number_is_left_alone():
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        assert not end_leftovers(ProcessIdentity(bystander.pid, "1"), patience_seconds=1)
        assert bystander.poll() is None
    finally:
        os.kill(bystander.pid, signal.SIGKILL)
        bystander.wait()


def test_the_tether_needs_nothing_of_ours():
    source = Path(tether.__file__).read_text()
    assert "import studio" not in source
    assert "from studio" not in source
