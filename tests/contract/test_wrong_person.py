"""Every route × every kind of person: who is let in, who is asked to sign in, for whom nothing exists.

A route that is added without an entry here fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from tests.contract.routes import routes
from tests.contract.world import ACTORS, World

P = "projects/<str:project>"
B = "projects/<str:project>/blueprints/<uuid:blueprint>"
R = f"{B}/references/<str:reference>"
O = "operations/<uuid:operation_id>"  # noqa: E741

MEMBERS = {"viewer": 0, "editor": 1, "owner": 2}


@dataclass(frozen=True)
class Entry:
    """How to call one route, and what it needs: "nothing", "somebody", "staff", a role in the
    project, or "writer": to be the editor, who wrote it.

    `allowed` are the answers that mean: let in. `kind` tells an API, which says 401, from a page,
    which shows the way to sign in and takes no key.
    """

    needs: str
    at: Callable[[World], str]
    method: str = "GET"
    body: dict[str, Any] | None = None
    allowed: frozenset[int] = field(default=frozenset({200, 201, 202, 204}))
    kind: str = "api"

    def expected(self, actor: str) -> frozenset[int]:
        if self.needs == "nothing":
            return self.allowed
        if self.needs == "staff":  # nobody here is: tests/operations/test_metrics.py lets some in
            return frozenset({401 if actor == "anonymous" or "key" in actor else 404})
        if self.kind == "page" and (actor == "anonymous" or "key" in actor):
            return frozenset({302})
        if actor == "anonymous":
            return frozenset({401})
        if actor == "owner's reading key":
            return self.allowed if self.method == "GET" else frozenset({403})
        if self.needs == "somebody":
            return self.allowed
        if self.needs == "writer" and actor in MEMBERS:  # the editor's own, not even the owner's to change
            return self.allowed if actor == "editor" else frozenset({403})
        if actor not in MEMBERS:
            return frozenset({404})
        return self.allowed if MEMBERS[actor] >= MEMBERS[self.needs] else frozenset({403})


def project(rest: str = "") -> Callable[[World], str]:
    return lambda world: f"/api/projects/{world.project.slug}{rest}"


def plan(rest: str = "") -> Callable[[World], str]:
    return lambda world: f"/api/projects/{world.project.pk}/blueprints/{world.blueprint.pk}{rest}"


def said(rest: str) -> Callable[[World], str]:
    return lambda world: plan(f"/messages/{world.reply.in_reply_to_id}{rest}")(world)


def operation(rest: str = "", prefix: str = "/api") -> Callable[[World], str]:
    return lambda world: f"{prefix}/operations/{world.pending.pk}{rest}"


def failed(rest: str, prefix: str = "/api") -> Callable[[World], str]:
    return lambda world: f"{prefix}/operations/{world.failed.pk}{rest}"


def page(rest: str = "") -> Callable[[World], str]:
    return lambda world: f"/projects/{world.project.slug}/{rest}"


def message(rest: str) -> Callable[[World], str]:
    return lambda world: f"/projects/{world.project.slug}/messages/{world.reply.pk}/{rest}"


def comment(rest: str, *, api: bool = False) -> Callable[[World], str]:
    """The editor's own."""
    if api:
        return lambda world: plan(f"/comments/{world.comment.pk}")(world)
    return lambda world: page(f"plan/comments/{world.comment.pk}/{rest}")(world)


def fixed(path: str) -> Callable[[World], str]:
    return lambda world: path


def build_body(world: World) -> dict[str, Any]:
    return {"type": "build", "projectId": world.project.slug, "blueprintId": str(world.blueprint.pk)}


NEW = {"name": "Another", "template": "blank-service"}
WORK = frozenset({200, 201, 202, 204, 409})  # 409: let in, but not in this state

