"""One operation's event stream: a real server, real sockets, a real Redis and the real database."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from operations import feeds, stream
from operations.engine import ending, events
from operations.models import Operation, OperationEvent
from studio import services
from studio.asgi import http
from studio.core import hub
from studio.models import ApiKey
from tests.operations import tiny
from tests.operations.streaming import Reader, Server, open_streams, session_of, wait_until
from tests.servers import Redis

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operation(project):
    return tiny.start("test_two", project)


@pytest.fixture
def serve(tmp_path):
    """`serve(keep_alive_seconds=…)` is a server whose streams are that patient."""
    servers = []

    def start(**bounds):
        server = Server(stream.EventStreams(http, **bounds), tmp_path / f"{len(servers)}.sock")
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()
    wait_until(lambda: not open_streams())


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def follow(server):
    """`follow(operation, ada)` opens a stream as her browser does."""
    readers = []

    def open_one(operation, user, *, last_event_id=None, query="", at=server, **options):
        headers = session_of(user) if user else {}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        reader = Reader(at.path, f"/api/operations/{operation.pk}/stream{query}", headers, **options)
        readers.append(reader)
        return reader

    yield open_one
    for reader in readers:
        reader.close()


def tell(operation, *messages):
    for message in messages:
        events.write(operation.pk, [events.log_event(message)])


def silently(operation, seq, **changes):
    """An event whose message nobody sent."""
    payload = {"type": "log", "phase": "", "message": "silent"}
    OperationEvent.objects.create(operation=operation, seq=seq, event_type="log", payload=payload)
    Operation.objects.filter(pk=operation.pk).update(last_seq=seq, **changes)


def finish(operation):
    Operation.objects.filter(pk=operation.pk).update(status="running")
    ending.succeed(operation.pk, {"url": "http://x.localhost"}, guard=events.Q())


def fail(operation):
    Operation.objects.filter(pk=operation.pk).update(status="running")
    ending.fail(operation.pk, code="internal", message="Broke.", guard=events.Q())


def seqs(found):
    return [seq for seq, *_ in found]


# What is told


def test_replays_then_follows_then_ends(operation, ada, follow):
    tell(operation, "one", "two")
    reader = follow(operation, ada)
    assert reader.headers["content-type"] == "text/event-stream"
    assert [reader.event(), reader.event()] == [
        (1, "log", {"type": "log", "phase": "", "message": "one"}),
        (2, "log", {"type": "log", "phase": "", "message": "two"}),
    ]
    tell(operation, "three")
    assert reader.event()[0] == 3
    finish(operation)
    assert reader.rest() == [
        (
            4,
            "complete",
            {"type": "complete", "status": "success", "message": "Done", "url": "http://x.localhost"},
        )
    ]


def test_a_browser_is_told_at_once_when_to_come_again(operation, ada, follow):
    assert follow(operation, ada).comment().startswith("retry: ")


def test_a_live_event_does_not_wait_for_the_poll(operation, ada, serve, follow):
    reader = follow(operation, ada, at=serve(poll_seconds=3600))
    for number in range(5):
        tell(operation, str(number))
        assert reader.event()[2]["message"] == str(number)


def test_an_event_whose_message_was_lost_comes_by_the_poll(operation, ada, follow):
    reader = follow(operation, ada)
    tell(operation, "one")
    reader.event()
    silently(operation, 2)
    assert reader.event()[0] == 2


def test_an_end_that_nobody_told_of_ends_the_stream(operation, ada, follow):
    tell(operation, "one")
    reader = follow(operation, ada)
    reader.event()
    Operation.objects.filter(pk=operation.pk).update(status="cancelled")
    assert reader.rest() == []


def test_a_gap_in_the_messages_is_filled_from_the_database(operation, ada, serve, follow):
    reader = follow(operation, ada, at=serve(poll_seconds=3600))
    tell(operation, "one")
    reader.event()
    silently(operation, 2)
    tell(operation, "three")
    assert [reader.event()[0], reader.event()[0]] == [2, 3]
    tell(operation, "four")
    assert reader.event()[0] == 4


def test_an_old_message_that_comes_late_is_not_told_again(operation, ada, follow):
    reader = follow(operation, ada)
    tell(operation, "one", "two")
    assert [reader.event()[0], reader.event()[0]] == [1, 2]
    hub.publish(f"operation:{operation.pk}", {"seq": 1, "events": [{"seq": 1, "payload": {"type": "log"}}]})
    tell(operation, "three")
    assert reader.event()[0] == 3


def test_half_a_character_does_not_break_a_stream(operation, ada, follow):
    payload = {"type": "log", "phase": "", "message": "\ud800 there"}
    try:
        events.write(operation.pk, [events.Event(payload)])
    except Exception:  # noqa: BLE001
        pytest.skip("this database stores no such text")
    assert follow(operation, ada).event()[2]["message"] == "? there"


def test_many_follow_one_operation_and_each_gets_all_of_it(operation, ada, ben, follow):
    tell(operation, "one")
    crowd = [follow(operation, user) for user in (ada, ben) for _ in range(10)]
    early = [reader.event() for reader in crowd]
    assert seqs(early) == [1] * len(crowd)
    tell(operation, *map(str, range(20)))
    finish(operation)
    for reader in crowd:
        assert seqs(reader.rest()) == list(range(2, 23))


# Coming again


@pytest.mark.parametrize("how", ["header", "query"])
def test_a_reconnect_continues_behind_what_was_seen(operation, ada, how, follow):
    tell(operation, "one", "two", "three")
    finish(operation)
    position = {"last_event_id": 2} if how == "header" else {"query": "?after=2"}
    assert seqs(follow(operation, ada, **position).rest()) == [3, 4]


def test_twenty_reconnects_show_each_event_once(operation, ada, follow):
    seen = []
    for number in range(20):
        reader = follow(operation, ada, last_event_id=seen[-1] if seen else None)
        tell(operation, f"{number}a", f"{number}b")
        while not seen or seen[-1] <= 2 * number:
            seen.append(reader.event()[0])
        reader.close()
    finish(operation)
    seen += seqs(follow(operation, ada, last_event_id=seen[-1]).rest())
    assert seen == list(range(1, 42))


def test_nothing_can_follow_the_end(operation, ada, follow):
    finish(operation)
    assert follow(operation, ada, last_event_id=1).status == 204


def test_an_end_that_was_retried_is_told_as_history(operation, ada, follow):
    fail(operation)
    Operation.objects.filter(pk=operation.pk).update(status="pending")
    tell(operation, "again")
    finish(operation)
    assert [name for _, name, _ in follow(operation, ada).rest()] == ["retried", "log", "complete"]


def test_an_end_that_is_retried_while_somebody_lags_behind_is_history_to_her(operation, ada, follow):
    """Her feed has the end in memory; it is no longer one when she comes to it."""
    slow = follow(operation, ada)
    big = "x" * 1_900
    tell(operation, *[big] * 400)  # more than the sockets' buffers hold, so she stays behind
    fail(operation)
    Operation.objects.filter(pk=operation.pk).update(status="pending")
    tell(operation, "again")
    finish(operation)
    found = slow.rest()
    assert seqs(found) == list(range(1, 404))
    assert [name for _, name, _ in found][-3:] == ["retried", "log", "complete"]


def test_a_long_history_comes_in_pages_without_gap(operation, ada, follow):
    events.write(operation.pk, [events.log_event(str(n)) for n in range(1_200)])
    finish(operation)
    assert seqs(follow(operation, ada).rest()) == list(range(1, 1_202))


async def test_a_page_is_no_larger_than_what_may_be_sent_at_once(operation):
    from asgiref.sync import sync_to_async

    big = [events.log_event("x" * 1_900) for _ in range(200)]
    await sync_to_async(events.write)(operation.pk, big)
    page = await sync_to_async(feeds._read_page)(operation.pk, 0)
    assert 0 < len(page.data) <= feeds.CHUNK_BYTES
    assert page.last < 200


# Slow and vanished readers


def test_a_slow_reader_misses_nothing_and_keeps_nobody_waiting(operation, ada, ben, follow):
    slow, quick = follow(operation, ada), follow(operation, ben)
    for number in range(600):
        tell(operation, f"{number} " + "x" * 1_900)
        assert quick.event()[0] == number + 1
    finish(operation)
    assert seqs(quick.rest()) == [601]
    assert seqs(slow.rest()) == list(range(1, 602))


async def test_a_feed_remembers_a_bounded_part_however_much_happens():
    feed = feeds.Feed(uuid.uuid4())
    feed.close()
    for seq in range(1, 2_000):
        feed._append(seq, {"type": "log", "message": "x" * 1_900})
    assert feed._bytes <= feeds.MEMORY_BYTES
    assert len(feed._frames) <= feeds.MEMORY_EVENTS
    assert feed.after(0) is None
    assert len(feed.after(1_900).data) <= feeds.CHUNK_BYTES


def test_a_reader_that_leaves_is_noticed_at_once(operation, ada, follow):
    readers = [follow(operation, ada) for _ in range(3)]
    wait_until(lambda: open_streams() == 3)
    for reader in readers:
        reader.close()
    wait_until(lambda: open_streams() == 0)


def test_silence_is_broken_by_a_comment(operation, ada, serve, follow):
    reader = follow(operation, ada, at=serve(keep_alive_seconds=0.2))
    reader.comment()
    assert reader.comment() == reader.comment() == ": still here"
    tell(operation, "one")
    assert reader.event()[0] == 1


# Who may


@pytest.mark.parametrize("position", ["abc", "-1", "1.5", "9" * 30, "²", "0x1", "1 2"])
def test_a_position_that_is_no_number_is_refused(operation, ada, position, follow):
    reader = follow(operation, ada, query=f"?after={position}".replace(" ", "%20").replace("²", "%C2%B2"))
    assert (reader.status, reader.document()["code"]) == (400, "bad_last_event_id")


@pytest.mark.parametrize("position", ["abc", "-1", "9" * 30, "7"])
def test_a_position_where_nobody_can_be_is_refused(operation, ada, position, follow):
    reader = follow(operation, ada, last_event_id=position)
    assert (reader.status, reader.document()["code"]) == (400, "bad_last_event_id")


def test_strangers_see_no_stream(operation, cleo, follow):
    assert follow(operation, cleo).status == 404
    missing = follow(Operation(pk=uuid.uuid4()), cleo)
    assert (missing.status, missing.document()["code"]) == (404, "not_found")
    anonymous = follow(operation, None)
    assert (anonymous.status, anonymous.headers["content-type"]) == (401, "application/problem+json")


def test_an_answer_has_the_headers_of_every_other(operation, ada, cleo, follow):
    for reader in (follow(operation, ada), follow(operation, cleo)):
        assert reader.headers["x-content-type-options"] == "nosniff"
        assert reader.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in reader.headers["content-security-policy"]
    assert follow(operation, ada).headers["cache-control"] == "no-store, no-transform"


def test_who_comes_after_another_gets_the_same_headers(operation, ada, ben, cleo, follow):
    first, second = follow(operation, ada), follow(operation, ben)
    assert second.headers == first.headers
    assert second.headers["vary"] == "Cookie"
    assert follow(operation, cleo).status == 404
    assert follow(operation, None).status == 401
    assert follow(operation, ben, last_event_id=7).status == 400
    finish(operation)
    assert follow(operation, ben, last_event_id=1).status == 204


def test_a_foreign_host_name_is_refused(operation, ada, server):
    address = f"/api/operations/{operation.pk}/stream"
    reader = Reader(server.path, address, session_of(ada) | {"Host": "evil.example"})
    assert reader.status == 400
    reader.close()


@pytest.mark.parametrize("method", ["HEAD", "PUT"])
def test_there_is_nothing_but_to_read(operation, ada, method, server):
    _, key = services.create_api_key(user=ada, name="k", scopes=ApiKey.Scope.values)
    address = f"/api/operations/{operation.pk}/stream"
    reader = Reader(server.path, address, {"X-API-Key": key}, method=method)
    assert (reader.status, reader.headers["content-type"]) == (405, "application/problem+json")
    reader.close()


@pytest.mark.parametrize(("scopes", "status"), [(["projects:read"], 200), (["projects:execute"], 403)])
def test_a_key_reads_within_its_scopes(operation, ada, server, scopes, status):
    _, key = services.create_api_key(user=ada, name="k", scopes=scopes)
    reader = Reader(server.path, f"/api/operations/{operation.pk}/stream", {"X-API-Key": key})
    assert reader.status == status
    reader.close()


def _leave_project(project, user):
    project.memberships.filter(user=user).delete()


def _shut_out(project, user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def _sign_out(project, user):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


@pytest.mark.parametrize("lose", [_leave_project, _shut_out, _sign_out])
def test_a_stream_ends_when_its_reader_may_look_no_longer(operation, project, ben, lose, serve, follow):
    reader = follow(operation, ben, at=serve(access_seconds=0.3))
    tell(operation, "one")
    reader.event()
    lose(project, ben)
    assert reader.rest() == []


def test_a_stream_ends_when_its_key_is_revoked(operation, ada, serve):
    from django.utils import timezone

    key, secret = services.create_api_key(user=ada, name="k", scopes=["projects:read"])
    server = serve(access_seconds=0.3)
    reader = Reader(server.path, f"/api/operations/{operation.pk}/stream", {"X-API-Key": secret})
    tell(operation, "one")
    reader.event()
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    assert reader.rest() == []
    reader.close()


def test_who_may_still_look_is_not_disturbed_by_those_who_may_not(
    operation, project, ada, ben, serve, follow
):
    server = serve(access_seconds=0.3)
    hers, his = follow(operation, ada, at=server), follow(operation, ben, at=server)
    _leave_project(project, ben)
    assert his.rest() == []
    tell(operation, "one")
    finish(operation)
    assert seqs(hers.rest()) == [1, 2]


def test_one_person_follows_a_bounded_number(operation, ada, ben, settings, follow):
    settings.ORCHARD_STREAMS_PER_PERSON = 2
    first, _ = follow(operation, ada), follow(operation, ada)
    wait_until(lambda: open_streams() == 2)
    refused = follow(operation, ada)
    assert (refused.status, refused.document()["code"]) == (429, "too_many_streams")
    assert int(refused.headers["retry-after"]) > 0
    assert follow(operation, ben).status == 200
    first.close()
    wait_until(lambda: open_streams() == 2)
    assert follow(operation, ada).status == 200


# Without Redis


@pytest.fixture
def redis_of_its_own(settings):
    server = Redis()
    settings.REDIS_URL = server.url
    hub.client.cache_clear()
    yield server.start()
    server.kill()
    hub.client().close()
    hub.client.cache_clear()


def test_the_end_reaches_the_reader_without_redis(redis_of_its_own, operation, ada, follow):
    tell(operation, "one")
    reader = follow(operation, ada)
    assert reader.event()[0] == 1
    redis_of_its_own.kill()
    late = follow(operation, ada)
    assert late.event()[0] == 1
    tell(operation, "two")
    finish(operation)
    assert seqs(reader.rest()) == [2, 3]
    assert seqs(late.rest()) == [2, 3]


def test_a_redis_that_was_killed_costs_no_event_and_doubles_none(
    redis_of_its_own, operation, ada, serve, follow
):
    reader = follow(operation, ada, at=serve(poll_seconds=3600))
    tell(operation, "one")
    assert reader.event()[0] == 1
    redis_of_its_own.kill()
    tell(operation, "two", "three")  # announced to nobody
    redis_of_its_own.start()
    assert [reader.event()[0], reader.event()[0]] == [2, 3]
    tell(operation, "four")
    finish(operation)
    assert seqs(reader.rest()) == [4, 5]
