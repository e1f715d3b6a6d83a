"""One operation's event stream, over a real Redis and the real database."""

import asyncio
import json
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncRequestFactory

from operations import stream
from operations.engine import ending, events
from operations.models import Operation, OperationEvent
from studio.core import hub
from tests.operations import tiny

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operation(project):
    return tiny.start("test_two", project)


async def opened(operation, user, *, last_event_id=None, query=""):
    request = AsyncRequestFactory().get(f"/stream{query}")
    if last_event_id is not None:
        request.META["HTTP_LAST_EVENT_ID"] = str(last_event_id)
    request.user = user
    return await stream.stream_operation(request, operation.pk)


class Reader:
    """Parses frames as a browser's EventSource does."""

    def __init__(self, response):
        self.chunks = response.__aiter__()
        self.waiting = []

    async def event(self, seconds=4):
        async with asyncio.timeout(seconds):
            while not self.waiting:
                chunk = (await self.chunks.__anext__()).decode()
                self.waiting += [frame for frame in chunk.split("\n\n") if frame.startswith("id:")]
        fields = dict(line.split(": ", 1) for line in self.waiting.pop(0).split("\n"))
        return int(fields["id"]), fields["event"], json.loads(fields["data"])

    async def rest(self, seconds=4):
        found = []
        try:
            while True:
                found.append(await self.event(seconds))
        except StopAsyncIteration:
            return found


def tell(operation, *messages):
    in_thread(lambda: [events.write(operation.pk, [events.log_event(message)]) for message in messages])


def in_thread(work):
    """As a worker would: on a connection of its own, outside the event loop."""
    from django.db import connection

    def run():
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def finish(operation):
    def end():
        Operation.objects.filter(pk=operation.pk).update(status="running")
        ending.succeed(operation.pk, {"url": "http://x.localhost"}, guard=events.Q())

    in_thread(end)


async def test_replays_then_follows_then_ends(operation, ada):
    tell(operation, "one", "two")
    reader = Reader(await opened(operation, ada))
    assert [await reader.event(), await reader.event()] == [
        (1, "log", {"type": "log", "phase": "", "message": "one"}),
        (2, "log", {"type": "log", "phase": "", "message": "two"}),
    ]
    tell(operation, "three")
    assert (await reader.event())[0] == 3
    finish(operation)
    assert await reader.rest() == [
        (
            4,
            "complete",
            {"type": "complete", "status": "success", "message": "Done", "url": "http://x.localhost"},
        )
    ]


async def test_a_live_event_does_not_wait_for_the_poll(operation, ada):
    reader = Reader(await opened(operation, ada))
    tell(operation, "warm")
    await reader.event()
    for number in range(5):
        tell(operation, str(number))
        assert (await reader.event(seconds=0.5))[2]["message"] == str(number)


def silently(operation, seq):
    """Events whose message nobody sent."""

    def write():
        OperationEvent.objects.create(operation=operation, seq=seq, event_type="log", payload={"type": "log"})
        Operation.objects.filter(pk=operation.pk).update(last_seq=seq)

    in_thread(write)


async def test_an_event_whose_message_was_lost_comes_by_the_poll(operation, ada):
    reader = Reader(await opened(operation, ada))
    tell(operation, "one")
    await reader.event()
    silently(operation, 2)
    assert (await reader.event())[0] == 2


async def test_a_gap_in_the_messages_is_filled_from_the_database(operation, ada):
    reader = Reader(await opened(operation, ada))
    tell(operation, "one")
    await reader.event()
    silently(operation, 2)
    tell(operation, "three")
    assert [(await reader.event(seconds=1))[0] for _ in range(2)] == [2, 3]
    tell(operation, "four")
    assert (await reader.event())[0] == 4


async def test_an_old_message_that_comes_late_is_not_told_again(operation, ada):
    reader = Reader(await opened(operation, ada))
    tell(operation, "one", "two")
    await reader.event()
    await reader.event()
    hub.publish(f"operation:{operation.pk}", {"seq": 1, "events": [{"seq": 1, "payload": {"type": "log"}}]})
    tell(operation, "three")
    assert (await reader.event())[0] == 3


@pytest.mark.parametrize("how", ["header", "query"])
async def test_a_reconnect_continues_behind_what_was_seen(operation, ada, how):
    tell(operation, "one", "two", "three")
    finish(operation)
    response = await (
        opened(operation, ada, last_event_id=2)
        if how == "header"
        else opened(operation, ada, query="?after=2")
    )
    assert [seq for seq, *_ in await Reader(response).rest()] == [3, 4]


async def test_nothing_can_follow_the_end(operation, ada):
    finish(operation)
    assert (await opened(operation, ada, last_event_id=1)).status_code == 204


async def test_an_end_that_was_retried_is_told_as_history(operation, ada):
    def fail_and_retry():
        Operation.objects.filter(pk=operation.pk).update(status="running")
        ending.fail(operation.pk, code="internal", message="Broke.", guard=events.Q())
        Operation.objects.filter(pk=operation.pk).update(status="pending")

    in_thread(fail_and_retry)
    tell(operation, "again")
    finish(operation)
    assert [name for _, name, _ in await Reader(await opened(operation, ada)).rest()] == [
        "retried",
        "log",
        "complete",
    ]


async def test_a_long_history_comes_in_pages_without_gap(operation, ada):
    in_thread(lambda: events.write(operation.pk, [events.log_event(str(n)) for n in range(1_200)]))
    finish(operation)
    assert [seq for seq, *_ in await Reader(await opened(operation, ada)).rest()] == list(range(1, 1_202))


@pytest.mark.parametrize("position", ["abc", "-1", "1.5", "9" * 30, "²"])
async def test_a_position_that_is_no_number_is_refused(operation, ada, position):
    response = await opened(operation, ada, last_event_id=position)
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "bad_last_event_id")


async def test_a_position_beyond_the_end_is_refused(operation, ada):
    response = await opened(operation, ada, last_event_id=7)
    assert response.status_code == 400


async def test_strangers_see_no_stream(operation, django_user_model):
    cleo = await django_user_model.objects.acreate(username="cleo")
    assert (await opened(operation, cleo)).status_code == 404
    assert (await opened(operation, AnonymousUser())).status_code == 401


async def test_a_stream_ends_when_its_reader_may_look_no_longer(operation, project, ben, monkeypatch):
    monkeypatch.setattr(stream, "ACCESS_SECONDS", 0.2)
    tell(operation, "one")
    reader = Reader(await opened(operation, ben))
    await reader.event()
    in_thread(lambda: project.memberships.filter(user=ben).delete())
    assert await reader.rest() == []