MATRIX: dict[str, Entry] = {
    # The API
    "GET api/templates": Entry("somebody", fixed("/api/templates")),
    "ANY api/^": Entry("nothing", fixed("/api/no/such/thing"), allowed=frozenset({404})),
    "GET api/^schema/?$": Entry("nothing", fixed("/api/schema/")),
    "GET api/^docs/?$": Entry("nothing", fixed("/api/docs/")),
    "GET api/projects": Entry("somebody", fixed("/api/projects")),
    "GET api/project": Entry("somebody", fixed("/api/project")),
    "POST api/projects": Entry("somebody", fixed("/api/projects"), "POST", NEW),
    "POST api/project": Entry("somebody", fixed("/api/project"), "POST", NEW),
    f"GET api/{P}": Entry("viewer", project()),
    "GET api/project/<str:project>": Entry("viewer", lambda world: f"/api/project/{world.project.name}"),
    f"DELETE api/{P}": Entry("owner", project(), "DELETE"),
    "DELETE api/project/<str:project>": Entry(
        "owner", lambda world: f"/api/project/{world.project.name}", "DELETE"
    ),
    f"GET api/{P}/usage": Entry("viewer", project("/usage")),
    f"GET api/{P}/ledger": Entry("viewer", project("/ledger")),
    f"GET api/{P}/archive.zip": Entry("viewer", project("/archive.zip")),
    f"GET api/{P}/blueprints": Entry("viewer", project("/blueprints")),
    f"POST api/{P}/blueprints": Entry("editor", project("/blueprints"), "POST", {"featureName": "Shop"}),
    f"GET api/{B}": Entry("viewer", plan()),
    f"PATCH api/{B}": Entry("editor", plan(), "PATCH", {"version": 4, "summary": "Mine."}),
    f"DELETE api/{B}": Entry("editor", plan(), "DELETE"),
    f"GET api/{B}/messages": Entry("viewer", plan("/messages")),
    f"POST api/{B}/messages/<uuid:message>/resend": Entry(
        "editor", said("/resend"), "POST", {"message": "say Hi."}, WORK | {403}
    ),
    f"POST api/{B}/messages/<uuid:message>/restore": Entry("editor", said("/restore"), "POST", {}, WORK),
    f"POST api/{B}/messages/<uuid:message>/withdraw": Entry("editor", said("/withdraw"), "POST", {}, WORK),
    f"GET api/{B}/versions": Entry("viewer", plan("/versions")),
    f"GET api/{B}/versions/<int:number>": Entry("viewer", plan("/versions/1")),
    f"POST api/{B}/versions/<int:number>/restore": Entry("editor", plan("/versions/1/restore"), "POST", {}),
    f"POST api/{B}/chat": Entry("editor", plan("/chat"), "POST", {"message": "say Hi."}),
    f"GET api/{B}/comments": Entry("viewer", plan("/comments")),
    f"POST api/{B}/comments": Entry("editor", plan("/comments"), "POST", {"itemId": "ENT-1", "text": "Hm"}),
    f"GET api/{B}/comments/<uuid:comment>": Entry("viewer", comment("", api=True)),
    f"PATCH api/{B}/comments/<uuid:comment>": Entry("writer", comment("", api=True), "PATCH", {"text": "Hm"}),
    f"DELETE api/{B}/comments/<uuid:comment>": Entry("writer", comment("", api=True), "DELETE"),
    f"GET api/{B}/references": Entry("viewer", plan("/references")),
    f"POST api/{B}/references": Entry("editor", plan("/references"), "POST", {"url": "example.org/new"}),
    f"GET api/{R}": Entry("viewer", plan("/references/REF-1")),
    f"DELETE api/{R}": Entry("editor", plan("/references/REF-1"), "DELETE"),
    f"POST api/{R}/retry": Entry("editor", plan("/references/REF-2/retry"), "POST", {}),
    f"GET api/{R}/<str:picture>.webp": Entry("viewer", plan("/references/REF-1/thumbnail.webp")),
    f"POST api/{P}/blueprints/<str:blueprint>/build": Entry("editor", plan("/build"), "POST", {}, WORK),
    "GET api/operations": Entry("somebody", fixed("/api/operations")),
    "POST api/operations": Entry("editor", fixed("/api/operations"), "POST", {"build": "the plan"}, WORK),
    f"GET api/{O}": Entry("viewer", operation()),
    f"GET api/{O}/events": Entry("viewer", operation("/events")),
    f"GET api/{O}/stream": Entry("viewer", failed("/stream")),
    f"POST api/{O}/cancel": Entry("editor", operation("/cancel"), "POST", {}, WORK),
    f"POST api/{O}/retry": Entry("editor", failed("/retry"), "POST", {}, WORK),
    # Pages
    "ANY ": Entry("somebody", fixed("/"), kind="page"),
    "ANY projects/<slug:slug>/": Entry("viewer", page(), kind="page"),
    "ANY projects/<slug:slug>/fragments/": Entry("viewer", page("fragments/"), kind="page"),
    "ANY projects/<slug:slug>/messages/": Entry(
        "editor", page("messages/"), "POST", {"text": "say Hi."}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/messages/<uuid:message_id>/stops/": Entry(
        "editor", message("stops/"), "POST", {}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/messages/<uuid:message_id>/retries/": Entry(
        "editor", message("retries/"), "POST", {}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/messages/<uuid:message_id>/withdrawals/": Entry(
        "editor", message("withdrawals/"), "POST", {}, frozenset({200, 302, 409}), "page"
    ),
    "ANY projects/<slug:slug>/messages/<uuid:message_id>/revivals/": Entry(
        "editor", message("revivals/"), "POST", {}, frozenset({200, 302, 409}), "page"
    ),
    "ANY projects/<slug:slug>/references/": Entry(
        "editor", page("references/"), "POST", {"url": "example.org/new"}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/references/<uuid:reference_id>/removals/": Entry(
        "editor",
        lambda world: page(f"references/{world.picture.pk}/removals/")(world),
        "POST",
        {},
        frozenset({200, 302}),
        "page",
    ),
    "ANY projects/<slug:slug>/references/<uuid:reference_id>/retries/": Entry(
        "editor",
        lambda world: page(f"references/{world.broken.pk}/retries/")(world),
        "POST",
        {},
        frozenset({200, 302}),
        "page",
    ),
    "ANY projects/<slug:slug>/intents/": Entry(
        "editor", page("intents/"), "POST", {"intent": "match"}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/": Entry(
        "editor", page("plan/items/ENT-1/"), kind="page"
    ),
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/removals/": Entry(
        "editor", page("plan/items/ENT-1/removals/"), "POST", {"version": "2"}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/unlockings/": Entry(
        "editor", page("plan/items/ENT-1/unlockings/"), "POST", {}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/additions/<slug:kind>/": Entry(
        "editor", page("plan/additions/entity/"), kind="page"
    ),
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/comments/": Entry(
        "editor", page("plan/items/ENT-1/comments/"), kind="page"
    ),
    "ANY projects/<slug:slug>/plan/comments/<uuid:comment_id>/": Entry("editor", comment(""), kind="page"),
    "ANY projects/<slug:slug>/plan/comments/<uuid:comment_id>/removals/": Entry(
        "writer", comment("removals/"), "POST", {}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/versions/": Entry("viewer", page("plan/versions/"), kind="page"),
    "ANY projects/<slug:slug>/plan/versions/<int:number>/": Entry(
        "viewer", page("plan/versions/1/"), kind="page"
    ),
    "ANY projects/<slug:slug>/plan/versions/<int:number>/restorations/": Entry(
        "editor", page("plan/versions/1/restorations/"), "POST", {}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/builds/": Entry(
        "editor", page("builds/"), "POST", {}, frozenset({200, 302, 409}), "page"
    ),
    "ANY projects/<slug:slug>/deletion/": Entry("owner", page("deletion/"), kind="page"),
    "ANY projects/": Entry(
        "somebody", fixed("/projects/"), "POST", {"text": "add Cat"}, frozenset({302, 204}), "page"
    ),
    "ANY new/<slug:template>/": Entry("somebody", fixed("/new/dashboard/"), kind="page"),
    "ANY operations/": Entry("somebody", fixed("/operations/"), kind="page"),
    "ANY operations/<uuid:operation_id>/": Entry("viewer", operation("/", ""), kind="page"),
    "ANY operations/<uuid:operation_id>/log": Entry("viewer", failed("/log", ""), kind="page"),
    "ANY operations/<uuid:operation_id>/cancellations/": Entry(
        "editor", operation("/cancellations/", ""), "POST", {}, frozenset({200, 302, 409}), "page"
    ),
    "ANY operations/<uuid:operation_id>/retries/": Entry(
        "editor", failed("/retries/", ""), "POST", {}, frozenset({200, 302, 409}), "page"
    ),
    # The door
    "GET sign-in/": Entry("nothing", fixed("/sign-in/"), allowed=frozenset({200, 302})),
    "POST sign-in/": Entry("nothing", fixed("/sign-in/"), "POST", {}, frozenset({200, 302})),
    "PUT sign-in/": Entry("nothing", fixed("/sign-in/"), "PUT", {}, frozenset({200, 302})),
    "ANY sign-in/<str:token>/": Entry("nothing", fixed("/sign-in/spent/"), allowed=frozenset({302, 410})),
    "POST sign-out/": Entry("nothing", fixed("/sign-out/"), "POST", {}, frozenset({302})),
    "GET sign-out/": Entry("nothing", fixed("/sign-out/"), allowed=frozenset({405})),
    "ANY healthz": Entry("nothing", fixed("/healthz")),
    "ANY metrics": Entry("staff", fixed("/metrics")),
    "ANY readyz": Entry("nothing", fixed("/readyz"), allowed=frozenset({200, 503})),
}


