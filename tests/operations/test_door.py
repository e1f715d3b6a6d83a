"""A crowd at the door of the event streams: let in together, and nobody who would not be let in alone."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import ClassVar

import pytest
from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations import door, feeds, services
from operations.engine import events
from operations.models import Operation
from studio.access import Credential, recognise
from studio.models import ApiKey, Membership
from studio.services import create_api_key
from tests.operations import tiny

DJANGOS = ((b"content-type", b"text/event-stream"), (b"vary", b"Cookie"))


@pytest.fixture
def operation(project):
    found = tiny.start("test_two", project)
    events.write(found.pk, [events.log_event("one"), events.log_event("two")])
    return found


def session(user, backend=None):
    client = Client()
    client.force_login(user, backend=backend and f"{backend.__module__}.{backend.__qualname__}")
    return Credential(client.cookies[settings.SESSION_COOKIE_NAME].value, "")


def key(user, scopes=("projects:read",), **changes):
    found, secret = create_api_key(user=user, name="k", scopes=list(scopes))
    ApiKey.objects.filter(pk=found.pk).update(**changes)
    return Credential("", secret)


def request(operation_id, credential, *, headers=(), **changes):
    shown = []
    if credential.session:
        shown.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={credential.session}".encode()))
    if credential.api_key:
        shown.append((b"x-api-key", credential.api_key.encode()))
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": f"/api/operations/{operation_id}/stream",
        "root_path": "",
        "query_string": b"",
        "server": ("localhost", 80),
        "headers": [(b"host", b"localhost"), *shown, *headers],
    } | changes


@pytest.mark.django_db
def test_only_who_may_read_is_recognised(ada, ben, cleo):
    now = timezone.now()
    good = {session(ada): ada.pk, session(ben): ben.pk, key(ada): ada.pk, key(cleo): cleo.pk}
    ended, changed, gone = (
        session(cleo),
        session(User.objects.create_user("dan")),
        User.objects.create_user("eve"),
    )
    from django.contrib.sessions.models import Session

    Session.objects.filter(pk=ended.session).update(expire_date=now)
    dan = User.objects.get(username="dan")
    dan.set_password("another one")
    dan.save()
    left = [session(gone), key(gone)]
    User.objects.filter(pk=gone.pk).update(is_active=False)
    bad = [
        ended,
        changed,
        *left,
        key(ada, revoked_at=now),
        key(ada, expires_at=now - timedelta(seconds=1)),
        key(ada, scopes=["projects:execute"]),
        Credential("", key(ada).api_key[:-1] + "!"),
        Credential("", "no key"),
        Credential("no session", ""),
        Credential("\x00", ""),
        Credential("", ""),
    ]
    assert recognise([*good, *bad]) == good


class Badge(BaseBackend):
    """Another way to sign in, as a company's own: whoever shows a badge, until it is taken away."""

    taken: ClassVar[set[int]] = set()

    def get_user(self, user_id):
        return None if user_id in self.taken else User.objects.filter(pk=user_id).first()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "engine", ["django.contrib.sessions.backends.db", "django.contrib.sessions.backends.signed_cookies"]
)
def test_who_signed_in_another_way_is_recognised_as_by_django(ada, ben, cleo, settings, engine):
    settings.SESSION_ENGINE = engine
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, f"{__name__}.Badge"]
    by_badge, taken, by_password = session(ada, Badge), session(ben, Badge), session(cleo)
    Badge.taken.add(ben.pk)
    assert recognise([by_badge, taken, by_password]) == {by_badge: ada.pk, by_password: cleo.pk}
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert recognise([by_badge]) == {}


@pytest.mark.django_db
def test_a_crowd_sees_what_each_of_them_sees(ada, ben, cleo, operation):
    hers = Operation.objects.create(project_slug="", requested_by=cleo, type="tree")
    nobodys = Operation.objects.create(project_slug="", type="tree")
    asked, people = [operation.pk, hers.pk, nobodys.pk, uuid.uuid4()], [ada, ben, cleo]
    alone = {
        (pk, person.pk): row
        for person in people
        for pk, *row in services.visible_operations(person)
        .filter(pk__in=asked)
        .values_list("pk", "last_seq", "status")
    }
    crowd = services.standing(asked, [person.pk for person in people])
    assert {seen: list(row) for seen, row in crowd.items()} == alone
    assert {person for pk, person in crowd if pk == hers.pk} == {cleo.pk}


