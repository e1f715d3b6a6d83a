"""`make bench-chat`: what the Studio adds to a call of Claude, as a person in front of the chat feels it.

A whole Studio, its front door, a worker, a WebSocket as a browser opens it, and the real SDK, whose API is a
server on loopback that answers at once. So all the time that passes is ours: from sending a message to its
first words on the socket, and to the finished reply there. The server's own share is not taken off.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.architect.messages_api import MessagesApi, answer
from tests.benchmarks.report import Bar, bar_table, judged, machine, spread, table, write
from tests.live import LiveStudio

BARS = [
    Bar("first_words_ms.p95", at_most=50),
    Bar("finished_ms.p95", at_most=50),
]
PATIENCE_SECONDS = 30
WARM_UP = 5
PAUSE_SECONDS = 0.2
Frames = SimpleQueue[tuple[float, str]]
PLAN = {
    "sections": {
        "dataModel": {
            "entities": [
                {"name": "Recipe", "fields": [{"name": "title"}, {"name": "minutes", "type": "integer"}]}
            ]
        }
    }
}


def measure(*, turns: int) -> Mapping[str, Any]:
    """Milliseconds over `turns` turns, each of which says something and changes the plan."""
    script = [
        answer(text="Recipes it is, with a title and how long they take.", plan=_plan(number))
        for number in range(WARM_UP + turns)
    ]
    with MessagesApi(*script).serving() as api, tempfile.TemporaryDirectory(prefix="orchard-bench-") as home:
        studio = LiveStudio(
            Path(home),
            ORCHARD_ARCHITECT="blueprints.architect.claude.ClaudeArchitect",
            ANTHROPIC_BASE_URL=api.url,
        ).start()
        try:
            created = studio.api("POST", "/projects", {"name": "bench-chat", "template": "blank-service"})
            _finished(studio, created["operationId"])
            with httpx.Client(
                base_url=studio.url, trust_env=False, follow_redirects=True, timeout=PATIENCE_SECONDS
            ) as browser:
                browser.get(studio.link)
                times = _turns(studio, browser, created["slug"], WARM_UP + turns)
        finally:
            studio.close()
    first, end = zip(*times[WARM_UP:], strict=True)
    return {"first_words_ms": spread(first), "finished_ms": spread(end), "model_calls": len(api.requests)}


def _plan(number: int) -> dict[str, Any]:
    return {**PLAN, "summary": f"Recipes, as of turn {number}."}


def _turns(studio: LiveStudio, browser: httpx.Client, slug: str, turns: int) -> list[tuple[float, float]]:
    page = browser.get(f"/projects/{slug}/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None, page
    browser.headers.update({"X-CSRFToken": token[1], "HX-Request": "true", "Origin": studio.url})
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    socket = connect(
        f"{studio.url.replace('http', 'ws', 1)}/ws/projects/{slug}/",
        origin=studio.url,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies},
        max_size=None,
        proxy=None,
    )
    frames: Frames = SimpleQueue()
    hearing = threading.Thread(target=_hear, args=(socket, frames), daemon=True)
    with socket:
        hearing.start()
        return [_turn(browser, frames, slug, number) for number in range(turns)]


def _hear(socket: ClientConnection, frames: Frames) -> None:
    """With the moment each came, whatever else goes on."""
    for frame in socket:
        frames.put((time.perf_counter(), str(frame)))


def _turn(browser: httpx.Client, frames: Frames, slug: str, number: int) -> tuple[float, float]:
    said = f"Now change number {number}."
    began = time.perf_counter()
    sent = browser.post(f"/projects/{slug}/messages/", data={"text": said})
    assert sent.is_success, sent.text
    first = 0.0
    while True:
        moment, frame = frames.get(timeout=PATIENCE_SECONDS)
        passed = 1000 * (moment - began)
        if not first and "beforeend:#words-" in frame:
            first = passed
        if 'id="conversation"' in frame and said in frame and "aria-busy" not in frame:
            assert "tone-cherry" not in frame, frame
            time.sleep(PAUSE_SECONDS)  # people do; and what is pushed last belongs to this turn
            return first or passed, passed


def _finished(studio: LiveStudio, operation: str) -> None:
    deadline = time.monotonic() + 120
    while studio.api("GET", f"/operations/{operation}")["status"] != "succeeded":
        assert time.monotonic() < deadline, studio.tell()
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-chat", description=__doc__)
    parser.add_argument("--turns", type=int, default=60, help="messages to time (default 60)")
    parser.add_argument("--out", type=Path, default=Path("test-results/bench-chat.json"))
    options = parser.parse_args()
    figures = measure(turns=options.turns)
    bars = judged("chat", figures, BARS)
    write(options.out, {"machine": machine(), "chat": figures, "bars": bars})
    print(table(figures))
    print(f"\n{bar_table(bars)}\n\nWritten to {options.out}")
    sys.exit(0 if all(bar["met"] for bar in bars) else 1)


if __name__ == "__main__":
    main()