# A page that answers a form at its own address.
FORMS: dict[str, Entry] = {
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/comments/": Entry(
        "editor", page("plan/items/ENT-1/comments/"), "POST", {"text": "Hm"}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/comments/<uuid:comment_id>/": Entry(
        "writer", comment(""), "POST", {"text": "Hm"}, frozenset({200, 302}), "page"
    ),
    "ANY projects/<slug:slug>/plan/items/<str:item_id>/": Entry(
        "editor",
        page("plan/items/ENT-1/"),
        "POST",
        {"version": "2", "name": "Tiger"},
        frozenset({200, 302}),
        "page",
    ),
    "ANY projects/<slug:slug>/plan/additions/<slug:kind>/": Entry(
        "editor",
        page("plan/additions/entity/"),
        "POST",
        {"version": "2", "name": "Cow"},
        frozenset({200, 302}),
        "page",
    ),
    "ANY projects/<slug:slug>/deletion/": Entry(
        "owner", page("deletion/"), "POST", {}, frozenset({302}), "page"
    ),
    "ANY new/<slug:template>/": Entry(
        "somebody", fixed("/new/dashboard/"), "POST", {"name": "Another"}, frozenset({302}), "page"
    ),
}
CASES = [
    pytest.param(entry, id=f"{route} {entry.method}") for route, entry in [*MATRIX.items(), *FORMS.items()]
]


