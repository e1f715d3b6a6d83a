"""A thorough guest: follows every link, presses every button, sends every form empty and filled.

Pages that differ only by a record's number are one kind of page, of which two are looked at. What leads
away (signing out, deleting) comes last. A guest who finds a way to sign up goes round once more as a member.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ElementHandle, Page, Response
from playwright.sync_api import Error as BrowserError

from tests.benchmarks.corpus.filling import fill

PAGES_OF_A_KIND = 2
MOST_PAGES = 60
MOST_SECONDS = 120
FINDINGS = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
COLORS = Path(__file__).with_name("colors.js").read_text(encoding="utf-8")
LEAVES = re.compile(r"sign ?out|log ?out|delete|remove|cancel|withdraw|close account", re.I)
SIGN_UP = re.compile(r"sign ?up|register|create (?:an |your )?account|join", re.I)
MISTAKE = '[aria-invalid="true"], .errors:not(:empty), .errorlist, [role="alert"]:not(:empty)'
WATCH = """() => {
  window.__changes = 0;
  new MutationObserver((list) => { window.__changes += list.length; })
    .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  // A popover opens without a change of the document.
  document.addEventListener("toggle", () => { window.__changes += 1; }, true);
}"""


@dataclass
class Visit:
    """`done` counts what was tried and `well` what went well, by kind; `problems` says what did not."""

    done: Counter[str] = field(default_factory=Counter)
    well: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    background: str = ""
    filled: list[str] = field(default_factory=list)

    def note(self, kind: str, ok: bool, what: str) -> None:
        self.done[kind] += 1
        self.well[kind] += ok
        if not ok and len(self.problems) < 200:
            self.problems.append(f"{kind}: {what}")


def kind_of(url: str) -> str:
    """ "/tasks/12/?page=2" → "/tasks/{n}/?page": addresses that show the same kind of page."""
    parts = urlsplit(url)
    path = "/".join(
        "{n}" if re.fullmatch(r"\d+|[0-9a-f-]{32,36}", part) else part for part in parts.path.split("/")
    )
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return path + (f"?{'&'.join(names)}" if names else "")


class Guest:
    def __init__(self, context: BrowserContext, origin: str, folder: Path, visit: Visit) -> None:
        self.context, self.origin, self.folder, self.visit = context, origin, folder, visit
        context.add_init_script(
            "window.print = () => document.documentElement.toggleAttribute('data-printed')"
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(2_000)
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self._console("error", str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", self._answered)
        self.requests: list[str] = []
        self.statuses: list[int] = []
        self.wrong: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.tried: set[tuple[str, ...]] = set()
        self.parting: list[tuple[str, int]] = []
        self.sign_up = ""
        self.number = int(time.time()) % 10_000
        self.until = time.monotonic() + MOST_SECONDS

    def go_round(self, *, first: bool) -> None:
        """From the home page on, everything that can be reached."""
        waiting, known = [f"{self.origin}/"], {f"{self.origin}/"}
        while waiting and sum(self.kinds.values()) < MOST_PAGES and time.monotonic() < self.until:
            url = waiting.pop(0)
            kind = kind_of(url)
            if self.kinds[kind] >= PAGES_OF_A_KIND:
                continue
            self.kinds[kind] += 1
            found = self._look(url, kind, first=first)
            for link in found:
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        for url, index in self.parting[:6]:
            self._send(url, index, "filled", "part", {})

    # --- one page ------------------------------------------------------------------------------------

    def _look(self, url: str, kind: str, *, first: bool) -> list[str]:
        status = self._open(url)
        self.visit.note("links", status < 400, f"{url} answered {status}")
        if status >= 400 or not self.page.evaluate("() => document.contentType === 'text/html'"):
            return []  # a picture, a table to download
        self.visit.note("console", not self.wrong, f"{url}: {'; '.join(self.wrong[:2])}")
        if self.kinds[kind] == 1:
            self._check_access(url)
        if first and url == f"{self.origin}/":
            seen = self.page.evaluate(COLORS)
            self.visit.background, self.visit.filled = seen["behind"], seen["filled"]
            with suppress(BrowserError):
                self.page.screenshot(path=self.folder / "home.png")
        found = self.page.evaluate(FINDINGS)
        links = self._links(url, found["links"])
        for button in found["buttons"]:
            self._press(url, kind, button)
        for form in found["forms"]:
            self._try_form(url, kind, form)
        return links

    def _open(self, url: str) -> int:
        self.wrong.clear()
        try:
            response = self.page.goto(url, wait_until="load", timeout=15_000)
        except BrowserError as error:
            return 200 if "Download is starting" in str(error) else 599
        return response.status if response else 200

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.wrong.append(text[:200])

    def _answered(self, answer: Response) -> None:
        with suppress(BrowserError):
            if answer.request.is_navigation_request() or answer.request.method != "GET":
                self.statuses.append(answer.status)

    def _links(self, url: str, links: list[Mapping[str, Any]]) -> list[str]:
        inside = []
        for link in links:
            target = link["url"].partition("#")[0]
            if not link["raw"] or link["raw"] == "#" or link["raw"].startswith("javascript:"):
                self.visit.note("links", False, f"“{link['label']}” on {url} leads nowhere")
            elif target.startswith(self.origin) and not LEAVES.search(link["label"]):
                if SIGN_UP.fullmatch(link["label"]) or "sign-up" in target:
                    self.sign_up = target
                inside.append(target)
        return inside

    def _check_access(self, url: str) -> None:
        with suppress(BrowserError):
            self.page.evaluate(f"() => {{ {AXE_SCRIPT} }}")
            result = self.page.evaluate(
                "() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'], resultTypes: ['violations'] })"
            )
            grave = [v for v in result["violations"] if v["impact"] in ("serious", "critical")]
            told = ", ".join(f"{v['id']} ({v['nodes'][0]['target'][0]})" for v in grave)
            self.visit.note("accessible", not grave, f"{url}: {told}")

    def _press(self, url: str, kind: str, button: Mapping[str, Any]) -> None:
        key = ("press", button["label"], kind if not button["label"] else "")
        if key in self.tried or LEAVES.search(button["label"]):
            return
        self.tried.add(key)
        if self._open(url) >= 400:
            return
        try:
            self.page.evaluate(WATCH)
            self.requests.clear()
            element = self.page.query_selector_all("button, [role=button], summary")[button["index"]]
            element.click()
            self.page.wait_for_timeout(150)
            done = bool(self.requests) or self.page.evaluate("() => window.__changes > 0")
        except (BrowserError, IndexError):
            done = self.page.url != url
        self.visit.note("buttons", done, f"“{button['label']}” on {url} does nothing")

    # --- forms ---------------------------------------------------------------------------------------

    def _try_form(self, url: str, kind: str, form: Mapping[str, Any]) -> None:
        key = ("form", form["method"], kind_of(form["action"]), *form["names"])
        if key in self.tried:
            return
        self.tried.add(key)
        if LEAVES.search(form["submit"]):
            self.parting.append((url, form["index"]))
            return
        if form["fields"] and form["method"] == "post":
            self._send(url, form["index"], "empty", form["submit"], form)
        if {"username", "password"} == {one["name"] for one in form["fields"]}:
            return  # nobody's words would be refused, and rightly so
        self._send(url, form["index"], "filled", form["submit"], form)

    def _send(self, url: str, index: int, how: str, label: str, form: Mapping[str, Any]) -> None:
        if self._open(url) >= 400:
            return
        self.number += 1
        try:
            element = self.page.query_selector_all("form")[index]
            if how == "empty":
                empty(element)
            elif self._fills(element, url):
                self.visit.note("forms filled", True, "")
                return
            before = self.page.url
            status = self._submit(element)
            told, invalid = self._said(index, before)
        except (BrowserError, IndexError) as error:
            self.visit.note(f"forms {how}", False, f"“{label}” on {url}: {str(error).splitlines()[0][:160]}")
            return
        if how == "filled":
            ok = status < 400 and not told
            self.visit.note(
                "forms filled", ok, f"“{label}” on {url} answered {status}, {told or 'no mistake shown'}"
            )
        else:
            required = any(one["required"] for one in form["fields"])
            ok = status < 500 and (bool(told) or invalid or not required)
            self.visit.note("forms empty", ok, f"“{label}” on {url} answered {status} and shows no mistake")

    def _fills(self, form: ElementHandle, url: str) -> bool:
        """Fill it; whether a choice sent it by itself, as filters do, and brought another page."""
        self.statuses.clear()
        try:
            fill(form, self.number, self.folder)
        except BrowserError:
            if self.page.url == url:
                raise
        self.page.wait_for_timeout(50)
        return self.page.url != url and bool(self.statuses) and self.statuses[-1] < 400

    def _submit(self, form: ElementHandle) -> int:
        """Press its button; the status of the page that follows, 200 when none does."""
        self.statuses.clear()
        button = form.query_selector("button:not([type=button]), input[type=submit]")
        if button and button.is_visible():
            button.click()
        else:
            form.evaluate("form => form.requestSubmit()")
        with suppress(BrowserError):
            self.page.wait_for_timeout(100)
            self.page.wait_for_load_state("load")
        return self.statuses[-1] if self.statuses else 200

    def _said(self, index: int, before: str) -> tuple[str, bool]:
        """The mistake shown, if any, and whether the browser itself holds the form back."""
        shown = [
            found.inner_text().strip()
            for found in self.page.query_selector_all(MISTAKE)
            if found.is_visible()
        ]
        told = next((text for text in shown if text), "a field is marked" if shown else "")
        held = self.page.url == before and bool(self.page.query_selector("form :invalid"))
        return told[:120], held


def empty(form: ElementHandle) -> None:
    for field_ in form.query_selector_all("input, textarea"):
        if field_.is_visible() and field_.is_enabled():
            kind = field_.evaluate("field => field.type")
            if kind in ("checkbox", "radio"):
                field_.evaluate("field => { field.checked = false; }")
            elif kind not in ("submit", "button", "file", "hidden", "range", "color"):
                with suppress(BrowserError):
                    field_.fill("")


def go_round(context: BrowserContext, origin: str, folder: Path) -> Visit:
    """A guest's round, and a member's where one can sign up."""
    visit = Visit()
    guest = Guest(context, origin, folder, visit)
    guest.go_round(first=True)
    if guest.sign_up and guest._open(guest.sign_up) < 400:
        form = next(iter(guest.page.query_selector_all("form:has(input[type=password])")), None)
        if form is not None:
            guest.number += 1
            fill(form, guest.number, folder)
            status = guest._submit(form)
            told, _ = guest._said(0, guest.sign_up)
            visit.note("signing up", status < 400 and not told, f"{guest.sign_up}: {told}")
            member = Guest(context, origin, folder, visit)
            member.number = guest.number
            member.go_round(first=False)
    guest.page.close()
    return visit
