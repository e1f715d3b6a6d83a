"""Looking at a page: what it looks like on a desk and on a phone, and what its styles say.

Nothing of the page is believed: pictures are re-encoded, facts are parsed. Every stage has its own limit
and the whole has one, so that a page which never ends costs seconds and not the worker.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Response, Route, ViewportSize
from playwright.sync_api import TimeoutError as TooSlow

from blueprints.references.addresses import normal_url
from blueprints.references.browser import DESKTOP, BrowserThread, CaptureBrowser, Tell, warm_browser
from studio.core.egress.passes import Limits, Pass
from studio.core.errors import OutsideFailure

PHONE: ViewportSize = {"width": 390, "height": 844}
# Chromium draws no higher picture than 16,384 px, WebP holds none higher than 16,383.
HEIGHT_LIMIT = 16_000
LOAD_SECONDS = 15.0
SETTLE_SECONDS = 2.0
SCROLL_SECONDS = 6.0
TOTAL_SECONDS = 40.0
LIMITS = Limits(seconds=TOTAL_SECONDS)
# What a page may be made of. Anything else (file:, chrome:, ftp:) is stopped in the browser already.
SCHEMES = ("http:", "https:", "data:", "blob:", "about:")


class CaptureFailed(OutsideFailure):
    """The page could not be looked at. `code` is one of private_address, unknown_host, unreachable, port,
    limit, timeout, not_a_page, page_error, certificate, crashed; the message says what to do."""

    code = "capture_failed"


@dataclass(frozen=True)
class Capture:
    """PNG pictures of the whole page (at most `HEIGHT_LIMIT` px high; `cut` says that it went on), and
    what was measured in it, unparsed. `url` is where redirects led."""

    url: str
    title: str
    desktop: bytes
    phone: bytes
    cut: bool
    facts: Any
    seconds: float


def capture(
    url: str,
    *,
    on_progress: Tell = lambda _: None,
    while_waiting: Callable[[], None] = lambda: None,
    through: BrowserThread | None = None,
    doors: Mapping[tuple[str, int], str] | None = None,
) -> Capture:
    """Look at a page. `doors` lets this one visit through to an app of ours (`Pass.doors`); never give it
    for an address that a person typed. Raises CaptureFailed, BrowserUnavailable, InvalidInput, and what the
    callables raise."""
    address = normal_url(url)
    return (through or warm_browser()).run(
        lambda browser, tell: _capture(browser, address, tell, doors), on_progress, while_waiting
    )


def _capture(
    browser: CaptureBrowser, url: str, on_progress: Tell, doors: Mapping[tuple[str, int], str] | None
) -> Capture:
    began = time.monotonic()
    with browser.visit(LIMITS, doors) as (context, account):
        context.set_default_timeout(5_000)
        context.route("**/*", _only_web)
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.dismiss())
        shown = _Shown(page)
        try:
            on_progress("Opening the page")
            _open(page, url)
            on_progress("Reading the page")
            _settle(page)
            _require_page(page, shown, account)  # a script may have led elsewhere by now
            _prepare(page)
            desktop, cut = _picture(page)
            facts = page.evaluate(_script("tokens.js"))
            title = page.title()[:200]
            on_progress("Looking at it on a phone")
            page.set_viewport_size(PHONE)
            page.wait_for_timeout(150)
            phone, _ = _picture(page)
        except TooSlow as error:
            raise CaptureFailed(
                "The page takes too long to show itself; try again, or upload a screenshot of it.",
                code="timeout",
                retryable=True,
            ) from error
        except Error as error:
            raise _failure(error, account, url) from error
        seconds = time.monotonic() - began
        return Capture(page.url, title, desktop, phone, cut, facts, seconds)


def _only_web(route: Route) -> None:
    if route.request.url.lower().startswith(SCHEMES):
        route.continue_()
    else:
        route.abort("blockedbyclient")


class _Shown:
    """The answer that a page shows now: the last one to a navigation of its main frame."""

    def __init__(self, page: Page) -> None:
        self.response: Response | None = None
        self._frame = page.main_frame
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self._frame:
            self.response = response


def _open(page: Page, url: str) -> None:
    page.goto(url, wait_until="domcontentloaded", timeout=LOAD_SECONDS * 1000)
    with contextlib.suppress(TooSlow):
        page.wait_for_load_state("load", timeout=LOAD_SECONDS * 1000 / 2)


def _require_page(page: Page, shown: _Shown, account: Pass) -> None:
    """Raises CaptureFailed where what is shown is not a page of the web."""
    response = shown.response
    if response is None:
        raise CaptureFailed("The page did not answer.", code="unreachable", retryable=True)
    if not page.url.startswith(("http://", "https://")):
        raise CaptureFailed("The page led to something that is not a web page.", code="not_a_page")
    refused = next((item for item in account.refusals if item.host == urlsplit(response.url).hostname), None)
    if refused is not None and response.status in (400, 403, 429, 502):
        raise _refused(account, refused.host)
    if response.status >= 400:
        raise CaptureFailed(
            f"The page answered with an error ({response.status}). Check the address, or upload a screenshot.",
            code="page_error",
            retryable=response.status >= 500,
        )
    kind = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if not kind.startswith(("text/", "application/xhtml", "image/")):
        raise CaptureFailed(f"There is no page at this address, but a file ({kind}).", code="not_a_page")


def _settle(page: Page) -> None:
    """Until the network is quiet and the fonts are there, for a moment at most: some pages never are."""
    with contextlib.suppress(TooSlow):
        page.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)
    with contextlib.suppress(Error):
        page.evaluate(
            "Promise.race([document.fonts.ready, new Promise(done => setTimeout(done, 1000))]).then(() => 0)"
        )


def _prepare(page: Page) -> None:
    """Overlays away, lazy pictures loaded. A page that grows while it is scrolled is not followed for ever."""
    outcome = page.evaluate(_script("overlays.js"))
    if isinstance(outcome, dict) and outcome.get("pressed"):
        page.wait_for_timeout(300)
        page.evaluate(_script("overlays.js"))
    ends_at = time.monotonic() + SCROLL_SECONDS
    position = 0
    while position < min(_height(page), HEIGHT_LIMIT) and time.monotonic() < ends_at:
        page.evaluate("to => window.scrollTo(0, to)", position)
        page.wait_for_timeout(60)
        position += DESKTOP["height"]
    page.evaluate("window.scrollTo(0, 0)")
    with contextlib.suppress(TooSlow):
        page.wait_for_load_state("networkidle", timeout=1000)


def _height(page: Page) -> int:
    height = page.evaluate(
        "Math.max(document.documentElement?.scrollHeight ?? 0, document.body?.scrollHeight ?? 0)"
    )
    return int(height) if isinstance(height, int | float) and 0 < height < 1e7 else DESKTOP["height"]


def _picture(page: Page) -> tuple[bytes, bool]:
    """A PNG of the page from its top, and whether it was cut."""
    viewport = page.viewport_size or DESKTOP
    height = max(_height(page), viewport["height"])
    shown = min(height, HEIGHT_LIMIT)
    picture = page.screenshot(
        full_page=True,
        clip={"x": 0, "y": 0, "width": viewport["width"], "height": shown},
        animations="disabled",
        caret="hide",
        scale="css",
        timeout=10_000,
    )
    return picture, shown < height


def _failure(error: Error, account: Pass, url: str) -> CaptureFailed:
    text = error.message
    host = urlsplit(url).hostname or ""
    if account.refusals and ("ERR_TUNNEL" in text or "ERR_PROXY" in text or "ERR_HTTP_RESPONSE" in text):
        return _refused(account, host)
    if "ERR_CERT" in text or "ERR_SSL" in text:
        return CaptureFailed(
            f"{host} has no valid certificate; upload a screenshot instead.", code="certificate"
        )
    if "ERR_ABORTED" in text or "Download is starting" in text:
        return CaptureFailed("There is no page at this address, but a file.", code="not_a_page")
    if "crash" in text.lower() or "closed" in text.lower():
        return CaptureFailed("The page broke the browser; upload a screenshot of it instead.", code="crashed")
    return CaptureFailed(
        f"{host} could not be opened; check the address.", code="unreachable", retryable=True
    )


def _refused(account: Pass, host: str) -> CaptureFailed:
    refusal = next((item for item in account.refusals if item.host == host), account.refusals[0])
    return CaptureFailed(
        f"{refusal.reason} Upload a screenshot instead.",
        code=refusal.code,
        retryable=refusal.code in ("unknown_host", "unreachable"),
    )


@cache
def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text()
