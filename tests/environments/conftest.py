"""A home of its own for each test, and Ada's project in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from environments.models import Environment
from environments.services import create_environments
from studio.models import Project


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.ORCHARD_HOME = tmp_path / "home"
    settings.ORCHARD_DOMAIN = "localhost"
    settings.ORCHARD_ENCRYPTION_KEYS = []
    return tmp_path / "home"


@pytest.fixture
def project(db: None) -> Project:
    ada = User.objects.create_user("ada")
    return Project.objects.create(name="Aeries", slug="aeries", template="social-world", created_by=ada)


@pytest.fixture
def environment(project: Project) -> Environment:
    """Its staging."""
    return create_environments(project)["staging"]
