from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def base_url() -> None:
    """Every test opens an app of its own. (The plugin's fixture of this name warns under this pytest.)"""
