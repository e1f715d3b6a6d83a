"""The main job as a maker does it: in a browser, from the start page to weather over the village.

Pictures of every step are left in `test-results/main-job/`; they are for people to look at.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.live import CODE, LiveStudio

PICTURES = CODE / "test-results" / "main-job"
# Builds share two cores with whatever else the suite runs.
BUILD_MS = 240_000


@pytest.fixture
def maker(page: Page, live_studio: LiveStudio) -> Page:
    """A browser whose person followed a fresh one-time link; any script error fails the test."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live_studio.manage("sign_in_link").split()[-1])
    expect(page.get_by_role("heading", name="Start with a sentence")).to_be_visible()
    return page


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def say(page: Page, text: str) -> None:
    page.get_by_label("Message the Architect").fill(text)
    page.keyboard.press("Enter")


def spawn(page: Page, template: str, name: str) -> None:
    page.get_by_role("link", name=template, exact=True).click()
    page.get_by_label("What is it called?").fill(name)
    page.get_by_role("button", name="Create the project").click()
    expect(page.locator("#project-badge")).to_have_text("Live", timeout=BUILD_MS)


def build(page: Page, version_pattern: str = r"is built") -> None:
    page.get_by_role("button", name=re.compile("Build It")).click()
    expect(page.locator("#build")).to_contain_text("Building")
    expect(page.locator("#buildbar")).to_contain_text(re.compile(version_pattern), timeout=BUILD_MS)


def app(live_studio: LiveStudio, host: str, path: str) -> httpx.Response:
    """Ask an app through the front door, as a program on this machine does."""
    return httpx.get(
        f"http://127.0.0.1:{live_studio.port}{path}",
        headers={"Host": f"{host}:{live_studio.port}"},
        trust_env=False,
        timeout=60,
    )


def conversations_of(live_studio: LiveStudio, host: str) -> list[dict[str, Any]]:
    """The first conversations, as soon as there are any: people have to meet first."""
    for _ in range(120):
        if found := app(live_studio, host, "/api/conversations/").json()["results"]:
            return found
        time.sleep(1)
    return []


def places_of(live_studio: LiveStudio, host: str) -> dict[int, tuple[float, float]]:
    agents = app(live_studio, host, "/api/agents/").json()["results"]
    return {agent["id"]: (agent["x"], agent["y"]) for agent in agents}


def preview(page: Page) -> FrameLocator:
    return page.frame_locator("#app iframe")


@pytest.mark.timeout(900)
def test_a_maker_talks_builds_and_sees_the_village_then_weather_and_nothing_is_lost(
    maker: Page, live_studio: LiveStudio
) -> None:
    errors: list[str] = []
    maker.on("pageerror", lambda error: errors.append(str(error)))
    picture(maker, "1-start")
    spawn(maker, "Social World", "Aeries Demo")
    picture(maker, "2-live")
    for host in ("staging.aeries-demo.localhost", "aeries-demo.localhost"):
        assert app(live_studio, host, "/healthz").status_code == 200

    say(maker, "I want agents that walk around a 2D world and have conversations")
    question = maker.locator(".question")
    expect(question).to_contain_text("How should agents decide who to talk to?")
    picture(maker, "3-question")
    say(maker, "Proximity - they talk to whoever is nearby")
    expect(question).to_contain_text("Should conversations be visible")
    say(maker, "Visible as speech bubbles above agents")
    expect(maker.get_by_text("Plan looks complete. Ready to build?")).to_be_visible()
    expect(maker.locator("#plan")).to_contain_text("/api/conversations/")
    picture(maker, "4-plan-complete")

    build(maker)
    picture(maker, "5-built")
    world = preview(maker).locator("#world")
    expect(world).to_be_visible(timeout=60_000)
    host = "staging.aeries-demo.localhost"
    before = places_of(live_studio, host)
    assert before
    for _ in range(60):
        after = places_of(live_studio, host)
        if sum(before[key] != after[key] for key in before) >= len(before) / 4:
            break
        maker.wait_for_timeout(1_000)
    else:
        raise AssertionError("agents do not walk")
    talks = conversations_of(live_studio, host)
    assert talks, "agents talk"
    picture(maker, "6-agents-walk-and-talk")

    say(maker, "Add a weather system")
    expect(maker.locator("#plan")).to_contain_text("WeatherState")
    picture(maker, "7-weather-planned")
    build(maker)
    expect(preview(maker).get_by_role("group", name="Weather")).to_be_visible(timeout=60_000)
    picture(maker, "8-weather")
    assert app(live_studio, host, "/api/weather/").status_code == 200
    kept = app(live_studio, host, f"/api/conversations/{talks[0]['id']}/")
    assert kept.status_code == 200, "earlier conversations are kept"

    maker.reload()
    expect(maker.locator("#buildbar")).to_contain_text("is built")
    expect(maker.locator("#project-badge")).to_have_text("Live")
    assert errors == []


@pytest.mark.timeout(600)
def test_the_same_job_goes_through_the_api_with_curl_alone(live_studio: LiveStudio) -> None:
    key = live_studio.manage("create_api_key", "curl", "--scopes", "projects:read,projects:execute").split()[
        -1
    ]
    script = Path(__file__).with_name("main_job.sh")
    done = subprocess.run(
        [script, live_studio.url, key, "curl-demo"], capture_output=True, text=True, timeout=580, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
