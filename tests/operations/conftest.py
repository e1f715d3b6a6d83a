import pytest

from studio.services import create_project


@pytest.fixture
def other_project(ada):
    return create_project(name="Bakery", template="blank-service", by=ada)


@pytest.fixture
def effects(tmp_path):
    """Where the tiny workflows note what they do to the world, a line each time."""
    path = tmp_path / "effects"
    path.touch()
    return path
