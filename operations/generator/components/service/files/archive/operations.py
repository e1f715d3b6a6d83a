"""Steps that migrations take so that a changing app keeps its data.

They are what `manage.py evolve` adds to the operations Django finds by itself. None can be undone, and
none needs to be: going back simply leaves the archive as it is.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.migrations.operations.base import Operation

from archive.plain_values import plain_value

BATCH = 500


class DataStep(Operation):
    """Runs Python over the records of one model, in the state they have at this point."""

    reduces_to_sql = False
    reversible = True
    elidable = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        apps = from_state.apps
        self.run(apps, apps.get_model(app_label, self.model_name))
        # PostgreSQL refuses to alter a table while checks of its changed rows are still pending.
        schema_editor.connection.check_constraints()

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to undo."""

    def run(self, apps: Any, model: Any) -> None:
        """Change the rows of `model` as it stood before this step; each kind of step says how."""
        raise NotImplementedError


class FieldStep(DataStep):
    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(model_name)
        self.name = name


class ArchiveField(FieldStep):
    """Copy a field of every record to the archive, before it is removed."""

    def run(self, apps: Any, model: Any) -> None:
        archive(apps, model, [self.name])

    def describe(self) -> str:
        return f"Archive {self.name} of {self.model_name}"


class ArchiveModel(DataStep):
    """Copy every record of a model to the archive, before it is removed."""

    def run(self, apps: Any, model: Any) -> None:
        names = [f.name for f in (*model._meta.concrete_fields, *model._meta.many_to_many)]
        archive(apps, model, names)

    def describe(self) -> str:
        return f"Archive every {self.model_name}"


class Fill(FieldStep):
    """Give each record without a value for a field that is about to be required a plain one."""

    def run(self, apps: Any, model: Any) -> None:
        field = model._meta.get_field(self.name)
        for record in model.objects.filter(**{f"{self.name}__isnull": True}).order_by("pk"):
            setattr(record, self.name, plain_value(field, number=record.pk))
            record.save(update_fields=[self.name])

    def describe(self) -> str:
        return f"Fill {self.name} of {self.model_name} where it is missing"


class MakeUnique(FieldStep):
    """Tell apart records that share a value about to be unique: the later ones get their number."""

    def run(self, apps: Any, model: Any) -> None:
        field = model._meta.get_field(self.name)
        seen: set[Any] = set()
        for record in model.objects.exclude(**{f"{self.name}__isnull": True}).order_by("pk"):
            value = getattr(record, self.name)
            if value in seen:
                value = plain_value(field, number=record.pk, stem=str(value), distinct=True)
                setattr(record, self.name, value)
                record.save(update_fields=[self.name])
            seen.add(value)

    def describe(self) -> str:
        return f"Make {self.name} of {self.model_name} unique"


def archive(apps: Any, model: Any, names: list[str]) -> None:
    archived = apps.get_model("archive", "ArchivedRecord")
    batch = []
    for record in model.objects.order_by("pk").iterator(chunk_size=BATCH):
        values = {name: _value(record, name) for name in names}
        plain = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
        label = model._meta.label
        batch.append(archived(source=label, record_id=str(record.pk), values=plain))
        if len(batch) == BATCH:
            archived.objects.bulk_create(batch)
            batch = []
    archived.objects.bulk_create(batch)


def _value(record: Any, name: str) -> Any:
    field = record._meta.get_field(name)
    if field.many_to_many:
        return list(getattr(record, name).values_list("pk", flat=True))
    value = field.value_from_object(record)
    return value.name if isinstance(field, models.FileField) else value
