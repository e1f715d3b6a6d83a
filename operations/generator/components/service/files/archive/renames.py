"""Renames, known from the ids that stay while names change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

SCHEMA = Path(".orchard/schema.json")
MIGRATED_SCHEMA = Path(".orchard/schema.migrated.json")


def renames(
    root: Path, state: ProjectState, apps: tuple[str, ...]
) -> Iterator[tuple[str, Operation]]:
    """(app label, operation) for each model and field whose id now has another name.

    The files map ids to "Model" or "Model.field". What the migrations do not hold is passed over.
    """
    held, wished = _read(root / MIGRATED_SCHEMA), _read(root / SCHEMA)
    models = {held[key]: wished[key] for key in held.keys() & wished.keys() if "." not in held[key]}
    for old, new in sorted(models.items()):
        app = _app_of(old, state, apps)
        if old != new and app and (app, new.lower()) not in state.models:
            operation = migrations.RenameModel(old, new)
            operation.state_forwards(app, state)
            yield app, operation
    for key in sorted(held.keys() & wished.keys()):
        (old_model, _, old), (new_model, _, new) = (
            held[key].partition("."),
            wished[key].partition("."),
        )
        if not old or old == new or models.get(old_model, old_model) != new_model:
            continue
        app = _app_of(new_model, state, apps)
        fields = state.models[app, new_model.lower()].fields if app else {}
        if old in fields and new not in fields:
            operation = migrations.RenameField(new_model, old, new)
            operation.state_forwards(app, state)
            yield app, operation


def _app_of(model: str, state: ProjectState, apps: tuple[str, ...]) -> str:
    return next((app for app in apps if (app, model.lower()) in state.models), "")


def _read(path: Path) -> dict[str, str]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
