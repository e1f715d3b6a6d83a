"""A database full of operations, and the requests of two people who look at it: Ada, who sees all of them,
and Ben, who sees the few of two projects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueprints.models import Blueprint
from operations.models import Operation, OperationEvent
from studio import services
from studio.models import ApiKey, Membership
from tests.benchmarks import filling
from tests.plans import Plan, plans_of

TABLES = ("operations", "operation_events", "operation_phases")


class Crowd:
    def __init__(self, projects: int, few: int, waiting: int) -> None:
        self._began = (timezone.now() - timedelta(days=300)).replace(microsecond=0)
        self.ada = User.objects.create_user("ada", password="apples-and-pears")
        self.ben = User.objects.create_user("ben", password="apples-and-pears")
        mine = [
            services.create_project(name=f"Orchard {number}", template="blank-service", by=self.ada)
            for number in range(projects)
        ]
        Membership.objects.bulk_create(
            Membership(project=project, user=self.ben, role="viewer") for project in mine[:few]
        )
        for number, project in enumerate(mine):
            Blueprint.objects.create(project=project, feature_name=f"Feature {number}")
        self._waiting = waiting
        self._size = 0
        self.long: Operation | None = None
        self._browsers = {user: self._browser(user) for user in (self.ada, self.ben)}
        secret = services.create_api_key(user=self.ada, name="bench", scopes=ApiKey.Scope.values)[1]
        self._program = Client(headers={"host": "localhost", "X-API-Key": secret})

    def grow_to(self, size: int, events_each: int, long_events: int) -> None:
        """Until there are so many operations, with phases and events, the newest of them under way."""
        Operation.objects.filter(status__in=Operation.ACTIVE).update(status="succeeded")
        with filling.in_bulk():
            filling.add_operations(
                self._size, size, began=self._began, person=self.ada.pk, events_each=events_each
            )
            if self.long is None:
                self.long = Operation.objects.filter(type="build", status="succeeded").order_by("pk")[0]
                key = Operation._meta.pk.get_db_prep_value(self.long.pk, connection)
                filling.add_events(key, events_each + 1, long_events)
                Operation.objects.filter(pk=self.long.pk).update(last_seq=long_events)
            self._size = size
            line = Operation.objects.order_by("-created_at").values_list("pk", flat=True)[: self._waiting]
            Operation.objects.filter(pk__in=list(line)).update(status="pending", completed_at=None)

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


def _get(client: Client, path: str, status: int = 200) -> object:
    answer = client.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code}"
    return answer
