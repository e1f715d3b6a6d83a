"""Running an app's own commands on a scratch copy of its files, in the real sandbox."""

from pathlib import Path

import pytest

from operations.engine.workflow import PhaseFailed
from operations.workshop.checkout import run_command, scratch
from tests.environments.test_deploy import MANIFEST
from tests.operations.quiet import QuietContext

APP = (Path(__file__).parent.parent / "environments" / "tiny_app.py").read_bytes()


def files(version="one"):
    return {
        ".orchard/app.yaml": MANIFEST.encode(),
        "requirements.lock": b"",
        "app.py": APP,
        "version.txt": version.encode(),
    }


def test_the_app_is_served_and_stopped(tmp_path):
    with scratch(files()) as place, place.serving(QuietContext()) as app:
        assert app.get("/").text == "one"
        given = app.get("/environment").json()
        assert given["APP_ENVIRONMENT"] == "test"
        assert "ORCHARD_HOME" not in given
        assert app.get("/reach").json() == {"/app": False, "/data": True, "/usr": False}
    assert not place.source.exists()


def test_an_app_that_does_not_start_is_told_with_its_last_words():
    with (
        scratch(files("broken")) as place,
        pytest.raises(PhaseFailed) as caught,
        place.serving(QuietContext()),
    ):
        pass
    assert caught.value.code == "app_failed"
    assert any("ImportError" in line for line in caught.value.details["lines"])


def test_a_command_may_write_files_where_that_is_wanted():
    context = QuietContext()
    with scratch(files()) as place:
        spec = place.spec(
            ["/bin/sh", "-c", "echo new > made.txt; mkdir __pycache__; touch __pycache__/x"], writable=True
        )
        run_command(context, spec, timeout_seconds=20, failure="It failed", code="failed")
        assert place.files() == files() | {"made.txt": b"new\n"}


def test_a_command_that_fails_is_told_with_its_last_lines():
    with scratch(files()) as place:
        spec = place.spec(["/bin/sh", "-c", "echo broken; exit 4"])
        with pytest.raises(PhaseFailed) as caught:
            run_command(
                QuietContext(), spec, timeout_seconds=20, failure="It failed", code="generation_failed"
            )
    assert caught.value.code == "generation_failed"
    assert caught.value.message == "It failed: it ended with exit code 4."
    assert caught.value.details["lines"] == ["broken"]


def test_a_health_page_without_end_keeps_nobody_waiting():
    with scratch(files("talkative")) as place, place.serving(QuietContext()) as app:
        assert app.get("/").text == "talkative"
