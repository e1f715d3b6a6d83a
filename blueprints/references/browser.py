"""The browser that looks at other people's pages: one, kept warm, and with no way out but the egress proxy.

Where bubblewrap works, the browser has no network at all: a forwarder inside its sandbox carries its
requests to the proxy's unix socket, so what a page tries beside the proxy (WebRTC, QUIC, a raw socket, a
bug of the browser) meets nothing. Elsewhere the browser is told to send everything to the proxy.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Error, ViewportSize, sync_playwright

from blueprints.references import forwarder
from studio.core.egress.addresses import Network, networks
from studio.core.egress.passes import Limits, Pass
from studio.core.egress.proxy import EgressProxy, Resolve, system_resolve
from studio.core.errors import OutsideFailure
from studio.core.sandbox import bubblewrap
from studio.core.sandbox.port import SandboxSpec
from studio.core.scratch import scratch_folder
from studio.runtime import binaries

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
Tell = Callable[[str], None]

# A browser grows with every page; a new one costs a second.
CAPTURES_PER_BROWSER = 50
BROWSER_SECONDS = 15 * 60
BROWSER_BYTES = 1 << 30
# Without work it gives its 250 MB back.
IDLE_SECONDS = 5 * 60
FORWARDER_PORT = 3128
DESKTOP: ViewportSize = {"width": 1920, "height": 1080}

_FLAGS = [
    "--disable-background-networking",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Names are the proxy's business: the browser itself can find none.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class BrowserUnavailable(OutsideFailure):
    """No browser could be started on this machine."""

    code = "browser_unavailable"


class CaptureBrowser:
    """One Chromium and its proxy. Belongs to the thread that opened it.

    `allowed` and `resolve` as in `EgressProxy`.
    """

    def __init__(self, *, allowed: Sequence[Network] = (), resolve: Resolve = system_resolve) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._stack = contextlib.ExitStack()
        self._opened_at = time.monotonic()
        self._captures = 0
        try:
            self._folder = self._stack.enter_context(scratch_folder())
            self._open()
        except BaseException:
            self._stack.close()
            raise

    def _open(self) -> None:
        chromium = binaries.chromium(settings.ORCHARD_CHROMIUM)
        if chromium is None:
            raise BrowserUnavailable(
                "No Chromium was found for looking at pages: install chromium or google-chrome, or set ORCHARD_CHROMIUM."
            )
        bwrap = bubblewrap.program()
        socket = self._folder / "egress.sock" if bwrap else None
        self._proxy = self._stack.enter_context(
            EgressProxy(path=socket, allowed=self._allowed, resolve=self._resolve)
        )
        port = FORWARDER_PORT if bwrap else self._proxy.port
        self._proxy_url = f"http://127.0.0.1:{port}"
        program = self._confined(bwrap, chromium) if bwrap else chromium
        playwright = self._stack.enter_context(sync_playwright())
        try:
            self._browser: Browser = playwright.chromium.launch(
                executable_path=program,
                args=_FLAGS,
                proxy={"server": self._proxy_url},
                # Chromium's own sandbox refuses root, and needs namespaces that ours does not give.
                chromium_sandbox=not bwrap and os.geteuid() != 0,
                timeout=30_000,
            )
        except Error as error:
            raise BrowserUnavailable(
                "The browser for looking at pages did not start; try again.", retryable=True
            ) from error
        self._stack.callback(self._close_browser)

    @contextlib.contextmanager
    def visit(
        self, limits: Limits, doors: Mapping[tuple[str, int], str] | None = None
    ) -> Iterator[tuple[BrowserContext, Pass]]:
        """A fresh context, as of somebody who has never been anywhere, and its account at the proxy; `doors`
        as in `Pass`."""
        self._captures += 1
        with self._proxy.admit(limits, doors) as account:
            context = self._browser.new_context(
                viewport=DESKTOP,
                proxy={"server": self._proxy_url, "username": account.user, "password": account.password},
                user_agent=self._user_agent(),
                locale="en-US",
                timezone_id="UTC",
                reduced_motion="reduce",
                color_scheme="light",
                service_workers="block",
                accept_downloads=False,
                permissions=[],
            )
            try:
                yield context, account
            finally:
                with contextlib.suppress(Error):
                    context.close()

    def is_worn(self) -> bool:
        """Whether the next capture should have a new browser."""
        return (
            not self._browser.is_connected()
            or self._captures >= CAPTURES_PER_BROWSER
            or time.monotonic() - self._opened_at > BROWSER_SECONDS
            or self.memory_bytes() > BROWSER_BYTES
        )

    def memory_bytes(self) -> int:
        """Resident memory of this process's descendants, the browser's processes among them."""
        return sum(resident for _, resident in _descendants(os.getpid()))

    def close(self) -> None:
        self._stack.close()

    def _user_agent(self) -> str:
        """As the same browser has with a window: many sites show the headless one a wall."""
        major = self._browser.version.partition(".")[0]
        return (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{major}.0.0.0 Safari/537.36"
        )

    def _close_browser(self) -> None:
        with contextlib.suppress(Error):
            self._browser.close()

    def _confined(self, bwrap: str, chromium: Path) -> Path:
        """A program that starts the browser in a sandbox: Playwright can be given nothing longer than a path."""
        environment = Path(sys.prefix)
        script = Path(forwarder.__file__)
        outside = {environment: str(environment), script: "/run/forwarder.py"}
        outside |= {
            path: str(path) for path in (Path("/etc/chromium.d"), Path("/opt/google")) if path.exists()
        }
        if not chromium.resolve().is_relative_to("/usr"):
            outside[chromium.resolve().parent] = str(chromium.resolve().parent)
        spec = SandboxSpec(
            argv=[], working_directory="/", read_only=outside, writable={self._folder: "/run/egress"}
        )
        python = environment / "bin" / "python"
        words = [bwrap, *bubblewrap.options(spec, bwrap), "--clearenv", "--setenv", "HOME", bubblewrap.HOME]
        words += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8", "--"]
        words += [str(python), "-I", "/run/forwarder.py", "/run/egress/egress.sock", str(FORWARDER_PORT)]
        program = self._folder / "chromium"
        program.write_text(f'#!/bin/sh\nexec {shlex.join([*words, str(chromium)])} "$@"\n')
        program.chmod(0o700)
        return program


def _descendants(parent: int) -> Iterator[tuple[int, int]]:
    """(pid, resident bytes) of all processes below `parent`; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    page = os.sysconf("SC_PAGE_SIZE")
    resident: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = entry.read_text().rpartition(")")[2].split()
            pid = int(entry.parent.name)
            children.setdefault(int(fields[1]), []).append(pid)
            resident[pid] = int(fields[21]) * page
    waiting = list(children.get(parent, ()))
    while waiting:
        pid = waiting.pop()
        yield pid, resident[pid]
        waiting += children.get(pid, ())


