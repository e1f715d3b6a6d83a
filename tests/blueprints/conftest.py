from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from blueprints import services
from blueprints.models import Blueprint, BlueprintMessage
from studio.models import Project
from tests.blueprints.scripted import ScriptedArchitect


@pytest.fixture
def architect(settings) -> Iterator[type[ScriptedArchitect]]:
    settings.ORCHARD_ARCHITECT = "tests.blueprints.scripted.ScriptedArchitect"
    ScriptedArchitect.turns.clear()
    ScriptedArchitect.waiting.clear()
    ScriptedArchitect.go.clear()
    yield ScriptedArchitect
    ScriptedArchitect.go.set()


@pytest.fixture
def blueprint(project: Project, architect: type[ScriptedArchitect]) -> Blueprint:
    return services.create_blueprint(project=project, feature_name="World")


@pytest.fixture
def say(blueprint: Blueprint, ada: User):
    """`say("add Cat")` sends and answers one message; the reply as it stands afterwards."""

    def one_turn(text: str) -> BlueprintMessage:
        reply = services.send_message(blueprint=blueprint, author=ada, text=text, dispatch=False)
        reply = services.answer(reply=reply)
        blueprint.refresh_from_db()
        return reply

    return one_turn
