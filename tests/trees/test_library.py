"""The trees of the library against a whole live Studio: nobody helps, and the app itself is asked.

One goes the way of an operation, the others that of the command line.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.live import LiveStudio

pytestmark = pytest.mark.timeout(1_200)
LONGEST_SECONDS = 900


def ended(live_studio: LiveStudio, operation: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + LONGEST_SECONDS
    while operation["status"] in ("pending", "running"):
        assert time.monotonic() < deadline, operation
        time.sleep(1)
        operation = live_studio.api("GET", f"/operations/{operation['id']}")
    return operation


def test_aeries_passes_as_an_operation(live_studio: LiveStudio) -> None:
    operation = ended(
        live_studio, live_studio.api("POST", "/operations", {"type": "tree", "treeName": "aeries"})
    )
    assert operation["status"] == "succeeded", operation["error"]
    assert {step["status"] for step in operation["result"]["run"]["steps"]} == {"passed"}


@pytest.mark.parametrize(
    "name",
    [
        "slackpath-1-authenticated-service",
        "slackpath-2-channels-and-messages",
        "slackpath-3-background-worker",
        "slackpath-4-react-app",
    ],
)
def test_a_slackpath_passes_from_the_command_line(live_studio: LiveStudio, name: str, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    told = live_studio.manage("run_tree", name, "--junit", str(report))
    assert f"{name} passed" in told
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")
