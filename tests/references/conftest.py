from __future__ import annotations

import pytest

from blueprints import services
from blueprints.models import Blueprint
from studio.models import Project


@pytest.fixture
def blueprint(project: Project) -> Blueprint:
    return services.create_blueprint(project=project, feature_name="Pricing")
