"""Django's own migration operations, with the steps around them that keep data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

from archive.operations import ArchiveField, ArchiveModel, Fill, MakeUnique
from archive.plain_values import plain_constant

# Kinds of columns whose values every database can turn into the new kind.
WIDER = {
    "CharField": {"TextField", "EmailField", "URLField", "SlugField"},
    "TextField": {"CharField"},
    "EmailField": {"CharField", "TextField"},
    "URLField": {"CharField", "TextField"},
    "IntegerField": {"BigIntegerField", "FloatField", "DecimalField"},
    "DecimalField": {"FloatField"},
    "FloatField": {"DecimalField"},
    "ImageField": {"FileField"},
    "FileField": {"ImageField"},
}


def rewrite(
    app_label: str, operations: Sequence[Operation], before: ProjectState
) -> Iterator[Operation]:
    """`operations`, each with what has to happen first. `before` is the state they start from."""
    state = before.clone()
    for operation in operations:
        for step in _steps(app_label, operation, state):
            step.state_forwards(app_label, state)
            yield step


def _steps(app_label: str, operation: Operation, state: ProjectState) -> Iterator[Operation]:
    if isinstance(operation, migrations.DeleteModel):
        yield ArchiveModel(operation.name)
        yield operation
    elif isinstance(operation, migrations.RemoveField):
        yield ArchiveField(operation.model_name, operation.name)
        yield operation
    elif isinstance(operation, migrations.AddField):
        yield from _add(operation)
    elif isinstance(operation, migrations.AlterField):
        held = state.models[app_label, operation.model_name_lower].fields[operation.name]
        yield from _alter(operation, held)
    else:
        yield operation


def _add(operation: migrations.AddField) -> Iterator[Operation]:
    """A required field: a plain value where one serves all records, else one per record."""
    field = operation.field
    if operation.preserve_default:
        yield operation
        return
    if getattr(field, "auto_now_add", False) or not (field.unique or field.is_relation):
        field.default = plain_constant(field)
        yield operation
        return
    final = field.clone()
    final.default = NOT_PROVIDED
    loose = final.clone()
    loose.null = True
    yield migrations.AddField(operation.model_name, operation.name, loose)
    yield Fill(operation.model_name, operation.name)
    yield migrations.AlterField(operation.model_name, operation.name, final)


def _alter(operation: migrations.AlterField, held: Any) -> Iterator[Operation]:
    model, name, field = operation.model_name, operation.name, operation.field
    if not _convertible(held, field):
        yield ArchiveField(model, name)
        yield migrations.RemoveField(model, name)
        keeps = field.null or field.has_default() or field.many_to_many
        yield from _add(migrations.AddField(model, name, field, preserve_default=keeps))
        return
    if held.null and not field.null and not field.many_to_many:
        yield Fill(model, name)
    if field.unique and not held.unique:
        yield MakeUnique(model, name)
    yield operation


def _convertible(held: Any, wished: Any) -> bool:
    if held.is_relation or wished.is_relation:
        same = held.is_relation and wished.is_relation
        return same and _target(held) == _target(wished)
    one, other = held.get_internal_type(), wished.get_internal_type()
    return one == other or other in WIDER.get(one, ())


def _target(field: models.Field) -> str:
    model = field.remote_field.model
    return (model if isinstance(model, str) else model._meta.label).lower()
