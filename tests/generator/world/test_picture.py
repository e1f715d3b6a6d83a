"""What a visitor sees of a generated world: in a real browser, drawn from the stream."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.generator.world.documents import WEATHER, world_document
from tests.generator.world.village import Release, Village
from tests.live import free_port

STILL_AND_MOVING = """async () => {
  const canvas = document.querySelector("#world canvas");
  const copy = document.createElement("canvas");
  copy.width = copy.height = 48;
  const look = () => {
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0, 48, 48);
    return [...context.getImageData(0, 0, 48, 48).data];
  };
  const first = look();
  await new Promise((done) => setTimeout(done, 1500));
  const second = look();
  return {
    colors: new Set(first.map((_, i) => first.slice(i, i + 3).join()).filter((_, i) => i % 4 === 0)).size,
    changed: first.some((value, i) => value !== second[i]),
  };
}"""


class Stage:
    """A served world with what its visitor complains about."""

    def __init__(self, page: Page, release: Release, url: str) -> None:
        self.page, self.release, self.url = page, release, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def open(self) -> Stage:
        self.page.goto(self.url)
        expect(self.page.locator("#world[data-connection=live]")).to_be_visible(timeout=60_000)
        expect(self.page.locator("[data-hud=counts]")).to_contain_text("residents", timeout=60_000)
        return self

    def choose(self, name: str) -> None:
        self.page.get_by_role("button", name="Residents").click()
        self.page.get_by_label("Find a resident").fill(name)
        self.page.locator("[data-residents-list] button").first.click()


@pytest.fixture(scope="module")
def with_weather(tmp_path_factory) -> Iterator[tuple[Release, str]]:
    rules = {**WEATHER, "daynight.cycle": {}}
    document = world_document(agents=50, rules=rules)
    yield from served(Village(tmp_path_factory.mktemp("village")).build(document).migrate())


@pytest.fixture(scope="module")
def with_clicks(tmp_path_factory) -> Iterator[tuple[Release, str]]:
    document = world_document(display="click")
    yield from served(Village(tmp_path_factory.mktemp("village")).build(document).migrate())


def served(village: Village) -> Iterator[tuple[Release, str]]:
    port = free_port()
    with village.serve("--port", str(port)) as release:
        yield release, f"http://127.0.0.1:{port}/"


def test_fifty_agents_are_drawn_and_move(page: Page, with_weather):
    stage = Stage(page, *with_weather).open()
    expect(page.locator("[data-hud=counts]")).to_contain_text("50 residents")
    picture = page.evaluate(STILL_AND_MOVING)
    assert picture["colors"] > 40
    assert picture["changed"]
    expect(page.locator("#world[data-fps]")).to_be_visible(timeout=60_000)
    assert stage.complaints == []


def test_the_sky_panel_tells_the_hour_and_turns_the_weather(page: Page, with_weather):
    stage = Stage(page, *with_weather).open()
    expect(page.locator("[data-hud=clock]")).to_have_text(re.compile(r"\d\d:\d\d"))
    page.get_by_role("button", name="Snow").click()
    expect(page.locator("[data-weather=snow][aria-pressed=true]")).to_be_visible(timeout=60_000)
    assert stage.complaints == []


def test_a_resident_is_chosen_by_keyboard_alone_and_tells_a_story(page: Page, with_weather):
    stage = Stage(page, *with_weather).open()
    page.get_by_role("button", name="Residents").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Find a resident").fill("Ada Marsh")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    story = page.get_by_role("region", name="Resident")
    expect(story.get_by_role("heading", name="Ada Marsh")).to_be_visible()
    expect(story.get_by_role("button", name="Following")).to_be_visible()
    story.get_by_role("button", name="Close").click()
    expect(story).to_be_hidden()
    assert stage.complaints == []


def test_without_planned_weather_there_are_no_weather_buttons(page: Page, with_clicks):
    Stage(page, *with_clicks).open()
    assert page.locator("[data-weather]").count() == 0
    assert page.locator("[data-hud=clock]").count() == 0


def test_what_is_said_is_shown_on_a_click_only(page: Page, with_clicks):
    stage = Stage(page, *with_clicks).open()
    stage.release.wait_for(lambda: "talking" in page.locator("[data-hud=counts]").inner_text(), 5)
    talk = wait_for_talk(page)
    stage.choose(talk["participants"][0]["name"])
    story = page.get_by_role("region", name="Resident")
    expect(story.get_by_text(talk["messages"][0]["text"])).to_be_attached(timeout=60_000)
    assert stage.complaints == []


def test_the_world_fits_a_phone_and_a_lost_connection_is_told(page: Page, tmp_path):
    village = Village(tmp_path).build(world_document()).migrate()
    page.set_viewport_size({"width": 390, "height": 844})
    for release, url in served(village):
        Stage(page, release, url).open()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        release.stop()
        expect(page.get_by_text("Connecting again…")).to_be_visible(timeout=60_000)


def wait_for_talk(page: Page) -> dict:
    """The newest conversation in which something has been said."""
    return page.evaluate(
        """async () => {
          for (let attempt = 0; attempt < 60; attempt++) {
            const answer = await (await fetch("/api/conversations/")).json();
            const talk = answer.results.find((one) => one.messages.length);
            if (talk) return talk;
            await new Promise((done) => setTimeout(done, 500));
          }
        }"""
    )
