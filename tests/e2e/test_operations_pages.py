"""The pages of operations in a real browser, against a live Studio: what comes by itself, and by keyboard."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live import LiveStudio

NARROW = {"width": 390, "height": 844}
PATIENCE_MS = 90_000  # the suite's other tests want the processors too

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def session(live_studio: LiveStudio, browser: Browser) -> Any:
    """The cookies of a person who followed a one-time link."""
    context = browser.new_context()
    context.new_page().goto(live_studio.manage("sign_in_link").split()[-1])
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, session: Any, live_studio: LiveStudio) -> Iterator[BrowserContext]:
    context = browser.new_context(
        storage_state=session, base_url=live_studio.url, viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose script errors and policy violations fail the test."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda message: complaints.append(message.text) if "Security" in message.text else None
    )
    yield page
    assert complaints == []


@pytest.fixture
def spawn(live_studio: LiveStudio) -> dict[str, Any]:
    """A project that is being set up: its `slug` and `operationId`."""
    name = f"Ops {next(_numbers)}"
    made: dict[str, Any] = live_studio.api("POST", "/projects", {"name": name, "template": "blank-service"})
    return made


def status(page: Page) -> Any:
    return page.locator("#operation .badge--lg")


def test_an_operation_is_followed_to_its_end_without_a_reload(page: Page, spawn: dict[str, Any]) -> None:
    page.goto(f"/operations/{spawn['operationId']}/")
    page.evaluate("window.loadedOnce = true")
    expect(status(page)).to_have_text("Succeeded", timeout=PATIENCE_MS)
    expect(page.locator("#phase-verify")).to_have_attribute("data-state", "done", timeout=PATIENCE_MS)
    expect(page.locator("#operation")).not_to_have_attribute("hx-trigger", re.compile("every"))
    assert page.evaluate("window.loadedOnce") is True


def test_what_the_reader_unfolded_stays_so_and_a_log_can_be_taken_along(
    page: Page, spawn: dict[str, Any]
) -> None:
    page.goto(f"/operations/{spawn['operationId']}/")
    expect(status(page)).to_have_text("Succeeded", timeout=PATIENCE_MS)
    page.reload()
    log = page.locator("#log-skeleton-done")
    log.locator("summary").click()
    expect(log).to_have_attribute("open", "")
    expect(log.locator(".log__line").first).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download log").click()
    assert "Deploying the empty app" in taken.value.path().read_text()


def test_filters_change_list_and_address_without_a_reload(page: Page, spawn: dict[str, Any]) -> None:
    page.goto("/operations/")
    row = page.locator(f"#row-{spawn['operationId']}")
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    page.evaluate("window.loadedOnce = true")
    page.get_by_label("Kind").select_option("teardown")
    expect(row).to_have_count(0, timeout=PATIENCE_MS)
    expect(page).to_have_url(re.compile(r"/operations/\?type=teardown$"), timeout=PATIENCE_MS)
    page.get_by_role("link", name="Clear").first.click()
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    page.locator("body").press("/")
    expect(page.get_by_label("Find an operation")).to_be_focused()
    page.get_by_label("Find an operation").press_sequentially(spawn["slug"])
    expect(page).to_have_url(re.compile(rf"\?q={spawn['slug']}$"), timeout=PATIENCE_MS)
    expect(row).to_be_visible()
    expect(page.get_by_label("Find an operation")).to_be_focused()


def test_cancelling_asks_first_and_listens_to_the_keyboard(
    page: Page, spawn: dict[str, Any], live_studio: LiveStudio
) -> None:
    started = live_studio.api(
        "POST", "/operations", {"type": "tree", "treeName": "slackpath-1-authenticated-service"}
    )
    page.goto(f"/operations/{started['id']}/")
    page.locator("body").press("c")
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Stop it|Take it out"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    page.locator("body").press("c")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Cancelled", timeout=PATIENCE_MS)
    page.locator("body").press("r")
    expect(page.get_by_role("dialog")).to_contain_text("Continue it?")


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, spawn: dict[str, Any]) -> None:
    page.set_viewport_size(NARROW)
    for path in ("/operations/", f"/operations/{spawn['operationId']}/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_without_scripts_filters_are_a_form(
    browser: Browser, session: Any, live_studio: LiveStudio, spawn: dict[str, Any]
) -> None:
    context = browser.new_context(storage_state=session, base_url=live_studio.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/operations/")
    page.get_by_label("Find an operation").fill(spawn["slug"])
    page.get_by_role("button", name="Show").click()
    expect(page.locator(f"#row-{spawn['operationId']}")).to_be_visible()
    page.locator(f"#row-{spawn['operationId']} a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(spawn["name"])
    context.close()
