"""Bubblewrap: a sandbox out of namespaces, for which nobody needs to be root.

Everything is unshared and nothing is visible unless it is bound: the system's programs and libraries,
the interpreters of bound virtual environments, and the folders of the spec.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from studio.core.sandbox.port import SandboxSpec

HOME = "/home/app"
USER_ID = "1000"  # inside; outside it is whoever runs the Studio, without any capability
_ETC = Path(__file__).parent / "etc"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
# No more of ssl and pki than this: beside it lie private keys, which a Studio run by root could read.
_SYSTEM_SETTINGS = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
_NETWORK_SETTINGS = ("/etc/resolv.conf", "/etc/nsswitch.conf")


def program() -> str | None:
    """The path of a bubblewrap that really works here, None when there is none."""
    found = shutil.which("bwrap")
    return found if found and _works(found) else None


@cache
def _works(found: str) -> bool:
    """Found out by running it, once: many machines have the program and forbid the namespaces. A busy
    machine that takes too long is no reason to do without."""
    trial = [found, *options(SandboxSpec(argv=["true"], working_directory="/"), found), "--", "true"]
    try:
        subprocess.run(trial, check=True, capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    except subprocess.TimeoutExpired:
        pass
    return True


def options(spec: SandboxSpec, bwrap: str) -> list[str]:
    """The options that build the world `spec` describes. Later ones cover earlier ones."""
    words = ["--unshare-all", "--unshare-user", "--uid", USER_ID, "--gid", USER_ID, "--hostname", "app"]
    words += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if "--disable-userns" in _help(bwrap):
        words += ["--disable-userns"]
    if spec.network:
        words += ["--share-net"]
    for path in _SYSTEM:
        words += _bind_system(Path(path))
    for path in _SYSTEM_SETTINGS + (_NETWORK_SETTINGS if spec.network else ()):
        words += ["--ro-bind-try", path, path]
    for name in ("passwd", "group", "hosts"):
        words += ["--ro-bind", str(_ETC / name), f"/etc/{name}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/tmp", "/home", "/dev/shm"):  # noqa: S108 — the sandbox's own
        if "--size" in _help(bwrap):
            words += ["--size", str(spec.limits.file_bytes)]
        words += ["--tmpfs", path]
    words += ["--dir", HOME]
    for folder in (*spec.read_only, *spec.writable):
        words += _show_interpreter(folder)
    for host, inside in spec.read_only.items():
        words += ["--ro-bind", str(host), inside]
    for host, inside in spec.writable.items():
        words += ["--bind", str(host), inside]
    return [*words, "--remount-ro", "/", "--chdir", spec.working_directory]


def _show_interpreter(folder: Path) -> Iterator[str]:
    """Options that show the interpreter which a virtual environment in `folder` borrows.

    Of its installation the programs and libraries alone, because it may stand in somebody's home; and
    every link on the way there, as the interpreter follows them again inside.
    """
    if not (folder / "pyvenv.cfg").is_file():
        return
    path = folder / "bin" / "python"
    links: dict[Path, Path] = {}
    while path.is_symlink():
        links[path] = path.readlink()
        path = Path(path.parent, links[path])
    shown = [*map(Path, _SYSTEM), folder]
    if not any(path.is_relative_to(known) for known in shown):
        prefix = path.parent.parent
        for installation in dict.fromkeys((prefix, prefix.resolve())):
            for part in (installation / name for name in ("bin", "lib", "lib64")):
                yield from ("--ro-bind-try", str(part), str(part))
                shown.append(part)
    for link, target in links.items():
        if not any(link.is_relative_to(known) for known in shown):
            yield from ("--symlink", str(target), str(link))


def _bind_system(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind-try", str(path), str(path)]


@cache
def _help(bwrap: str) -> str:
    return subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False, timeout=10).stdout
