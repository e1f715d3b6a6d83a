"""What runs in a sandbox sees what it was given and nothing else, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from studio.core.sandbox.local import LocalSandbox
from studio.core.sandbox.port import (
    Limits,
    SandboxCancelled,
    SandboxResult,
    SandboxSpec,
    SandboxUnavailable,
)
from tests.core.sandboxes import forbid_namespaces, has_namespaces

PYTHON = Path(sys.prefix)  # a virtual environment, mounted at /runtime as apps get theirs


@pytest.fixture(params=["bubblewrap", "rlimits"])
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalSandbox:
    """Both levels; the second as on a machine that forbids namespaces."""
    if request.param == "rlimits":
        forbid_namespaces(monkeypatch, tmp_path)
    elif not has_namespaces():
        pytest.skip("bubblewrap does not work on this machine")
    return LocalSandbox()


@pytest.fixture
def confined() -> LocalSandbox:
    """For what only namespaces can hold back."""
    if not has_namespaces():
        pytest.skip("bubblewrap does not work on this machine")
    sandbox = LocalSandbox()
    assert sandbox.level() == "bubblewrap"
    return sandbox


def shell(sandbox: LocalSandbox, script: str, *, timeout_seconds: float = 60, **spec: Any) -> SandboxResult:
    spec.setdefault("working_directory", "/")
    return sandbox.run(SandboxSpec(argv=["/bin/sh", "-c", script], **spec), timeout_seconds=timeout_seconds)


def python(
    sandbox: LocalSandbox,
    program: str,
    *,
    arguments: Sequence[str] = (),
    read_only: Mapping[Path, str] | None = None,
    limits: Limits | None = None,
) -> SandboxResult:
    spec = SandboxSpec(
        argv=["/runtime/bin/python", "-c", program, *arguments],
        working_directory="/",
        read_only={PYTHON: "/runtime", **(read_only or {})},
        limits=limits or Limits(),
    )
    return sandbox.run(spec, timeout_seconds=60)


def test_exit_code_and_both_outputs_come_back(sandbox: LocalSandbox) -> None:
    result = shell(sandbox, "echo out; echo err >&2; exit 3")
    assert (result.exit_code, result.output, result.timed_out) == (3, "out\nerr\n", False)


def test_a_death_by_signal_is_a_negative_exit_code(sandbox: LocalSandbox) -> None:
    assert shell(sandbox, "kill -KILL $$").exit_code == -signal.SIGKILL


def test_lines_are_told_as_they_come(sandbox: LocalSandbox) -> None:
    told: list[tuple[float, str]] = []
    spec = SandboxSpec(argv=["/bin/sh", "-c", "echo one; /bin/sleep 0.5; printf two"], working_directory="/")
    sandbox.run(spec, timeout_seconds=60, on_line=lambda line: told.append((time.monotonic(), line)))
    assert [line for _, line in told] == ["one", "two"]
    assert told[1][0] - told[0][0] > 0.3


def test_the_environment_is_exactly_what_was_given(
    sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "the-studio-s-own")
    result = shell(
        sandbox, "/usr/bin/env", environment={"APP_ENVIRONMENT": "test", "QUOTED": "a 'b' \"c\" $d\ne"}
    )
    names = {line.split("=")[0] for line in result.output.splitlines() if "=" in line}
    assert names == {"APP_ENVIRONMENT", "QUOTED", "PATH", "HOME", "LANG", "PWD"}
    assert "QUOTED=a 'b' \"c\" $d\ne" in result.output


def test_given_folders_are_where_the_spec_says(sandbox: LocalSandbox, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "app" / "in.txt").write_text("in")
    result = sandbox.run(
        SandboxSpec(
            argv=["/bin/sh", "-c", "/bin/cat in.txt > /data/out.txt; /bin/cat ${DATABASE_URL#sqlite:///}"],
            environment={"DATABASE_URL": "sqlite:////data/out.txt"},
            read_only={tmp_path / "app": "/app"},
            writable={tmp_path / "data": "/data"},
        ),
        timeout_seconds=60,
    )
    assert (result.exit_code, result.output) == (0, "in")
    assert (tmp_path / "data" / "out.txt").read_text() == "in"


def test_a_virtual_environment_works_where_it_is_mounted(sandbox: LocalSandbox) -> None:
    result = python(sandbox, "import ssl, sqlite3, django; print(django.__name__)")
    assert (result.exit_code, result.output) == (0, "django\n")


def test_a_flood_of_output_is_cut_and_hurts_nobody(sandbox: LocalSandbox) -> None:
    told = 0

    def count(line: str) -> None:
        nonlocal told
        told += len(line)

    spec = SandboxSpec(
        argv=["/bin/sh", "-c", "/usr/bin/yes | /usr/bin/head -c 300000000; echo the end"],
        working_directory="/",
        limits=Limits(output_bytes=10_000),
    )
    result = sandbox.run(spec, timeout_seconds=120, on_line=count)
    assert result.exit_code == 0
    assert len(result.output) < 10_100
    assert result.output.startswith("y\ny\n")
    assert "bytes cut out" in result.output
    assert result.output.endswith("the end\n")
    assert told < 10_100


def test_one_endless_line_is_told_in_pieces(sandbox: LocalSandbox) -> None:
    lines: list[str] = []
    spec = SandboxSpec(argv=["/usr/bin/head", "-c", "100000", "/dev/zero"], working_directory="/")
    sandbox.run(spec, timeout_seconds=60, on_line=lines.append)
    assert sum(map(len, lines)) <= 100_000
    assert max(map(len, lines)) <= 8 << 10


def test_what_takes_too_long_is_ended(sandbox: LocalSandbox) -> None:
    result = shell(sandbox, "echo begun; /bin/sleep 600", timeout_seconds=5)
    assert (result.timed_out, result.output) == (True, "begun\n")
    assert result.seconds < 60


def test_cancelling_ends_all_descendants_within_two_seconds(sandbox: LocalSandbox) -> None:
    marker = f"86{os.getpid()}.{time.monotonic_ns() % 10**6}"
    asked_at: list[float] = []

    def cancelled() -> bool:
        if not asked_at and _running(marker) >= 2:
            asked_at.append(time.monotonic())
        return bool(asked_at)

    script = f"(/bin/sleep {marker} & /bin/sleep {marker}) & wait"
    with pytest.raises(SandboxCancelled):
        sandbox.run(
            SandboxSpec(argv=["/bin/sh", "-c", script], working_directory="/"),
            timeout_seconds=120,
            cancelled=cancelled,
        )
    while _running(marker) and time.monotonic() - asked_at[0] < 60:
        time.sleep(0.01)
    assert _running(marker) == 0
    assert _zombie_children() == 0


def test_a_daemon_that_fled_into_its_own_session_ends_too(confined: LocalSandbox) -> None:
    marker = f"87{os.getpid()}.{time.monotonic_ns() % 10**6}"
    result = shell(confined, f"/usr/bin/setsid /bin/sleep {marker} >/dev/null 2>&1 & exit 0")
    assert result.exit_code == 0
    assert _running(marker) == 0


def test_a_listener_that_raises_leaves_nothing_running(sandbox: LocalSandbox) -> None:
    marker = f"88{os.getpid()}.{time.monotonic_ns() % 10**6}"

    def refuse(line: str) -> None:
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="begun"):
        sandbox.run(
            SandboxSpec(argv=["/bin/sh", "-c", f"echo begun; /bin/sleep {marker}"], working_directory="/"),
            timeout_seconds=120,
            on_line=refuse,
        )
    assert _running(marker) == 0


def test_the_studios_files_cannot_be_read(confined: LocalSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text("s3cret")
    assert (
        shell(confined, f"cat {secret}; cat {__file__}; ls {tmp_path}; cat /etc/shadow").output.count(
            "No such file"
        )
        == 4
    )
    assert shell(
        confined, "ls /home /root 2>/dev/null | grep -v -e ^app -e ^/ -e '^$'; ls /var /opt /srv"
    ).exit_code


def test_nothing_but_the_given_folders_and_tmp_can_be_written(confined: LocalSandbox, tmp_path: Path) -> None:
    probe = (
        "for d in / /usr /etc /app /proc/sys/kernel /data /tmp; do touch $d/x 2>/dev/null && echo $d; done"
    )
    given = {tmp_path: "/data"}
    result = shell(confined, probe, read_only={Path(__file__).parent: "/app"}, writable=given)
    assert result.output.split() == ["/data", "/tmp"]


def test_a_listener_on_loopback_cannot_be_reached(confined: LocalSandbox) -> None:
    connect = (
        "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2); print('reached')"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        refused = python(confined, connect, arguments=[port])
        granted = confined.run(
            SandboxSpec(
                argv=["/runtime/bin/python", "-c", connect, port],
                working_directory="/",
                read_only={PYTHON: "/runtime"},
                network=True,
            ),
            timeout_seconds=60,
        )
    assert "ConnectionRefusedError" in refused.output
    assert granted.output == "reached\n"


def test_an_abstract_socket_of_the_machine_cannot_be_reached(confined: LocalSandbox) -> None:
    name = f"orchard-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        result = python(confined, f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')")
    assert "ConnectionRefusedError" in result.output


def test_other_processes_are_not_to_be_seen(confined: LocalSandbox) -> None:
    result = shell(confined, "ls -d /proc/[0-9]* | wc -l; cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert int(result.output.split()[0]) <= 4
    assert "pytest" not in result.output


def test_it_has_no_capability_and_can_gain_none(confined: LocalSandbox) -> None:
    status = dict(
        line.split(":\t")
        for line in shell(confined, "cat /proc/self/status").output.splitlines()
        if ":\t" in line
    )
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Uid"].split()[0] != "0"
    assert shell(confined, "unshare --user --map-root-user true").exit_code


def test_memory_and_file_sizes_have_limits(sandbox: LocalSandbox, tmp_path: Path) -> None:
    limits = Limits(memory_bytes=300 << 20, file_bytes=1 << 20)
    assert "MemoryError" in python(sandbox, "x = bytearray(400 << 20)", limits=limits).output
    shell(
        sandbox, "/usr/bin/head -c 5000000 /dev/zero > /data/big", writable={tmp_path: "/data"}, limits=limits
    )
    assert (tmp_path / "big").stat().st_size == 1 << 20


def test_a_spinning_program_runs_out_of_processor_time(sandbox: LocalSandbox) -> None:
    result = shell(sandbox, "while true; do :; done", limits=Limits(cpu_seconds=1))
    assert result.exit_code == -signal.SIGKILL
    assert result.seconds < 60


def test_a_program_that_cannot_be_started_says_so(sandbox: LocalSandbox) -> None:
    result = sandbox.run(SandboxSpec(argv=["/no/such/program"], working_directory="/"), timeout_seconds=5)
    assert result.exit_code > 0
    assert "/no/such/program" in result.output


def test_a_world_that_cannot_be_built_is_an_outside_failure(confined: LocalSandbox) -> None:
    with pytest.raises(SandboxUnavailable, match="no/such/folder"):
        shell(confined, "true", read_only={Path("/no/such/folder"): "/app"})


def test_a_supervised_command_holds_no_secret_and_passes_the_signal_to_end(
    sandbox: LocalSandbox, tmp_path: Path
) -> None:
    script = "trap 'echo $TOKEN; exit 0' TERM; echo ready; while true; do /bin/sleep 0.05; done"
    spec = SandboxSpec(argv=["/bin/sh", "-c", script], working_directory="/", environment={"TOKEN": "s3cret"})
    command = sandbox.command(spec, starts_file=tmp_path / "starts")
    assert "s3cret" not in " ".join(command)
    environment = {"TOKEN": "s3cret", "SECRET_KEY": "the-studio-s-own"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.terminate()
        assert child.stdout.read() == "s3cret\n"
        assert child.wait(60) == 0
    assert (tmp_path / "starts").stat().st_size == 1


def test_two_threads_run_beside_each_other(sandbox: LocalSandbox, tmp_path: Path) -> None:
    """Each command waits for the other's file, so that one after the other would run out of time."""
    meet = "/usr/bin/touch /data/{0}; until [ -e /data/{1} ]; do /bin/sleep 0.1; done; echo {0}"
    results: list[str] = []

    def run(word: str, other: str) -> None:
        results.append(shell(sandbox, meet.format(word, other), writable={tmp_path: "/data"}).output)

    threads = [threading.Thread(target=run, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["one\n", "two\n"]


def _running(marker: str) -> int:
    """How many processes sleep for `marker`: a number that nobody else sleeps for."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += path.read_bytes() == b"/bin/sleep\0%b\0" % marker.encode()
        except OSError:
            continue
    return found


def _zombie_children() -> int:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return sum(Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z" for pid in children)


def test_an_interpreter_of_the_system_serves_by_whichever_of_its_names(
    confined: LocalSandbox, tmp_path: Path
) -> None:
    if not Path("/bin/python3").exists():
        pytest.skip("no Python of the system's own")
    home = virtual_environment(tmp_path, interpreter=Path("/bin/python3"))
    assert python_of(confined, home, "print('here')").output == "here\n"


def test_an_interpreter_in_a_home_shows_nothing_of_that_home(confined: LocalSandbox, tmp_path: Path) -> None:
    programs = tmp_path / "home" / "bin"
    programs.mkdir(parents=True)
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    (tmp_path / "home" / "diary").write_text("mine")
    home = virtual_environment(tmp_path, interpreter=programs / "python3")
    seen = python_of(confined, home, f"import os; print(os.listdir({str(tmp_path / 'home')!r}))")
    assert seen.output == "['bin']\n"


def test_private_keys_of_the_machine_are_not_to_be_seen(confined: LocalSandbox) -> None:
    seen = shell(confined, "ls -d /etc/ssl/* /etc/pki/* /etc/pki/tls/* 2>/dev/null")
    assert not {line for line in seen.output.split() if line.endswith("/private")}


def virtual_environment(folder: Path, *, interpreter: Path) -> Path:
    home = folder / "environment"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(interpreter)
    (home / "pyvenv.cfg").write_text(f"home = {interpreter.parent}\n")
    return home


def python_of(sandbox: LocalSandbox, home: Path, program: str) -> SandboxResult:
    spec = SandboxSpec(["/runtime/bin/python", "-c", program], "/", read_only={home: "/runtime"})
    return sandbox.run(spec, timeout_seconds=60)
