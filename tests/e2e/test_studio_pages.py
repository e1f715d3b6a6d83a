"""The Studio's pages in a real browser, against a whole live Studio: what markup alone cannot promise."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live import LiveStudio

WISH = "I want agents that walk around a 2D world and have conversations"
NARROW = {"width": 390, "height": 844}

_numbers = itertools.count(1)
expect.set_options(
    timeout=60_000
)  # the first reply loads what the Architect knows, beside the rest of the suite


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
def workspace(page: Page) -> Page:
    """The workspace of a new project."""
    page.goto("/new/social-world/")
    page.get_by_label("What is it called?").fill(f"Pages {next(_numbers)}")
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/**")  # with its scripts: before them, Enter only breaks the line
    return page


def composer(page: Page) -> Any:
    return page.get_by_label("Message the Architect")


def say(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def test_enter_sends_and_shift_enter_breaks_the_line(workspace: Page) -> None:
    composer(workspace).fill("first")
    composer(workspace).press("Shift+Enter")
    composer(workspace).press_sequentially("second")
    expect(composer(workspace)).to_have_value("first\nsecond")
    composer(workspace).press("Enter")
    expect(workspace.locator(".msg--user .msg__body")).to_have_text("first\nsecond")
    expect(composer(workspace)).to_have_value("")


def test_what_is_typed_survives_a_reload_until_it_is_sent(workspace: Page) -> None:
    composer(workspace).fill("half a thought")
    workspace.reload()
    expect(composer(workspace)).to_have_value("half a thought")
    composer(workspace).press("Enter")
    expect(workspace.locator(".msg--user .msg__body")).to_have_text("half a thought")
    workspace.reload()
    expect(composer(workspace)).to_have_value("")


def test_a_message_that_is_refused_stays_where_it_was_typed(workspace: Page) -> None:
    say(workspace, "x" * 60_000)
    expect(workspace.locator(".toast")).to_contain_text("60,000 characters")
    expect(composer(workspace)).to_have_value("x" * 60_000)
    expect(workspace.locator(".msg--user")).to_have_count(0)


def test_a_message_that_finds_no_server_stays_where_it_was_typed(workspace: Page) -> None:
    workspace.route("**/messages/", lambda route: route.abort())
    say(workspace, "anybody there?")
    expect(workspace.locator("#fault")).to_contain_text("does not answer")
    expect(composer(workspace)).to_have_value("anybody there?")


def test_a_question_is_answered_by_its_chip_and_then_gone(workspace: Page) -> None:
    say(workspace, WISH)
    question = workspace.locator(".question")
    expect(question).to_contain_text("who to talk to")
    chip = question.get_by_role("button").first
    answer = chip.inner_text()
    chip.click()
    expect(workspace.locator(".msg--user .msg__body").last).to_have_text(answer)
    expect(question).not_to_contain_text("who to talk to")


def test_a_plan_that_is_not_ready_leads_to_what_is_missing(workspace: Page) -> None:
    say(workspace, WISH)
    expect(workspace.locator("#buildbar")).to_contain_text("to settle first")
    workspace.get_by_role("button", name="Build It").click(force=True)
    blocker = workspace.locator("#buildbar .blockers a").first
    expect(blocker).to_be_focused()
    blocker.press("Enter")
    expect(workspace.locator(".question").get_by_role("button").first).to_be_focused()


def test_the_plan_grows_without_a_reload_and_keeps_what_the_reader_did(workspace: Page) -> None:
    workspace.evaluate("window.loadedOnce = true")
    say(workspace, WISH)
    expect(workspace.locator("#plan-data")).to_contain_text("Agent")
    workspace.locator("#plan-api summary").click()
    workspace.locator("#plan-scroll").evaluate("box => { box.scrollTop = 200; }")
    say(workspace, "Proximity - they talk to whoever is nearby")
    composer(workspace).press_sequentially("typing on")
    expect(workspace.locator("#plan")).to_contain_text("v2")
    expect(composer(workspace)).to_be_focused()
    expect(composer(workspace)).to_have_value("typing on")
    expect(workspace.locator("#plan-api")).not_to_have_attribute("open", "")
    assert workspace.locator("#plan-scroll").evaluate("box => box.scrollTop") == 200
    assert workspace.evaluate("window.loadedOnce") is True


def test_two_windows_of_one_project_show_the_same(workspace: Page, context: BrowserContext) -> None:
    second = context.new_page()
    second.goto(workspace.url)
    say(workspace, "Hello from the other window")
    expect(second.locator(".msg--user .msg__body")).to_have_text("Hello from the other window")


def test_without_its_socket_the_workspace_says_so_and_still_keeps_up(
    workspace: Page, context: BrowserContext
) -> None:
    cut_off = context.new_page()
    cut_off.route_web_socket(re.compile("/ws/"), lambda socket: socket.close(code=1012))
    cut_off.goto(workspace.url)
    expect(cut_off.get_by_text("Reconnecting")).to_be_visible(timeout=10_000)
    say(workspace, "Can you read this?")
    expect(cut_off.locator(".msg--user .msg__body")).to_have_text("Can you read this?", timeout=15_000)


def test_on_a_phone_one_pane_at_a_time(workspace: Page) -> None:
    workspace.set_viewport_size(NARROW)
    for tab, pane in (("Plan", "#pane-plan"), ("Preview", "#pane-preview"), ("Chat", "#pane-chat")):
        workspace.get_by_role("tab", name=tab).click()
        for other in ("#pane-chat", "#pane-plan", "#pane-preview"):
            expect(workspace.locator(other)).to_be_visible(visible=other == pane)
    assert workspace.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_panes_are_resized_by_keyboard_and_stay_so(workspace: Page) -> None:
    def width() -> float:
        return workspace.locator("#pane-chat").evaluate("pane => pane.offsetWidth")

    before = width()
    handle = workspace.get_by_role("separator", name="Resize conversation and plan")
    handle.press("ArrowRight")
    wider = width()
    assert wider > before + 10
    workspace.reload()
    assert abs(width() - wider) < 3
    handle.dblclick()
    assert abs(width() - before) < 3


def test_the_chosen_theme_stands_before_the_first_paint(page: Page) -> None:
    page.goto("/")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(background) != light
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.early = document.documentElement.dataset.theme; })"
    )
    page.reload()
    assert page.evaluate("window.early") == "dark"


def test_shortcuts_reach_the_composer_and_the_panes(workspace: Page) -> None:
    workspace.locator("body").press("/")
    expect(composer(workspace)).to_be_focused()
    composer(workspace).press("Tab")
    workspace.locator("#plan-scroll").press("3")
    expect(workspace.locator("#main")).to_have_attribute("data-pane", "preview")


def test_a_sentence_on_the_start_page_becomes_a_project_that_is_being_talked_about(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Describe what you want to build").fill("A recipe box: recipes with title and minutes")
    page.get_by_label("Describe what you want to build").press("Enter")
    expect(page.locator(".msg--user .msg__body")).to_have_text("A recipe box: recipes with title and minutes")
    expect(page.locator("#plan")).to_contain_text("Recipe")


def test_pages_work_before_any_script_runs(browser: Browser, session: Any, live_studio: LiveStudio) -> None:
    context = browser.new_context(storage_state=session, base_url=live_studio.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/new/social-world/")
    page.get_by_label("What is it called?").fill(f"Plain {next(_numbers)}")
    page.get_by_role("button", name="Create the project").click()
    composer(page).fill(WISH)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".msg--user .msg__body")).to_have_text(WISH)
    page.wait_for_timeout(1500)
    page.reload()
    page.locator(".question").get_by_role("button").first.click()
    expect(page.locator(".msg--user")).to_have_count(2)
    context.close()


def test_an_item_is_edited_in_its_place_through_a_push_and_taken_back(workspace: Page) -> None:
    say(workspace, WISH)
    field = workspace.locator(".entity__field").first
    field.hover()
    field.get_by_role("link", name="Edit").click()
    name = field.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    before = name.input_value()
    name.fill("nickname")
    say(workspace, "Proximity - they talk to whoever is nearby")
    expect(workspace.locator("#plan")).to_contain_text("v2")
    expect(composer(workspace)).to_be_focused()
    expect(name).to_have_value("nickname")
    name.press("Enter")
    expect(field).to_contain_text("nickname")
    expect(field.get_by_role("button", name="Unlock")).to_have_count(1)
    workspace.get_by_role("button", name="Undo").click()
    expect(field).to_contain_text(before)


def test_a_comment_goes_to_the_architect_who_acts_on_its_item(workspace: Page) -> None:
    say(workspace, WISH)
    field = workspace.locator(".entity__field").first
    field.hover()
    field.get_by_role("link", name="Comment on").click()
    field.get_by_role("textbox").fill("call it nickname")
    field.get_by_role("textbox").press("Control+Enter")
    expect(field).to_contain_text("goes with your next message")
    workspace.get_by_role("button", name="Send comment").click()
    expect(field).to_contain_text("nickname")
    expect(field.get_by_role("link", name="sent")).to_have_count(1)
