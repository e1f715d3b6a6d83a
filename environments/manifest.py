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


class Front(_Strict):
    """Sources of a front end: `npm run build` in `folder` makes `output`, which the service hands out."""

    runtime: Literal["node"]
    folder: str = Field(pattern=r"^[\w-][\w./-]*$")
    output: str = Field(pattern=r"^[\w-][\w./-]*$")


_RUNTIMES = ("python", "node")  # which pydantic names among the places
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,30}$")]
_Part = Annotated[Component | Front, Field(discriminator="runtime")]


class Manifest(_Strict):
    components: dict[_Name, _Part] = Field(max_length=8)

    @property
    def service(self) -> Component:
        service = self.components["service"]
        assert isinstance(service, Component), "read_manifest saw to it"
        return service

    @property
    def processes(self) -> dict[str, Component]:
        return {name: one for name, one in self.components.items() if isinstance(one, Component)}

    @property
    def fronts(self) -> dict[str, Front]:
        return {name: one for name, one in self.components.items() if isinstance(one, Front)}

    @property
    def beside(self) -> dict[str, Component]:
        """What runs in processes of its own beside the service, over the same data. The service answers
        for its health: 200 at the path `health`."""
        return {name: one for name, one in self.processes.items() if name != "service"}


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
    if "service" not in manifest.processes:
        raise InvalidInput(f"{MANIFEST} has no component named service.")
    if any(
        ".." in Path(path).parts
        for front in manifest.fronts.values()
        for path in (front.folder, front.output)
    ):
        raise InvalidInput(f"{MANIFEST} names a front end outside the repository.")
    for component in manifest.processes.values():
        if ".." in Path(component.requirements).parts:
            raise InvalidInput(f"{MANIFEST} names requirements outside the repository.")
    return manifest


def expanded(argv: list[str], *, socket: str) -> list[str]:
    return [Template(word).safe_substitute(APP_SOCKET=socket) for word in argv]


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = [
            str(part) for number, part in enumerate(first["loc"]) if number != 2 or part not in _RUNTIMES
        ]
        place += ["runtime"] if first["type"].startswith("union_tag") else []
        return f"{'.'.join(place)}: {first['msg']}"
    return str(error).splitlines()[0]
