"""References in a real browser, against a whole live Studio: offered, dropped, pasted, refused, looked at."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.egress.places import SITE, Answer, Site, site
from tests.live import LiveStudio
from tests.references.test_capturing import screenshot

pytestmark = pytest.mark.timeout(600)
PAGES = Path(__file__).parent.parent / "references" / "pages"
PATIENCE = 90_000  # milliseconds: the worker's browser starts first
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def web() -> Iterator[Site]:
    with site() as told:
        told.pages["/pricing"] = Answer((PAGES / "pricing.html").read_bytes())
        yield told


@pytest.fixture(scope="module")
def session(live_studio: LiveStudio, browser: Browser) -> Any:
    context = browser.new_context()
    context.new_page().goto(live_studio.manage("sign_in_link").split()[-1])
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def workspace(live_studio: LiveStudio, browser: Browser, session: Any) -> Iterator[Page]:
    context = browser.new_context(storage_state=session, base_url=live_studio.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/new/blank-service/")
    page.get_by_label("What is it called?").fill(f"References {next(_numbers)}")
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/**")
    expect(page.locator("#reference-add")).to_have_js_property("hidden", False, timeout=PATIENCE)
    yield page
    context.close()
    assert complaints == []


def composer(page: Page) -> Any:
    return page.get_by_label("Message the Architect")


def test_an_address_in_the_text_offers_itself_and_is_looked_at(workspace: Page, web: Site) -> None:
    url = web.url("/pricing", host=SITE)
    composer(workspace).fill(f"Make a page like {url} please")
    expect(workspace.locator("#offer")).to_contain_text(url)
    workspace.get_by_role("button", name="Add the page").click()
    expect(workspace.locator("#offer")).to_be_hidden()
    chip = workspace.locator("#tray .attach")
    expect(chip.locator(".attach__state")).to_have_text("Pricing", timeout=PATIENCE)  # pushed, not asked for
    expect(composer(workspace)).to_have_value(f"Make a page like {url} please")
    composer(workspace).fill("Make a page like this")
    composer(workspace).press("Enter")
    reply = workspace.locator(".msg--architect", has_text="I looked at “Pricing”")
    expect(reply).to_contain_text("3 tiers side by side", timeout=PATIENCE)
    expect(workspace.locator("#tray .attach")).to_have_count(0)
    expect(workspace.locator(".msg--user .attach")).to_have_count(1)
    workspace.get_by_role("button", name="Look at").click()
    look = workspace.locator(".look")
    expect(look).to_be_visible()
    look.get_by_text("Phone").click()
    expect(look.locator(".look__phone")).to_be_visible()
    expect(look.locator(".look__desktop")).to_be_hidden()
    workspace.keyboard.press("Escape")
    workspace.locator("#plan-references").get_by_role("button", name="Match exactly").click()
    chosen = workspace.locator("#plan-references").get_by_role("button", name="Match exactly")
    expect(chosen).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)


def transfer(page: Page, event: str, target: str, data: bytes, name: str, kind: str) -> None:
    """A drop, or a paste, of one file."""
    page.evaluate(
        """([event, target, data, name, type]) => {
          const carried = new DataTransfer();
          carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
          const options = { bubbles: true, cancelable: true };
          const happening = event === "paste"
            ? new ClipboardEvent(event, { ...options, clipboardData: carried })
            : new DragEvent(event, { ...options, dataTransfer: carried });
          document.querySelector(target).dispatchEvent(happening);
        }""",
        [event, target, base64.b64encode(data).decode(), name, kind],
    )


def test_pictures_are_dropped_pasted_and_removed_while_the_text_stays(workspace: Page) -> None:
    composer(workspace).fill("half a thought")
    transfer(workspace, "dragover", "#prompt", b"x", "x.png", "image/png")
    expect(workspace.locator(".composer__drop")).to_be_visible()
    transfer(workspace, "drop", "#prompt", screenshot(), "dropped.png", "image/png")
    expect(workspace.locator(".composer__drop")).to_be_hidden()
    transfer(workspace, "paste", "#prompt", screenshot(), "pasted.png", "image/png")
    expect(workspace.locator("#tray .attach__name")).to_have_text(
        ["dropped.png", "pasted.png"], timeout=PATIENCE
    )
    workspace.get_by_role("button", name="Remove dropped.png").first.click()
    expect(workspace.locator("#tray .attach__name")).to_have_text(["pasted.png"], timeout=PATIENCE)
    expect(composer(workspace)).to_have_value("half a thought")


def test_what_cannot_be_used_is_refused_before_it_is_sent(workspace: Page) -> None:
    sent: list[str] = []
    workspace.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    transfer(workspace, "drop", "#prompt", b"hello", "notes.txt", "text/plain")
    expect(workspace.locator(".toast")).to_contain_text("notes.txt cannot be used")
    assert sent == []


def test_a_page_that_cannot_be_opened_says_why_and_what_to_do(workspace: Page) -> None:
    workspace.get_by_role("button", name="Add a page or a picture").click()
    workspace.get_by_label("Add a page", exact=True).fill("http://10.0.0.1/")
    workspace.keyboard.press("Enter")
    chip = workspace.locator("#tray .attach--failed")
    expect(chip).to_contain_text("Upload a screenshot instead", timeout=PATIENCE)
    expect(chip.get_by_role("button", name="Try again")).to_be_visible()
