"""Places in a workflow where a worker is held for as long as we like, so that a strike hits there.

A phase may take five milliseconds, and the worst moment to die is between its effect and its checkpoint.
So the database is made slow at exactly that row: a trigger on the table of events waits for an advisory
lock that we hold. Nothing of the Studio is changed for it. PostgreSQL only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import psycopg
from psycopg import sql

from tests.chaos.waiting import wait_for

Edge = Literal["in_progress", "complete", "live"]

_TRIGGER = """
CREATE TABLE chaos_gates (
    key bigint PRIMARY KEY, type text NOT NULL, project text NOT NULL, phase text NOT NULL, edge text NOT NULL);
CREATE FUNCTION chaos_wait() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
DECLARE found bigint;
BEGIN
    SELECT gate.key INTO found FROM chaos_gates gate JOIN operations operation ON operation.id = NEW.operation_id
    WHERE gate.type = operation.type AND gate.project = operation.project_slug
      AND gate.phase = NEW.payload->>'phase' AND gate.edge = NEW.payload->>'status' LIMIT 1;
    IF found IS NOT NULL THEN PERFORM pg_advisory_xact_lock_shared(found); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chaos BEFORE INSERT ON operation_events FOR EACH ROW
    WHEN (NEW.event_type = 'phase') EXECUTE FUNCTION chaos_wait();
CREATE FUNCTION chaos_wait_live() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
DECLARE found bigint;
BEGIN
    SELECT gate.key INTO found FROM chaos_gates gate JOIN projects project ON project.slug = gate.project
    JOIN environments environment ON environment.project_id = project.id
    WHERE environment.id = NEW.environment_id AND gate.edge = 'live' LIMIT 1;
    IF found IS NOT NULL THEN PERFORM pg_advisory_xact_lock_shared(found); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chaos BEFORE UPDATE ON releases FOR EACH ROW
    WHEN (NEW.status = 'live' AND OLD.status <> 'live') EXECUTE FUNCTION chaos_wait_live();
"""


class Gates:
    """All gates of one database."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._keys = itertools.count(1)
        with self._connect() as connection:
            connection.execute(_TRIGGER)
            # A session whose client was killed at a gate would wait on there, with all the locks it has.
            database = sql.Identifier(connection.info.dbname)
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET client_connection_check_interval = '100ms'").format(database)
            )

    @contextmanager
    def closed(self, *, workflow: str, project: str, phase: str, edge: Edge) -> Iterator[Gate]:
        """Until it is opened, or the block ends, whoever wants to say that this phase of an operation of
        this project has begun, or has ended, stands still before it is said: nothing is committed yet. At the
        edge "live", whoever makes a release of it the live one: visitors are there, the decision is not.
        """
        key = next(self._keys)
        with self._connect() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [key])
            connection.execute(
                "INSERT INTO chaos_gates VALUES (%s, %s, %s, %s, %s)", [key, workflow, project, phase, edge]
            )
            gate = Gate(connection, key, f"{workflow}/{phase} {edge}")
            try:
                yield gate
            finally:
                with suppress(psycopg.OperationalError):
                    gate.open()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True)


class Gate:
    def __init__(self, connection: psycopg.Connection, key: int, name: str) -> None:
        self._connection = connection
        self._key = key
        self._name = name
        self._is_open = False

    def await_somebody(self, seconds: float = 400) -> None:
        wait_for(self._is_anybody_there, f"somebody at the gate {self._name}", seconds)

    def open(self) -> None:
        """Who stands there goes on; who was killed there is found out by its database connection."""
        if not self._is_open:
            self._is_open = True
            self._connection.execute("DELETE FROM chaos_gates WHERE key = %s", [self._key])
            self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._key])

    def _is_anybody_there(self) -> bool:
        waiting = self._connection.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", [self._key]
        )
        return waiting.fetchone() is not None
