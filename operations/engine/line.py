"""Who starts next. Projects take turns: each has one operation in the queue of its workers at a time, so
a project that asks for ten builds does not keep another one waiting for ten.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import connection

from operations.engine.workflow import known_types, workflow_for
from operations.models import Operation

# `turn` is the place in the project's own line, with what runs at its head; what has no project stands in
# a line of its own.
_POSITIONS = """
WITH turns AS (
    SELECT id, type, status, created_at,
        CASE WHEN project_id IS NULL THEN 1 ELSE ROW_NUMBER() OVER (
            PARTITION BY project_id ORDER BY CASE status WHEN 'running' THEN 0 ELSE 1 END, created_at, id
        ) END AS turn
    FROM operations WHERE status IN ('pending', 'running')
), places AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY turn, created_at, id) AS place
    FROM turns WHERE status = 'pending' AND type IN ({types})
)
SELECT id, place FROM places WHERE id IN ({ids})
"""


def positions(waiting: Iterable[Operation]) -> dict[uuid.UUID, int]:
    """1 for the next to start, by id: among what waits for the same workers. One query per queue."""
    by_queue: dict[str, list[uuid.UUID]] = {}
    queue_of = {type_: workflow_for(type_).queue for type_ in known_types()}
    for operation in waiting:
        if operation.type in queue_of:
            by_queue.setdefault(queue_of[operation.type], []).append(operation.pk)
    found: dict[uuid.UUID, int] = {}
    for queue, ids in by_queue.items():
        types = [type_ for type_, its_queue in queue_of.items() if its_queue == queue]
        found |= _places(types, ids)
    return found


def _places(types: list[str], ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    key = Operation._meta.pk
    query = _POSITIONS.format(types=_marks(types), ids=_marks(ids))
    keys = [key.get_db_prep_value(id_, connection) for id_ in ids]
    with connection.cursor() as cursor:
        cursor.execute(query, [*types, *keys])
        return {key.to_python(id_): int(place) for id_, place in cursor.fetchall()}


def _marks(values: list[str] | list[uuid.UUID]) -> str:
    return ", ".join(["%s"] * len(values))
