"""A database full of operations, and the requests of two people who look at it: Ada, who sees all of them,
and Ben, who sees the few of two projects."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueprints.models import Blueprint
from operations.engine.workflow import workflow_for
from operations.models import Operation, OperationEvent
from studio import services
from studio.models import ApiKey, Membership, Project
from tests.plans import Plan, plans_of

TABLES = ("operations", "operation_events", "operation_phases")
BATCH = 5_000
# Documents of some size: lists must not read them.
DOCUMENT = {"items": [{"id": f"ENT-{number}", "text": "x" * 80} for number in range(15)]}
_STATUSES = ("succeeded",) * 90 + ("failed",) * 6 + ("cancelled",) * 4
_TYPES = ("build",) * 8 + ("spawn", "teardown")


class Crowd:
    def __init__(self, projects: int, few: int, waiting: int) -> None:
        self._random = random.Random(7)
        self._now = timezone.now()
        self.ada = User.objects.create_user("ada", password="apples-and-pears")
        self.ben = User.objects.create_user("ben", password="apples-and-pears")
        self._projects = [
            services.create_project(name=f"Orchard {number}", template="blank-service", by=self.ada)
            for number in range(projects)
        ]
        Membership.objects.bulk_create(
            Membership(project=project, user=self.ben, role="viewer") for project in self._projects[:few]
        )
        self._plans = [
            Blueprint.objects.create(project=project, feature_name=f"Feature {number}")
            for number, project in enumerate(self._projects)
        ]
        self._waiting = waiting
        self._size = 0
        self.long: Operation | None = None
        self._browsers = {user: self._browser(user) for user in (self.ada, self.ben)}
        secret = services.create_api_key(user=self.ada, name="bench", scopes=ApiKey.Scope.values)[1]
        self._program = Client(headers={"host": "localhost", "X-API-Key": secret})

    def grow_to(self, size: int, events_each: int, long_events: int) -> None:
        """Until there are so many operations, with phases and events, the newest of them under way."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off")
        Operation.objects.filter(status__in=Operation.ACTIVE).update(status="succeeded")
        new = self._operations(size - self._size)
        while batch := list(islice(new, BATCH)):
            Operation.objects.bulk_create(batch)
            self._write_phases(batch)
            self._write_events([operation.pk for operation in batch], events_each)
        self._size = size
        line = Operation.objects.order_by("-created_at").values("pk")[: self._waiting]
        Operation.objects.filter(pk__in=list(line.values_list("pk", flat=True))).update(
            status="pending", completed_at=None
        )
        if self.long is None:
            self.long = Operation.objects.filter(type="build", status="succeeded").order_by("pk")[0]
            self._write_events([self.long.pk], long_events, after=events_each)
        Operation.objects.filter(pk=self.long.pk).update(last_seq=long_events)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def events(self) -> int:
        return OperationEvent.objects.count()

    def requests(self) -> dict[str, Callable[[], object]]:
        """What is asked, by name."""
        assert self.long is not None
        operation = Operation.objects.filter(status="succeeded", type="build").exclude(pk=self.long.pk)
        one = operation.order_by("-created_at")[0]
        waiting = Operation.objects.filter(status="pending").order_by("-created_at")[0]
        middle = operation.order_by("created_at")[self._size // 4].created_at
        deep = f"until={(middle + timedelta(seconds=1)):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "page": self._page(self.ada, "/operations/"),
            "page_of_few": self._page(self.ben, "/operations/"),
            "page_failed": self._page(self.ada, "/operations/?status=failed"),
            "page_two_statuses": self._page(self.ada, "/operations/?status=failed,cancelled"),
            "page_of_project": self._page(self.ada, "/operations/?project=orchard-7"),
            "page_of_kind": self._page(self.ada, "/operations/?type=teardown"),
            "page_found": self._page(self.ada, "/operations/?q=feature+7"),
            "page_nothing_found": self._page(self.ada, "/operations/?q=nothing+like+it"),
            "page_deep": self._page(self.ada, f"/operations/?{deep}"),
            "detail": self._page(self.ada, f"/operations/{one.pk}/"),
            "detail_of_10000_events": self._page(self.ada, f"/operations/{self.long.pk}/"),
            "api_list": self._api("/api/operations"),
            "api_list_failed": self._api("/api/operations?status=failed"),
            "api_operation": self._api(f"/api/operations/{one.pk}"),
            "api_events_deep": self._api(f"/api/operations/{self.long.pk}/events?after=9000"),
            "stream_admission": self._api(f"/api/operations/{one.pk}/stream?after={one.last_seq}", 204),
            "queue_position": self._api(f"/api/operations/{waiting.pk}"),
        }

    def plans(self) -> dict[str, list[Plan]]:
        """How the database finds what each request asks for."""
        found = {}
        for name, call in self.requests().items():
            with CaptureQueriesContext(connection) as captured:
                call()
            found[name] = plans_of(captured.captured_queries, *TABLES)
        return found

    def _page(self, user: User, path: str) -> Callable[[], object]:
        return lambda: _get(self._browsers[user], path)

    def _api(self, path: str, status: int = 200) -> Callable[[], object]:
        return lambda: _get(self._program, path, status)

    def _browser(self, user: User) -> Client:
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        return client

    def _operations(self, number: int) -> Iterator[Operation]:
        with _times_of_their_own():
            for place in range(self._size, self._size + number):
                project = place % len(self._projects)
                at = self._now - timedelta(days=300) + timedelta(seconds=200 * place)
                yield self._operation(self._projects[project], self._plans[project], at)

    def _operation(self, project: Project, plan: Blueprint, at: object) -> Operation:
        type_, status = self._random.choice(_TYPES), self._random.choice(_STATUSES)
        return Operation(
            project=project,
            project_slug=project.slug,
            blueprint=plan if type_ == "build" else None,
            type=type_,
            status=status,
            input={"version": 3, "document": DOCUMENT},
            result=DOCUMENT if status == "succeeded" else None,
            error=None if status == "succeeded" else {"code": status, "message": "x"},
            requested_by=self.ada,
            last_seq=20,
            created_at=at,
            started_at=at,
            completed_at=at,
        )

    def _write_phases(self, operations: list[Operation]) -> None:
        phases = [
            (type_, phase.slug, position)
            for type_ in dict.fromkeys(_TYPES)
            for position, phase in enumerate(workflow_for(type_).phases)
        ]
        document = json.dumps(DOCUMENT)
        with connection.cursor() as cursor:
            for type_, slug, position in phases:
                keys = _keys([operation.pk for operation in operations if operation.type == type_])
                cursor.execute(
                    f"""
                    INSERT INTO operation_phases (operation_id, slug, position, status, attempt, failures,
                        message, checkpoint, started_at, completed_at)
                    SELECT id, %s, %s, 'complete', 1, 0, '', {_json()}, created_at, created_at
                    FROM operations WHERE id IN ({_marks(keys)})
                    """,
                    [slug, position, document, *keys],
                )

    def _write_events(self, operations: list[uuid.UUID], each: int, *, after: int = 0) -> None:
        """In the database itself: two million rows are too many to send."""
        payload = json.dumps(
            {"type": "log", "phase": "test", "message": "one line of a log, as long as most"}
        )
        keys = _keys(operations)
        new_id = "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE numbers(seq) AS (SELECT %s UNION ALL SELECT seq + 1 FROM numbers WHERE seq < %s)
                INSERT INTO operation_events (id, operation_id, seq, event_type, payload, created_at)
                SELECT {new_id}, operations.id, numbers.seq, 'log', {_json()}, operations.created_at
                FROM operations CROSS JOIN numbers WHERE operations.id IN ({_marks(keys)})
                """,
                [after + 1, each, payload, *keys],
            )


def _keys(ids: list[uuid.UUID]) -> list[object]:
    return [Operation._meta.pk.get_db_prep_value(key, connection) for key in ids]


def _marks(values: list[object]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _json() -> str:
    return "%s" if connection.vendor == "sqlite" else "%s::jsonb"


def _get(client: Client, path: str, status: int = 200) -> object:
    answer = client.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code}"
    return answer


@contextmanager
def _times_of_their_own() -> Iterator[None]:
    """`created_at` as given, not as now."""
    field = Operation._meta.get_field("created_at")
    field.auto_now_add = False
    try:
        yield
    finally:
        field.auto_now_add = True
