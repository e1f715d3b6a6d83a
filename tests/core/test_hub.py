"""The hub over a real Redis that is killed and comes back."""

import asyncio
import logging

import pytest
from django.db import transaction

from studio.core import hub
from tests.servers import Redis

PATIENCE_SECONDS = 60


@pytest.fixture
def server(settings):
    server = Redis()
    settings.REDIS_URL = server.url
    hub.client.cache_clear()
    yield server.start()
    server.kill()
    hub.client().close()
    hub.client.cache_clear()


async def test_every_reader_of_a_channel_gets_what_is_published(server):
    async with hub.subscribe("a") as one, hub.subscribe("a") as two, hub.subscribe("b") as other:
        hub.publish("a", {"seq": 1})
        assert await one.get(PATIENCE_SECONDS) == {"seq": 1}
        assert await two.get(PATIENCE_SECONDS) == {"seq": 1}
        assert await other.get(0.1) is None


async def test_one_connection_serves_all_readers(server):
    async with hub.subscribe("a"), hub.subscribe("b"), hub.subscribe("c"):
        subscribers = [client for client in hub.client().client_list() if client["sub"] != "0"]
        assert len(subscribers) == 1


async def test_a_channel_can_be_left_and_joined_again(server):
    async with hub.subscribe("kept"):
        for number in range(20):
            async with hub.subscribe("a") as reader:
                hub.publish("a", {"seq": number})
                assert await reader.get(PATIENCE_SECONDS) == {"seq": number}


async def test_readers_that_leave_together_leave_no_connection(server):
    async with hub.subscribe("a"), hub.subscribe("b"):
        pass
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(client["sub"] != "0" for client in hub.client().client_list()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_whoever_is_cut_off_while_joining_is_forgotten(server):
    async def join():
        async with hub.subscribe("a"):
            raise AssertionError("it was cancelled before that")

    async with hub.subscribe("kept") as kept:
        joining = asyncio.create_task(join())
        await asyncio.sleep(0)  # it has asked, and Redis has had no time to answer
        joining.cancel()
        await asyncio.wait({joining})
        assert joining.cancelled()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while hub.client().pubsub_channels("a"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        hub.publish("kept", {"seq": 1})
        assert await kept.get(PATIENCE_SECONDS) == {"seq": 1}


async def test_a_slow_reader_is_told_that_it_missed_something_and_holds_no_memory(server):
    async with hub.subscribe("a") as slow, hub.subscribe("a") as quick:
        for number in range(hub.QUEUE_SIZE + 10):
            hub.publish("a", {"seq": number})
            assert await quick.get(PATIENCE_SECONDS) == {"seq": number}
        assert await slow.get(PATIENCE_SECONDS) is hub.MISSED
        assert (await slow.get(PATIENCE_SECONDS))["seq"] >= hub.QUEUE_SIZE


async def test_after_a_redis_restart_readers_are_told_and_hear_again(server):
    async with hub.subscribe("a") as reader:
        server.kill()
        hub.publish("a", {"seq": 1})  # lost, and the caller does not notice
        server.start()
        assert await reader.get(PATIENCE_SECONDS) is hub.MISSED
        hub.publish("a", {"seq": 2})
        assert await reader.get(PATIENCE_SECONDS) == {"seq": 2}


async def test_joining_while_redis_is_away_works_once_it_is_back(server):
    server.kill()
    async with hub.subscribe("a") as reader:
        server.start()
        assert await reader.get(PATIENCE_SECONDS) is hub.MISSED
        hub.publish("a", {"seq": 1})
        assert await reader.get(PATIENCE_SECONDS) == {"seq": 1}


async def test_nobody_waits_for_a_redis_that_is_known_to_be_away(server, monkeypatch):
    monkeypatch.setattr(hub, "CONFIRM_SECONDS", 3600)
    async with asyncio.timeout(PATIENCE_SECONDS), hub.subscribe("a") as first:
        server.kill()
        async with hub.subscribe("b") as second, hub.subscribe("a") as third:
            server.start()
            for reader in (first, second, third):
                assert await reader.get(PATIENCE_SECONDS) is hub.MISSED


async def test_what_is_published_after_missed_was_told_is_not_missed(server):
    """MISSED comes once the channel is followed again, not before: else the last gap stays unknown."""
    async with hub.subscribe("a") as reader:
        for number in range(5):
            server.kill()
            server.start()
            assert await reader.get(PATIENCE_SECONDS) is hub.MISSED
            hub.publish("a", {"seq": number})
            assert await reader.get(PATIENCE_SECONDS) == {"seq": number}


def test_an_outage_is_logged_once(server, caplog):
    def warnings():
        return [record for record in caplog.records if record.levelno == logging.WARNING]

    hub.publish("a", {})
    server.kill()
    for _ in range(3):
        hub.publish("a", {})
    assert len(warnings()) == 1
    server.start()
    hub.publish("a", {})
    server.kill()
    hub.publish("a", {})
    assert len(warnings()) == 2


@pytest.mark.django_db(transaction=True)
def test_an_announcement_waits_for_the_commit(server):
    listener = hub.client().pubsub()
    listener.subscribe("project:p")
    listener.get_message(timeout=PATIENCE_SECONDS)
    with transaction.atomic():
        hub.announce("p", "operation", operation="o")
        assert listener.get_message(timeout=0.1) is None
    assert (
        listener.get_message(timeout=PATIENCE_SECONDS)["data"] == b'{"topic": "operation", "operation": "o"}'
    )
    listener.close()
