"""Where the local deployer keeps things: one folder per environment below `ORCHARD_HOME/apps`.

<slug>/<environment>/data/            all the app may write: database, media
<slug>/<environment>/releases/<n>/    its files (app/), its environment (environment.json)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from environments.ports import AppRelease

SERVICE = "service"


@dataclass(frozen=True)
class AppPlaces:
    """The folders of one environment."""

    root: Path

    @classmethod
    def of(cls, project_slug: str, environment_name: str) -> AppPlaces:
        return cls(project_folder(project_slug) / environment_name)

    @classmethod
    def of_project(cls, project_slug: str) -> Iterator[AppPlaces]:
        folder = project_folder(project_slug)
        if folder.is_dir():
            yield from (cls(entry) for entry in sorted(folder.iterdir()) if entry.is_dir())

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def releases(self) -> Path:
        return self.root / "releases"


@dataclass(frozen=True)
class ReleasePlaces:
    """The files of one release."""

    release: AppRelease

    @property
    def environment(self) -> AppPlaces:
        return AppPlaces.of(self.release.project_slug, self.release.environment_name)

    @property
    def folder(self) -> Path:
        return self.environment.releases / str(self.release.number)

    @property
    def app(self) -> Path:
        return self.folder / "app"

    @property
    def variables(self) -> Path:
        return self.folder / "environment.json"

    def script(self, component: str) -> Path:
        return self.folder / f"{component}.sh"

    def starts(self, component: str) -> Path:
        """As many bytes as it was started times."""
        return self.folder / f"{component}.starts"

    def log(self, component: str) -> Path:
        return _logs() / f"app-{self.program(component)}.log"

    def program(self, component: str) -> str:
        """What supervisord calls it. No release's name has a dot."""
        return self.release.name + ("" if component == SERVICE else f".{component}")

    @property
    def programs(self) -> Path:
        """The file that tells supervisord of all the release's processes."""
        return program_file(self.release.name)

    @property
    def socket(self) -> Path:
        """Where the app is to be found, out of its own reach."""
        return socket_folder(self.release.name) / "app.sock"

    @property
    def own_socket(self) -> Path:
        """The same socket where the app makes it, in a folder it may do anything to."""
        return socket_folder(self.release.name) / "app" / "app.sock"

    @staticmethod
    def names_of(project_slug: str) -> set[str]:
        """The releases that anything tells of. A program's file goes before the program does: whoever was
        cut off in between is followed by the release's folder."""
        programs = {file.stem for file in _of_project(_programs(), f"{project_slug}-", ".conf")}
        return programs | {
            f"{project_slug}-{environment.root.name}-{folder.name}"
            for environment in AppPlaces.of_project(project_slug)
            for folder in environment.releases.glob("*")
            if folder.name.isdecimal()
        }

    @staticmethod
    def logs_of(project_slug: str) -> list[Path]:
        return _of_project(_logs(), f"app-{project_slug}-", ".log")


def project_folder(project_slug: str) -> Path:
    return Path(settings.ORCHARD_HOME) / "apps" / project_slug


def program_file(release_name: str) -> Path:
    return _programs() / f"{release_name}.conf"


def socket_folder(release_name: str) -> Path:
    """Short whatever the project is called: a socket's path has 107 bytes at most."""
    return Path(settings.ORCHARD_SOCKETS) / "apps" / hashlib.sha256(release_name.encode()).hexdigest()[:12]


def _programs() -> Path:
    return Path(settings.ORCHARD_HOME) / "run" / "apps.d"


def _logs() -> Path:
    return Path(settings.ORCHARD_HOME) / "logs"


def _of_project(folder: Path, prefix: str, suffix: str) -> list[Path]:
    """Files named `<prefix><environment>-<number><suffix>`, rotated ones too; not those of a project
    whose name only begins alike."""
    pattern = re.compile(rf"{re.escape(prefix)}[a-z]+-\d+(\.[a-z-]+)?{re.escape(suffix)}(\.\d+)?")
    return [file for file in folder.glob(f"{prefix}*") if pattern.fullmatch(file.name)]
