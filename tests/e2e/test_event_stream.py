"""An event stream through the front door of a whole Studio: nothing on the way holds an event back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.live import LiveStudio

pytestmark = pytest.mark.timeout(900)

PATIENCE_SECONDS = 120

# Claimed by nobody who works, with a lease that nobody takes over: only this test ends it.
START = """
from datetime import timedelta
from django.utils import timezone
from operations.models import Operation
from studio.models import ApiKey
Operation.objects.create(
    pk="{pk}", type="tree", project_slug="nowhere", status="running", worker="a test", fence=1,
    requested_by=ApiKey.objects.get(name="{pk}").user, lease_until=timezone.now() + timedelta(hours=1),
)
"""
TELL = """
from operations.engine import events
events.write("{pk}", [events.log_event("still going")])
"""
END = """
from operations.engine import ending, events
ending.cancel("{pk}", guard=events.Q())
"""


def test_events_come_through_the_front_door_as_they_happen(live_studio: LiveStudio):
    operation = uuid.uuid4()
    key = live_studio.manage("create_api_key", str(operation), "--scopes", "projects:read").split()[-1]
    shell(live_studio, START, operation)
    address = f"{live_studio.url}/api/operations/{operation}/stream"
    with httpx.stream("GET", address, headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        frames = frames_of(answer)
        # Each is waited for while the stream is silent behind it: a buffer on the way would keep it.
        assert next(frames).startswith("retry: ")
        shell(live_studio, TELL, operation)
        assert message_of(next(frames)) == "still going"
        shell(live_studio, END, operation)
        assert message_of(next(frames)) == "Cancelled."
        assert list(frames) == []


def shell(studio: LiveStudio, code: str, operation: uuid.UUID) -> None:
    studio.manage("shell", "-v", "0", "-c", code.format(pk=operation))


def frames_of(answer: httpx.Response) -> Iterator[str]:
    text = ""
    for chunk in answer.iter_text():
        text += chunk
        while "\n\n" in text:
            frame, _, text = text.partition("\n\n")
            if not frame.startswith(":"):
                yield frame


def message_of(frame: str) -> str:
    data = next(line for line in frame.split("\n") if line.startswith("data: "))
    return str(json.loads(data.removeprefix("data: "))["message"])
