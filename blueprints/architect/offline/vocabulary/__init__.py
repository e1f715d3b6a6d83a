"""Word lists of the offline Architect's grammar, each a YAML file beside this one."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache
def load_vocabulary(name: str) -> dict[str, Any]:
    """The parsed `<name>.yaml`. Treat as read-only: it is shared by every turn."""
    raw = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(raw, Loader=SAFE_LOADER)  # noqa: S506
    return loaded


# libyaml's loader reads these files ten times faster, where PyYAML was built with it.
SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
