"""The last step before a confined program: narrows environment and limits, then becomes it.

Run by path (`python -I -S launcher.py … -- argv`) with the standard library alone, because it stands
between a supervisor and bubblewrap. It exists so that secrets travel in the environment and never in
an argv that every user of the machine can read, and so that nothing else of the parent's environment
travels at all. No `preexec_fn`: that is not safe in a process with threads.
"""

import argparse
import contextlib
import os
import re
import resource
import signal
import stat
import sys
import time

LIMITS = {
    "as": resource.RLIMIT_AS,
    "cpu": resource.RLIMIT_CPU,
    "fsize": resource.RLIMIT_FSIZE,
    "nproc": resource.RLIMIT_NPROC,
    "core": resource.RLIMIT_CORE,
}
SOCKET_SECONDS = 0.02


def main() -> None:
    options = _options()
    paths = dict(pair.split("=", 1) for pair in options.path)
    environment = dict(pair.split("=", 1) for pair in options.default)
    environment |= {name: os.environ[name] for name in options.keep if name in os.environ}
    environment = {name: _outside(value, paths) for name, value in environment.items()}
    argv = [_outside(word, paths) for word in options.argv]
    if options.chdir:
        os.chdir(_outside(options.chdir, paths))
    for pair in options.limit:
        name, value = pair.split("=", 1)
        _limit(LIMITS[name], int(value))
    os.umask(0o077)
    if options.count:
        with open(options.count, "ab") as starts:
            starts.write(b".")
    publish = options.publish.split("=", 1) if options.publish else None
    try:
        if options.stay:
            sys.exit(_stay_beside(argv, environment, publish))
        if publish:  # nobody is kept from anything here: a symbolic link will do
            with contextlib.suppress(FileNotFoundError):
                os.unlink(publish[1])
            os.symlink(*publish)
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="append", default=[], help="environment variable to pass on")
    parser.add_argument("--default", action="append", default=[], help="NAME=VALUE unless kept")
    parser.add_argument("--limit", action="append", default=[], help="as|cpu|fsize|nproc|core=NUMBER")
    parser.add_argument("--path", action="append", default=[], help="INSIDE=HOST, where nothing is mounted")
    parser.add_argument("--chdir", default="")
    parser.add_argument("--count", default="", help="file that grows by a byte with every start")
    parser.add_argument("--publish", default="", help="SOCKET=PATH, where others find the program's socket")
    parser.add_argument("--stay", action="store_true", help="stay, to pass SIGTERM into a bubblewrap")
    parser.add_argument("argv", nargs="+")
    return parser.parse_args()


def _stay_beside(argv: list[str], environment: dict[str, str], publish: list[str] | None) -> int:
    """Run bubblewrap as a child and pass SIGTERM on to the program in it, so that it can end in order.

    Bubblewrap itself would die of the signal and take the program with it at once.
    """
    ending = [signal.SIGTERM]
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)  # until there is somebody to pass it on to
    bwrap = os.posix_spawnp(argv[0], argv, environment, setsigmask=[])

    def end_in_order(*_: object) -> None:
        program = [child for init in _children(bwrap) for child in _children(init)]
        for pid in program or [bwrap]:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end_in_order)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    ended = status = 0
    while publish and not ended and not _publish(*publish):
        time.sleep(SOCKET_SECONDS)
        ended, status = os.waitpid(bwrap, os.WNOHANG)
    if not ended:
        status = os.waitpid(bwrap, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _publish(made: str, shown: str) -> bool:
    """Show a socket outside the folder that its program writes to; False while there is none.

    Whoever connects follows symbolic links, and a program could leave one there that leads to a socket
    it must not reach, such as the gateway's own. A hard link is the very socket that the program made.
    """
    draft = f"{shown}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(draft)
    try:
        os.link(made, draft, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if not stat.S_ISSOCK(os.lstat(draft).st_mode):
        return False
    os.rename(draft, shown)
    return True


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as listing:
            return [int(word) for word in listing.read().split()]
    except OSError:
        return []


def _outside(text: str, paths: dict[str, str]) -> str:
    """`text` with every path inside the sandbox replaced by the host folder it stands for."""
    for inside in sorted(paths, key=len, reverse=True):
        host = paths[inside].replace("\\", r"\\")
        text = re.sub(rf"(?<![\w.-]){re.escape(inside)}(?![\w.-])", host, text)
    return text


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # not every system knows every limit
        resource.setrlimit(which, (value, value))


main()
