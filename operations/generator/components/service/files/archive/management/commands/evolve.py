"""Write the migrations that bring the database to what the models say, without asking anybody.

Like `makemigrations`, but renames are known by id, removed values go to the archive first, and a new
required field finds a value for the records that are already there.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.utils import timezone
from django.utils.text import slugify

from archive.renames import MIGRATED_SCHEMA, SCHEMA, renames
from archive.rewriting import rewrite

ARCHIVE = ("archive", "0001_archived_records")
NEEDS_ARCHIVE = ("ArchiveField", "ArchiveModel")


class Answers(MigrationQuestioner):
    """Never asks: renames are done by then, and `rewrite` finds the values."""

    def ask_not_null_addition(self, field_name: str, model_name: str) -> None:
        return None

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        return timezone.now


class Command(BaseCommand):
    help = "Write the migrations that bring the database to what the models say, asking nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="", help="what the change is about")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.ROOT)
        own = tuple(c.label for c in apps.get_app_configs() if Path(c.path).parent == root)
        name = slugify(options["name"]).replace("-", "_")[:40].strip("_")
        self.write_renames(root, own, name)
        self.write_changes(own, name)
        if (root / SCHEMA).exists():
            (root / MIGRATED_SCHEMA).write_bytes((root / SCHEMA).read_bytes())

    def write_renames(self, root: Path, own: tuple[str, ...], name: str) -> None:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        by_app: dict[str, list[Operation]] = defaultdict(list)
        for app, operation in renames(root, loader.project_state(), own):
            by_app[app].append(operation)
        for app, operations in by_app.items():
            leaf = loader.graph.leaf_nodes(app)[0]
            number = int(leaf[1].partition("_")[0]) + 1
            migration = Migration(f"{number:04}_{name or 'new'}_names", app)
            migration.operations, migration.dependencies = operations, [leaf]
            self.write(migration)

    def write_changes(self, own: tuple[str, ...], name: str) -> None:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        before = loader.project_state()
        detector = MigrationAutodetector(before, ProjectState.from_apps(apps), Answers())
        found = detector.changes(loader.graph, trim_to_apps=set(own), migration_name=name or None)
        for app in own:
            state = before.clone()
            for migration in found.get(app, []):
                migration.operations = list(rewrite(app, migration.operations, state))
                for operation in migration.operations:
                    operation.state_forwards(app, state)
                if any(type(o).__name__ in NEEDS_ARCHIVE for o in migration.operations):
                    migration.dependencies = [*migration.dependencies, ARCHIVE]
                self.write(migration)

    def write(self, migration: Migration) -> None:
        writer = MigrationWriter(migration, include_header=False)
        path = Path(writer.path)
        path.write_text(writer.as_string(), encoding="utf-8")
        self.stdout.write(f"{migration.app_label}: {path.name}")
        for operation in migration.operations:
            self.stdout.write(f"  {operation.describe()}")
