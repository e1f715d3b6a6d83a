from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from operations.trees.run_files import RunFiles
from studio.models import ApiKey
from tests.live import CODE
from tests.trees.small_studio import SmallStudio

TREE = """\
name: small
description: A tree for tests.
vars: {name: demo, seconds: 0.0}
steps:
  project: {action: api, method: POST, endpoint: /project, body: {name: "{{ .vars.name }}"}, outputs: [{name: .data.name}]}
  rest: {action: sleep, seconds: SECONDS, depends_on: [project]}
  check: {action: assert, value: "{{ .vars.seconds }}", that: [". < 1"], depends_on: [rest]}
  after: {action: sleep, seconds: 0, depends_on: [check]}
teardown:
  - {name: gone, action: api, method: DELETE, endpoint: "/project/{{ .outputs.project.name }}"}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    def write(seconds: float = 0, text: str = TREE) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(text.replace("SECONDS", str(seconds)))
        return path

    return write


@pytest.fixture
def here(studio: SmallStudio, settings, tmp_path: Path):
    """The small Studio as this instance."""
    settings.ORCHARD_URL = studio.url
    settings.ORCHARD_HOME = tmp_path / "home"


def test_a_run_passes_and_tells_each_step(tree, studio, capsys):
    call_command("run_tree", tree(), "--base-url", studio.url, "--api-key", "ork_key")
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in told[1:-1]] == [
        ["passed", name] for name in ("project", "rest", "check", "after", "gone")
    ]
    assert told[-1].startswith("small passed: 4 of 4 steps passed in")
    assert set(studio.keys) == {"ork_key"}


def test_a_failed_step_makes_the_exit_code_and_both_reports(tree, studio, tmp_path):
    junit, document = tmp_path / "out.xml", tmp_path / "out.json"
    options = ["--base-url", studio.url, "--api-key", "k", "--junit", junit, "--json", document]
    with pytest.raises(SystemExit) as caught:
        call_command("run_tree", tree(), *options, "--var", "seconds=5")
    assert caught.value.code == 1
    suite = ElementTree.parse(junit).getroot()[0]
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "skipped", "errors")} == {
        "name": "small", "tests": "5", "failures": "1", "skipped": "1", "errors": "0",
    }  # fmt: skip
    cases = {case.get("name"): [part.tag for part in case] for case in suite}
    assert cases == {"project": [], "rest": [], "check": ["failure"], "after": ["skipped"], "gone": []}
    assert "`. < 1` does not hold of 5" in suite.find("testcase/failure").get("message")
    run = json.loads(document.read_text())
    assert run["status"] == "failed"
    assert run["steps"][0]["outputs"] == {"name": "demo"}


def test_a_junit_report_is_xml_whatever_a_step_says(tree, studio, tmp_path):
    said = "{action: exec, command: [printf, 'a\\001\\357\\277\\277b'], exit_code: 1,"
    junit = tmp_path / "out.xml"
    with pytest.raises(SystemExit):
        call_command(
            "run_tree",
            tree(text=TREE.replace("{action: sleep, seconds: SECONDS,", said)),
            *("--base-url", studio.url, "--api-key", "k", "--junit", junit),
        )
    assert "a\ufffd\ufffdb" in ElementTree.parse(junit).getroot().find(".//failure").text


@pytest.mark.django_db
def test_without_a_key_the_owner_of_the_instance_asks_with_one_that_ends(here, tree, studio):
    call_command("run_tree", tree())
    key = ApiKey.objects.get()
    assert key.user.is_superuser
    assert key.revoked_at is not None
    assert key.expires_at is not None
    assert all(sent.startswith("ork_") for sent in studio.keys)


@pytest.mark.django_db
def test_the_key_ends_with_a_run_that_failed_too(here, tree):
    with pytest.raises(SystemExit):
        call_command("run_tree", tree(), "--var", "seconds=5")
    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Which tree?"),
        (["no-such-tree"], "There is no tree “no-such-tree”"),
        (["no/such/file.yaml"], "cannot be read"),
        (["FILE", "--var", "name"], "write NAME=VALUE"),
        (["FILE", "--var", "nome=x"], "small has no variable nome"),
        (["FILE", "--var", "seconds=soon"], "is no number"),
        (["FILE", "--base-url", "http://elsewhere.example"], "needs --api-key"),
        (["--resume", "nothing"], "no unfinished run “nothing”"),
        (["--resume", "../../etc/passwd"], "no unfinished run"),
        (["FILE", "--resume", "x"], "has its tree"),
        (["FILE", "--junit", "/no/such/folder/out.xml"], "cannot be written"),
        (["FILE", "--json", "/"], "cannot be written"),
        (["FILE", "--base-url", "localhost:8000"], "is no address of a Studio"),
        (["FILE", "--base-url", "http://[", "--api-key", "k"], "is no address of a Studio"),
        (["FILE", "--api-key", "schlüssel"], "is no API key"),
        (["/dev/zero"], "longer than 200000 bytes"),
        (["/"], "Is a directory"),
    ],
)
def test_bad_input_starts_nothing(here, tree, studio, arguments, told):
    path = str(tree())
    with pytest.raises(CommandError) as caught:
        call_command("run_tree", *[path if word == "FILE" else word for word in arguments])
    assert told in str(caught.value)
    assert caught.value.returncode == 2
    assert studio.asked == []


def test_a_malformed_tree_is_refused_with_its_line(here, tree, studio):
    with pytest.raises(CommandError, match="line 7: check: unknown action “claim”"):
        call_command("run_tree", tree(text=TREE.replace("action: assert", "action: claim")))
    assert studio.asked == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name: caf\xe9", "it is not UTF-8"),
        ("name: tree".encode("utf-16"), "it is not UTF-8"),
        (b"# " + b"x" * 10_000_000, "longer than 200000 bytes"),
        ("é".encode() * 200_000, "longer than 200000 bytes"),
        (b"", "a tree is a mapping"),
    ],
    ids=["latin", "utf-16", "ten megabytes", "cut in a character", "empty"],
)
def test_a_file_that_is_no_text_of_a_tree_is_refused(here, tmp_path, studio, content, told):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=told) as caught:
        call_command("run_tree", path)
    assert caught.value.returncode == 2
    assert studio.asked == []


def test_a_home_that_cannot_be_written_is_known_before_the_first_step(here, tree, studio, settings, tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("run_tree", tree(), "--api-key", "k")
    assert studio.asked == []


def test_a_run_that_cannot_be_noted_any_more_still_tears_down(here, tree, studio, settings, capsys):
    text = TREE.replace("{action: sleep, seconds: SECONDS,", "{action: exec, command: [rm, -r, HOME/trees],")
    path = tree(text=text.replace("HOME", str(settings.ORCHARD_HOME)))
    call_command("run_tree", path, "--api-key", "k")
    assert "cannot be noted" in capsys.readouterr().out
    assert studio.asked == ["POST /project", "DELETE /project/demo"]


def start(path: Path, studio: SmallStudio, home: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "ORCHARD_HOME": str(home),
        "ORCHARD_ENV_FILE": os.devnull,
    }
    command = [sys.executable, "manage.py", "run_tree", str(path), "--base-url", studio.url, "--api-key", "k"]
    return subprocess.Popen(command, cwd=CODE, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for_step(process: subprocess.Popen[str], name: str) -> str:
    """The id of the run, once this step has passed."""
    assert process.stdout is not None
    run = process.stdout.readline().split()[-1]
    for line in process.stdout:
        if line.split()[:2] == ["passed", name]:
            return run
    raise AssertionError(f"{name} never passed")


def test_a_run_that_was_killed_is_resumed_where_it_was(tree, studio, tmp_path, settings, capsys):
    process = start(tree(seconds=60), studio, tmp_path)
    run = wait_for_step(process, "project")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert studio.asked == ["POST /project"]
    kept = tmp_path / "trees" / f"{run}.json"
    assert kept.stat().st_mode & 0o077 == 0, "variables and outputs may be private"

    settings.ORCHARD_HOME = tmp_path
    files = RunFiles(tmp_path / "trees")
    record = files.load(run)
    record.source = record.source.replace("seconds: 60", "seconds: 0")
    files.save(record)
    call_command("run_tree", "--list")
    assert f"unfinished: small, --resume {run}" in capsys.readouterr().out
    call_command("run_tree", "--resume", run, "--api-key", "k")
    assert studio.asked == ["POST /project", "DELETE /project/demo"]
    assert files.unfinished() == []


def test_a_run_at_work_cannot_be_resumed_beside_itself(tree, studio, tmp_path, settings):
    process = start(tree(seconds=60), studio, tmp_path)
    try:
        run = wait_for_step(process, "project")
        settings.ORCHARD_HOME = tmp_path
        with pytest.raises(CommandError, match="is still at work"):
            call_command("run_tree", "--resume", run, "--api-key", "k")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_tears_down_and_says_so(tree, studio, tmp_path, number):
    process = start(tree(seconds=60), studio, tmp_path)
    wait_for_step(process, "project")
    process.send_signal(number)
    told, _ = process.communicate(timeout=50)  # the step it interrupts would take 60
    assert process.returncode == 130
    assert studio.asked[-1] == "DELETE /project/demo"
    assert "small cancelled" in told
