from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from blueprints import services, store
from blueprints.models import Blueprint
from environments.models import Environment, Release
from operations.models import Operation, OperationPhase
from studio.models import Project
from tests.blueprints.documents import recipe_box

BUILD_PHASES = ("spec", "design", "implement", "test", "deploy")


@pytest.fixture
def browser_of():
    """`browser_of(ada)` is Ada's browser, signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def plan(project: Project, ada: User) -> Blueprint:
    """A plan with content that can be built, and a turn of conversation that made it."""
    blueprint = services.create_blueprint(project=project, feature_name="Recipe box")
    document = recipe_box()
    services.edit_document(blueprint=blueprint, version=0, document=document, by=ada)
    blueprint.refresh_from_db()
    return blueprint


@pytest.fixture
def app(project: Project) -> Environment:
    """Staging with a live release."""
    environment = Environment.objects.create(
        project=project, name=Environment.Name.STAGING, hostname=f"staging.{project.slug}.localhost"
    )
    release = Release.objects.create(
        environment=environment, number=1, commit="c0ffee" * 6, key="1", status="live", live_at=timezone.now()
    )
    environment.current_release = release
    environment.save()
    return environment


def build_of(blueprint: Blueprint, status: str, *, reached: str = "implement") -> Operation:
    """A build as the engine leaves it: complete before the phase `reached`."""
    operation = Operation.objects.create(
        project=blueprint.project,
        project_slug=blueprint.project.slug,
        blueprint=blueprint,
        type=Operation.Type.BUILD,
        status=status,
        input={"version": blueprint.version},
        started_at=None if status == "pending" else timezone.now(),
        completed_at=timezone.now() if status in ("failed", "succeeded", "cancelled") else None,
        error={"code": "tests_failed", "message": "2 of 31 tests failed."} if status == "failed" else None,
    )
    at_reached = {"failed": "failed", "running": "running", "succeeded": "complete"}.get(status, "pending")
    for position, slug in enumerate(BUILD_PHASES):
        before = position < BUILD_PHASES.index(reached)
        state = (
            "complete" if before or status == "succeeded" else at_reached if slug == reached else "pending"
        )
        OperationPhase.objects.create(
            operation=operation,
            slug=slug,
            position=position,
            status=state,
            started_at=None if state == "pending" else timezone.now(),
        )
    return operation


def say(blueprint: Blueprint, user: User, text: str, answer: str, **reply: object) -> None:
    """One finished turn, written directly."""
    number = store.next_number(blueprint)
    message = blueprint.messages.create(number=number, role="user", author=user, content=text)
    blueprint.messages.create(
        number=number + 1,
        role="architect",
        in_reply_to=message,
        **{"content": answer, "status": "done", **reply},
    )