def call(world: World, entry: Entry, actor: str, path: str) -> Any:
    body = build_body(world) if entry.body == {"build": "the plan"} else entry.body
    options = {"content_type": "application/json"} if entry.kind == "api" and body is not None else {}
    return getattr(world.client(actor), entry.method.lower())(path, body, **options)


def test_every_route_says_here_who_may_use_it():
    assert {str(route) for route in routes()} == set(MATRIX)


@pytest.mark.django_db
@pytest.mark.parametrize("entry", CASES)
def test_a_route_lets_in_whom_it_should_and_nobody_else(world, entry):
    seen = {}
    for actor in ACTORS:
        path = entry.at(world)
        with undone():
            answer = call(world, entry, actor, path)
        seen[actor] = answer.status_code
        if answer.streaming:
            assert answer.is_async or b"".join(answer.streaming_content)
        elif path.startswith("/api/") and answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
        if answer.status_code == 302 and 302 not in entry.allowed:
            assert answer["Location"].startswith(reverse("sign-in"))
    assert {actor: status for actor, status in seen.items() if status not in entry.expected(actor)} == {}


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves no trace in the database, so that the next actor finds the same world."""
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


@pytest.mark.django_db
@pytest.mark.parametrize("entry", [case for case in CASES if case.values[0].needs in (*MEMBERS, "writer")])
def test_to_a_stranger_a_project_of_others_looks_like_none_at_all(world, entry):
    path = entry.at(world)
    foreign = call(world, entry, "stranger", path)
    world.project.delete()
    missing = call(world, entry, "stranger", path)
    assert foreign.status_code == missing.status_code == 404
    assert without_tokens(foreign) == without_tokens(missing)


def without_tokens(answer: Any) -> str:
    """The body without what differs from request to request."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", answer.content.decode())


@pytest.mark.django_db
def test_lists_hold_only_what_is_mine(world):
    for path in ("/api/projects", "/api/operations"):
        assert world.client("stranger").get(path).json()["data"] == []
        assert world.client("viewer").get(path).json()["data"] != []
