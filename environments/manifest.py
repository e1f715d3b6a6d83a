"""`.orchard/app.yaml`: how the software in a repository is run."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.errors import InvalidInput

MANIFEST = ".orchard/app.yaml"
_MAX_BYTES = 64 << 10

Argv = Annotated[list[Annotated[str, Field(max_length=4000)]], Field(min_length=1, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Commands(_Strict):
    """Argument vectors, never shell lines. `${APP_SOCKET}` in one stands for the socket to listen on."""

    serve: Argv
    migrate: Argv | None = None
    seed: Argv | None = None
    test: Argv | None = None


class Component(_Strict):
    runtime: Literal["python"]
    requirements: str = Field(default="requirements.lock", pattern=r"^[\w-][\w./-]*$")
    commands: Commands
    health: str = Field(default="/healthz", pattern=r"^/[\w./-]*$")


class Manifest(_Strict):
    components: dict[Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,30}$")], Component] = Field(max_length=8)

    @property
    def service(self) -> Component:
        return self.components["service"]

    @property
    def beside(self) -> dict[str, Component]:
        """What runs in processes of its own beside the service, over the same data. The service answers
        for its health: 200 at the path `health`."""
        return {name: one for name, one in self.components.items() if name != "service"}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the software in `folder`. Raises InvalidInput naming what is wrong with it."""
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The repository has no {MANIFEST}, so nothing says how to run it.") from error
    if len(text) > _MAX_BYTES:
        raise InvalidInput(f"{MANIFEST} is larger than {_MAX_BYTES} bytes.")
    try:
        manifest = Manifest.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise InvalidInput(f"{MANIFEST} cannot be understood: {_first_problem(error)}") from error
    if "service" not in manifest.components:
        raise InvalidInput(f"{MANIFEST} has no component named service.")
    for component in manifest.components.values():
        if ".." in Path(component.requirements).parts:
            raise InvalidInput(f"{MANIFEST} names requirements outside the repository.")
    return manifest


def expanded(argv: list[str], *, socket: str) -> list[str]:
    return [Template(word).safe_substitute(APP_SOCKET=socket) for word in argv]


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).splitlines()[0]