class BrowserThread:
    """Where the browser lives: Playwright's objects may be used by the thread alone that made them.

    Work is done one by one; the browser is opened for the first, replaced when worn, and closed after
    `IDLE_SECONDS` without any.
    """

    def __init__(self, open_browser: Callable[[], CaptureBrowser] = CaptureBrowser) -> None:
        self._open_browser = open_browser
        self._work: queue.SimpleQueue[tuple[Callable[[CaptureBrowser], Any], Future[Any]] | None]
        self._work = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="capture-browser", daemon=True)
        self._thread.start()

    def run(
        self,
        work: Callable[[CaptureBrowser, Tell], Result],
        on_progress: Tell = lambda _: None,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> Result:
        """What `work` returns or raises, done in the browser's thread. What it tells meanwhile reaches
        `on_progress` in this one: beside Playwright's event loop no database can be used. `while_waiting`
        is called ten times a second, and leaves the browser to itself by raising.

        Raises BrowserUnavailable.
        """
        future: Future[Result] = Future()
        told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._work.put((lambda browser: work(browser, told.put), future))
        while not (future.done() and told.empty()):
            while_waiting()
            with contextlib.suppress(queue.Empty):
                on_progress(told.get(timeout=0.1))
        return future.result()

    def close(self) -> None:
        self._work.put(None)
        self._thread.join()

    def _live(self) -> None:
        browser: CaptureBrowser | None = None
        while True:
            try:
                job = self._work.get(timeout=IDLE_SECONDS if browser else None)
            except queue.Empty:
                _close(browser)
                browser = None
                continue
            if job is None:
                _close(browser)
                return
            work, future = job
            try:
                if browser is not None and browser.is_worn():
                    _close(browser)
                    browser = None
                browser = browser or self._open_browser()
                future.set_result(work(browser))
            except BaseException as error:  # noqa: BLE001 — the one who waits for it raises it
                future.set_exception(error)


def _close(browser: CaptureBrowser | None) -> None:
    if browser is not None:
        with contextlib.suppress(Error, OSError):
            browser.close()


_threads: dict[int, BrowserThread] = {}
_lock = threading.Lock()


def warm_browser() -> BrowserThread:
    """This process's; a forked child gets its own."""
    with _lock:
        pid = os.getpid()
        if pid not in _threads:
            allowed = networks(settings.ORCHARD_CAPTURE_ALLOW)
            _threads[pid] = BrowserThread(lambda: CaptureBrowser(allowed=allowed))
        return _threads[pid]


def close_warm_browser() -> None:
    """The next capture of this process opens another. Does nothing without one."""
    with _lock:
        thread = _threads.pop(os.getpid(), None)
    if thread is not None:
        thread.close()
