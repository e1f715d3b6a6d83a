"""Front ends: what may be fetched for them, and what is said where nothing can be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from environments.adapters import node_runtime
from environments.ports import DeployError
from operations.generator.manifest import COMPONENTS

FRONT = COMPONENTS / "app-react" / "files" / "frontend"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
GOOD = {"version": "1.0.0", "integrity": "sha512-abc"}


def front(folder: Path, *, ranges: dict[str, str] | None = None, **entries: Any) -> Path:
    package = {"dependencies": ranges or {"left": "^1.0.0"}}
    lock = {"lockfileVersion": 3, "packages": {"": package, "node_modules/left": GOOD, **entries}}
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


@needs_node
@pytest.mark.parametrize(
    ("ranges", "entries"),
    [
        ({"left": "git+ssh://git@example.org/left.git"}, {}),
        ({"left": "file:../../secrets"}, {}),
        (None, {"node_modules/right": {**GOOD, "resolved": "http://127.0.0.1:8000/right.tgz"}}),
        (None, {"node_modules/right": {"version": "1.0.0"}}),
        (None, {"../outside": GOOD}),
        (None, {"node_modules/../../outside": GOOD}),
    ],
)
def test_only_packages_of_the_registry_are_fetched(
    tmp_path: Path, home: Path, ranges: dict[str, str] | None, entries: dict[str, Any]
) -> None:
    with pytest.raises(DeployError) as refused:
        node_runtime.packages(front(tmp_path, ranges=ranges, **entries))
    assert refused.value.code == "prepare_failed"
    assert not list((home / "runtimes").glob("node-*")) if home.exists() else True


@needs_node
def test_a_registry_that_cannot_be_reached_is_named_with_what_to_do(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(DeployError) as failed:
        node_runtime.packages(front(tmp_path))
    assert failed.value.code == "packages_unreachable"
    assert "npm registry" in failed.value.message
    assert "retry" in failed.value.message
    assert list((home / "runtimes").glob("*node-*[0-9a-f]")) == []


def test_a_machine_without_node_is_told_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node_runtime._installed.cache_clear()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    try:
        with pytest.raises(DeployError) as failed:
            node_runtime.find_node()
    finally:
        node_runtime._installed.cache_clear()
    assert failed.value.code == "node_missing"
    assert "20.19 or newer" in failed.value.message


def test_the_lock_names_no_host() -> None:
    locked = json.loads((FRONT / "package-lock.json").read_text())["packages"]
    assert len(locked) > 100
    assert not [place for place, entry in locked.items() if "resolved" in entry]
    assert "://" not in "".join(str(entry.get("version", "")) for entry in locked.values())
