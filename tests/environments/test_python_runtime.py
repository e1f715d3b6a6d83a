"""Runtimes hold what their lock file names, are built once, and run nothing of a package on the host."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from environments.adapters.python_runtime import INSIDE, python_runtime
from environments.ports import DeployError
from studio.core.sandbox.local import LocalSandbox
from studio.core.sandbox.port import SandboxSpec


def wheel(folder: Path) -> Path:
    """A package of one module, as an index would serve it."""
    path = folder / "pear-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pear.py", "COLOUR = 'green'\n")
        archive.writestr("pear-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pear\nVersion: 1.0\n")
        archive.writestr(
            "pear-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("pear-1.0.dist-info/RECORD", "")
    return path


def lock(folder: Path, text: str) -> Path:
    path = folder / "requirements.lock"
    path.write_text(text)
    return path


def test_a_locked_package_can_be_imported_in_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(wheel(tmp_path).read_bytes()).hexdigest()
    for installer in ("UV", "PIP"):
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(tmp_path))
    pinned = f'pear==1.0 ; python_version >= "3" \\\n    --hash=sha256:{digest}\n    # via orchard\n'
    runtime = python_runtime(lock(tmp_path, pinned))
    result = LocalSandbox().run(
        SandboxSpec(
            argv=["python", "-c", "import pear; print(pear.COLOUR, pear.__cached__)"],
            working_directory="/",
            environment={"PATH": f"{INSIDE}/bin:/usr/bin:/bin"},
            read_only={runtime: INSIDE},
        ),
        timeout_seconds=120,
    )
    assert result.exit_code == 0
    assert result.output.startswith("green")
    assert list(runtime.rglob("pear.cpython-*.pyc")), "nobody can write bytecode later"


def test_two_that_ask_at_once_get_one_runtime_built_once(tmp_path: Path, home: Path) -> None:
    file, found = lock(tmp_path, ""), set()
    askers = [threading.Thread(target=lambda: found.add(python_runtime(file))) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(found) == 1
    assert [path.name for path in (home / "runtimes").iterdir() if path.is_dir()] == [found.pop().name]


def test_packages_are_never_built_from_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = f"open({str(tmp_path / 'ran')!r}, 'w')\nfrom setuptools import setup; setup(name='x')\n"
    with tarfile.open(tmp_path / "x-1.0.tar.gz", "w:gz") as source:
        member = tarfile.TarInfo("x-1.0/setup.py")
        member.size = len(setup)
        source.addfile(member, io.BytesIO(setup.encode()))
    for installer in ("UV", "PIP"):
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(tmp_path))
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
    with pytest.raises(DeployError) as failure:
        python_runtime(lock(tmp_path, "x==1.0\n"))
    assert failure.value.code == "prepare_failed"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "line",
    [
        "-r {secret}",
        "--requirement={secret}",
        "-c {secret}",
        "-e {secret}",
        "x==1 -r {secret}",
        "x @ file://{secret}",
        "{secret}",
        "--index-url http://127.0.0.1/",
        "x==1 ; python_version == '${{TOKEN}}'",
    ],
)
def test_a_lock_file_can_show_nothing_of_this_machine(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    secret = tmp_path / "keys"
    secret.write_text("s3cret = of the Studio\n")
    with pytest.raises(DeployError, match="is not of the form") as failure:
        python_runtime(lock(tmp_path, line.format(secret=secret)))
    assert "s3cret" not in failure.value.message


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path, home: Path) -> None:
    with pytest.raises(DeployError, match="could not be installed"):
        python_runtime(lock(tmp_path, "this is no requirement\n"))
    assert [path for path in (home / "runtimes").iterdir() if path.is_dir()] == []


def test_a_missing_lock_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"requirements\.lock"):
        python_runtime(tmp_path / "requirements.lock")
