from __future__ import annotations

import pytest

from tests.blueprints.conftest import architect
from tests.contract.world import World, build_world

__all__ = ["architect"]


@pytest.fixture
def world(project, ada, ben, vera, cleo, architect) -> World:
    return build_world(project, owner=ada, editor=ben, viewer=vera, stranger=cleo)
