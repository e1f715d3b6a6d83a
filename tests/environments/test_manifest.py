"""`.orchard/app.yaml` is parsed strictly: it comes out of a repository that anybody may have edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.manifest import expanded, read_manifest
from studio.core.errors import InvalidInput

GOOD = """
components:
  service:
    runtime: python
    requirements: requirements.lock
    commands:
      migrate: [python, manage.py, migrate]
      serve: [python, -m, uvicorn, "config.asgi:application", --uds, "${APP_SOCKET}"]
    health: /healthz
"""


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / ".orchard").mkdir()
    (tmp_path / ".orchard/app.yaml").write_text(text)
    return tmp_path


def test_commands_name_the_socket_they_are_given(tmp_path: Path) -> None:
    service = read_manifest(folder_with(tmp_path, GOOD)).service
    assert expanded(service.commands.serve, socket="/run/app/app.sock")[-1] == "/run/app/app.sock"
    assert service.commands.seed is None


def test_other_variables_are_left_alone() -> None:
    assert expanded(["echo", "$SECRET_KEY ${HOME} 5$"], socket="/s") == ["echo", "$SECRET_KEY ${HOME} 5$"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Input should be"),
        ("components: {}", "no component named service"),
        (GOOD.replace("runtime: python", "runtime: perl"), "components.service.runtime"),
        (GOOD.replace("[python, manage.py, migrate]", "python manage.py migrate"), "commands.migrate"),
        (GOOD.replace("health: /healthz", "health: http://elsewhere/"), "components.service.health"),
        (GOOD.replace("requirements.lock", "../../secrets/key"), "requirements"),
        (GOOD.replace("requirements.lock", "a/../../key"), "outside the repository"),
        (GOOD + "    privileged: true\n", "privileged"),
        ("!!python/object/apply:os.system [ls]", "cannot be understood"),
        ("a: [", "cannot be understood"),
        ("a: " + "b" * 70_000, "larger than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_manifest(folder_with(tmp_path, text))
    assert problem in refused.value.message
    assert "\n" not in refused.value.message


def test_a_missing_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no \.orchard/app\.yaml"):
        read_manifest(tmp_path)
