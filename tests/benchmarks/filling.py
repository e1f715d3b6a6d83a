"""Filling a database with operations as the years would: made by the database itself, because two million
rows are too many to send. For a database of which nobody else knows yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from operations.engine.workflow import workflow_for

# One operation in so many seconds.
APART_SECONDS = 200
TYPES = ("build", "spawn", "teardown")
# Documents of some size: lists must not read them.
_DOCUMENT = {"items": [{"id": f"ENT-{number}", "text": "x" * 80} for number in range(15)]}
_CHECKPOINT = {"commit": "0123456789" * 4, "files": ["a/file/of/the/app.py"] * 8}
_EVENT = {"type": "log", "phase": "test", "message": "one line of a log, as long as most"}

# Kinds and ends in no order: of ten operations eight are builds, of a hundred ninety succeeded. Every project
# has one plan, and they take turns.
_OPERATIONS = """
WITH RECURSIVE places(place) AS (
    SELECT CAST(%(first)s AS bigint) UNION ALL SELECT place + 1 FROM places WHERE place + 1 < %(last)s
), owners AS (
    SELECT ROW_NUMBER() OVER (ORDER BY project.slug) - 1 AS turn, COUNT(*) OVER () AS turns,
        project.id, project.slug, plan.id AS plan
    FROM projects project JOIN blueprints plan ON plan.project_id = project.id
), drawn AS (
    SELECT place, (place * 2654435761 / 65536) %% 10 AS kind, (place * 2246822519 / 65536) %% 100 AS fate
    FROM places
), named AS (
    SELECT place, {at} AS at,
        CASE WHEN kind < 8 THEN 'build' WHEN kind < 9 THEN 'spawn' ELSE 'teardown' END AS type,
        CASE WHEN fate < 90 THEN 'succeeded' WHEN fate < 96 THEN 'failed' ELSE 'cancelled' END AS status
    FROM drawn
)
INSERT INTO operations (id, project_id, project_slug, blueprint_id, type, status, current_phase, input, result,
    error, requested_by_id, worker, fence, attempt, last_seq, created_at, started_at, completed_at)
SELECT {new_id}, owners.id, owners.slug, CASE WHEN type = 'build' THEN owners.plan END, type, status, '',
    {input}, CASE WHEN status = 'succeeded' THEN {result} END, CASE WHEN status <> 'succeeded' THEN {error} END,
    %(person)s, '', 1, 0, %(events)s, at, at, at
FROM named JOIN owners ON owners.turn = named.place %% owners.turns
"""
_PHASES = """
INSERT INTO operation_phases (operation_id, slug, position, status, attempt, failures, message, checkpoint,
    started_at, completed_at)
SELECT id, %(slug)s, %(position)s, 'complete', 1, 0, '', {checkpoint}, created_at, created_at
FROM operations WHERE type = %(type)s AND created_at >= {since}
"""
# Ids of their own, in the order of the index: nobody asks for events by them.
_EVENTS = """
WITH RECURSIVE numbers(seq) AS (SELECT %(first)s UNION ALL SELECT seq + 1 FROM numbers WHERE seq < %(last)s)
INSERT INTO operation_events (id, operation_id, seq, event_type, payload, created_at)
SELECT {event_id}, operations.id, numbers.seq, 'log', {payload}, operations.created_at
FROM operations CROSS JOIN numbers WHERE {chosen} ORDER BY operations.id
"""
_SQLITE = {
    "at": "datetime(%(began)s + %(apart)s * place, 'unixepoch')",
    "new_id": "lower(hex(randomblob(16)))",
    "event_id": "substr(operations.id, 1, 24) || printf('%%08x', numbers.seq)",
    "since": "datetime(%(since)s, 'unixepoch')",
}
_POSTGRESQL = {
    "at": "to_timestamp(%(began)s + %(apart)s * place)",
    "new_id": "gen_random_uuid()",
    "event_id": "overlay(operations.id::text placing lpad(to_hex(numbers.seq), 8, '0') from 29)::uuid",
    "since": "to_timestamp(%(since)s)",
}


def add_operations(first: int, last: int, *, began: datetime, person: int, events_each: int) -> None:
    """Ended ones from number `first` to before `last`, with phases and events."""
    since = int(began.timestamp()) + APART_SECONDS * first
    _run(
        _OPERATIONS,
        {"input": {"version": 3, "document": _DOCUMENT}, "result": _DOCUMENT, "error": {"code": "x"}},
        first=first,
        last=last,
        began=int(began.timestamp()),
        apart=APART_SECONDS,
        person=person,
        events=events_each,
    )
    for type_ in TYPES:
        for position, phase in enumerate(workflow_for(type_).phases):
            given = {"slug": phase.slug, "position": position, "type": type_, "since": since}
            _run(_PHASES, {"checkpoint": _CHECKPOINT}, **given)
    _add_events("created_at >= {since}", 1, events_each, since=since)


def add_events(operation_id: object, first: int, last: int) -> None:
    """To one of them. `operation_id` as the database has it."""
    _add_events("operations.id = %(operation)s", first, last, operation=operation_id)


@contextmanager
def in_bulk() -> Iterator[None]:
    """What keeps a database in order while it is used only costs time while it is filled."""
    if connection.vendor == "sqlite":
        settings = (
            *("PRAGMA foreign_keys = OFF", "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"),
            "PRAGMA cache_size = -300000",
        )
        afterwards = "ANALYZE"
    else:
        settings = ("SET synchronous_commit = off", "SET statement_timeout = 0", "SET work_mem = '256MB'")
        if _may_skip_triggers():
            settings += ("SET session_replication_role = replica",)
        afterwards = "VACUUM ANALYZE"
    try:
        with connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(setting)
            yield
            cursor.execute(afterwards)
    finally:
        connection.close()  # the next has the settings of any other


def _may_skip_triggers() -> bool:
    """Keys are checked row by row otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        return bool(cursor.fetchone()[0])


def _add_events(chosen: str, first: int, last: int, **given: Any) -> None:
    _run(_EVENTS.replace("{chosen}", chosen), {"payload": _EVENT}, first=first, last=last, **given)


def _run(statement: str, documents: Mapping[str, Any], **given: Any) -> None:
    sqlite = connection.vendor == "sqlite"
    places = {name: f"%({name})s" if sqlite else f"CAST(%({name})s AS jsonb)" for name in documents}
    texts = {name: json.dumps(document) for name, document in documents.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**(_SQLITE if sqlite else _POSTGRESQL), **places), given | texts)
