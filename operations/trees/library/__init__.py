"""The trees that come with the Studio, one YAML file each, by name."""

from __future__ import annotations

from importlib.resources import files

from operations.trees.reading import read_tree
from operations.trees.schema import Tree
from studio.core.errors import NotFound

SUFFIX = ".yaml"


def names() -> list[str]:
    found = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX))


def read(name: str) -> Tree:
    """The tree of this name, or of the only name that begins so ("slackpath-1"). Raises NotFound."""
    known = names()
    chosen = [name] if name in known else [other for other in known if other.startswith(f"{name}-")]
    if len(chosen) != 1:
        raise NotFound(f"There is no tree “{name}”. There are: {', '.join(known)}.", code="unknown_tree")
    text = files(__name__).joinpath(chosen[0] + SUFFIX).read_text(encoding="utf-8")
    return read_tree(text, name=chosen[0])
