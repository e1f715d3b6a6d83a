"""A SQLite file per environment, in the environment's own data folder."""

from __future__ import annotations

import shutil

from environments.adapters.places import AppPlaces


class SqliteDatabases:
    """Implements `environments.ports.Databases`. The file itself is made by the app's first migration."""

    def provision(self, *, project_slug: str, environment_name: str) -> str:
        AppPlaces.of(project_slug, environment_name).data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return "sqlite:////data/db.sqlite3"  # as the app sees it, in its sandbox

    def destroy(self, *, project_slug: str) -> None:
        for places in AppPlaces.of_project(project_slug):
            shutil.rmtree(places.data, ignore_errors=True)
