"""Making the home ready before anything starts: schema, static files, what apps ask for.

Each step asks whether there is something to do, because a warm start has some seconds in all.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


@dataclass(frozen=True)
class Step:
    """Something an app wants done before the Studio starts. `label` completes "Preparing …"; `run` is
    idempotent and cheap when there is nothing to do; an OrchardError it raises is shown, and the
    Studio starts all the same."""

    label: str
    run: Callable[[], object]


_steps: list[Step] = []


def register(step: Step) -> None:
    """Called in `AppConfig.ready()`."""
    _steps.append(step)


def steps() -> tuple[Step, ...]:
    return tuple(_steps)


def migrate() -> bool:
    """Bring the schema up to date. True when there was something to apply."""
    if not _unapplied_migrations():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def _unapplied_migrations() -> bool:
    """By name alone: building the migration graph, as `migrate` does, imports and links all of them."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    for app in apps.get_app_configs():
        for file in (Path(app.path) / "migrations").glob("[0-9]*.py"):
            if (app.label, file.stem) not in applied:
                return True
    return False


def collect_static() -> bool:
    """Copy, hash and compress the static files when one of them changed. True when they did."""
    stamp = settings.ORCHARD_HOME / "run" / "static.stamp"
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and settings.STATIC_ROOT.exists():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, stdout=io.StringIO())
    stamp.write_text(fingerprint)
    return True


def _static_fingerprint() -> str:
    digest = hashlib.sha256(f"{settings.STORAGES['staticfiles']} {version('whitenoise')}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