@pytest.mark.django_db
def test_a_crowd_of_strangers_to_each_other_costs_five_queries(project, operation):
    people = [User.objects.create_user(f"reader{number}") for number in range(20)]
    Membership.objects.bulk_create(
        Membership(project=project, user=person, role="viewer") for person in people
    )
    shown = [key(person, last_used_at=timezone.now()) for person in people[:10]]
    shown += [session(person) for person in people[10:]]
    asked = [door.asking_of(request(operation.pk, credential)) for credential in shown]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        places = door._places(asked)
    assert [place.user_id for place in places] == [person.pk for person in people]
    assert len(queries) <= 5


@pytest.mark.django_db
def test_a_key_that_many_come_with_is_noted_once(ada, operation):
    hers = key(ada)
    asked = [door.asking_of(request(operation.pk, hers)) for _ in range(10)]
    door._places(asked)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    door._places(asked)
    assert ApiKey.objects.get().last_used_at == first


@pytest.mark.django_db
def test_who_stands_at_the_end_or_beyond_it_is_left_to_django(ada, operation):
    hers, last = key(ada), Operation.objects.get(pk=operation.pk).last_seq

    def placed(position):
        at = [(b"last-event-id", str(position).encode())]
        return door._places([door.asking_of(request(operation.pk, hers, headers=at))])[0]

    assert placed(last).position == last
    assert placed(last + 1) is None
    Operation.objects.filter(pk=operation.pk).update(status="failed")
    assert placed(last) is None
    assert placed(last - 1).position == last - 1


SOMEBODY = Credential("", "ork_a_b")


@pytest.mark.parametrize(
    "unusual",
    [
        {"method": "HEAD"},
        {"path": "/api/operations/1/stream"},
        {"path": "/api/operations"},
        {"query_string": b"after=1&format=json"},
        {"query_string": b"after=-1"},
        {"headers": [(b"x-api-key", b"a"), (b"x-api-key", b"b")]},
        {"headers": [(b"host", b"localhost")]},
        {"headers": [(b"x-api-key", b"a"), (b"last-event-id", b"x")]},
    ],
)
def test_what_is_unusual_is_djangos(unusual):
    assert door.asking_of(request(uuid.uuid4(), SOMEBODY)) is not None
    assert door.asking_of(request(uuid.uuid4(), SOMEBODY) | unusual) is None


def test_two_credentials_are_djangos():
    assert door.asking_of(request(uuid.uuid4(), Credential("session", "ork_a_b"))) is None


def test_readers_differ_in_kind_by_all_that_an_answer_depends_on():
    def kind(credential=SOMEBODY, **changes):
        asking = door.asking_of(request(uuid.uuid4(), credential, **changes))
        assert asking is not None
        return asking.kind

    assert kind() == kind(Credential("", "ork_c_d"), headers=[(b"last-event-id", b"7")])
    others = [
        kind(Credential("session", "")),
        kind(scheme="https"),
        kind(headers=[(b"x-forwarded-proto", b"https")]),
        kind(headers=[(b"hx-request", b"true")]),
        door.asking_of(
            request(uuid.uuid4(), SOMEBODY)
            | {"headers": [(b"host", b"evil.example"), (b"x-api-key", b"ork_a_b")]}
        ).kind,
    ]
    assert len({kind(), *others}) == len(others) + 1


async def test_nobody_is_let_in_before_django_has_let_in_one_of_the_kind():
    asking = door.asking_of(request(uuid.uuid4(), SOMEBODY))
    assert await door.Door().admit(asking) is None
    entrance = door.Door()
    entrance.learn(asking.kind, (*DJANGOS, (b"set-cookie", b"a=b")))
    assert await entrance.admit(asking) is None


@pytest.mark.django_db(transaction=True)
async def test_a_crowd_is_let_in_with_what_django_said_and_a_stranger_is_not(ada, ben, cleo, operation):
    from asgiref.sync import sync_to_async

    hers, his, strangers = [await sync_to_async(key)(person) for person in (ada, ben, cleo)]
    entrance = door.Door()
    crowd = [door.asking_of(request(operation.pk, each)) for each in [hers, his, strangers] * 50]
    entrance.learn(crowd[0].kind, DJANGOS)
    found = await asyncio.gather(*(entrance.admit(asking) for asking in crowd))
    for first in range(0, len(found), 3):
        (hers_at, headers), (his_at, _), nobody = found[first : first + 3]
        assert (hers_at.user_id, his_at.user_id, nobody, headers) == (ada.pk, ben.pk, None, DJANGOS)


@pytest.mark.django_db(transaction=True)
async def test_a_page_is_read_once_for_all_who_ask_for_it_meanwhile(operation):
    feed = feeds.Feed(operation.pk)
    try:
        together = await asyncio.gather(*(feed.page(0) for _ in range(20)))
        assert together[0].last >= 1
        assert all(news is together[0] for news in together)
        again = await feed.page(0)
        assert again == together[0] and again is not together[0]
    finally:
        feed.close()
