"""The hub over a real Valkey that is killed and comes back."""

import asyncio
import subprocess
import time

import pytest
from django.db import transaction

from studio.core import hub
from studio.runtime import binaries


class Server:
    def __init__(self, socket):
        self.socket = socket
        self.process = None

    def start(self):
        self.socket.unlink(missing_ok=True)
        command = [binaries.redis_server(), "--port", "0", "--unixsocket", self.socket, "--save", ""]
        self.process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not self.socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path, settings):
    server = Server(tmp_path / "redis.sock")
    settings.REDIS_URL = f"unix://{server.socket}"
    hub.client.cache_clear()
    server.start()
    yield server
    server.kill()
    hub.client.cache_clear()


async def test_every_reader_of_a_channel_gets_what_is_published(server):
    async with hub.subscribe("a") as one, hub.subscribe("a") as two, hub.subscribe("b") as other:
        hub.publish("a", {"seq": 1})
        assert await one.get(1) == {"seq": 1}
        assert await two.get(1) == {"seq": 1}
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
                assert await reader.get(1) == {"seq": number}


async def test_readers_that_leave_together_leave_no_connection(server):
    async with hub.subscribe("a"), hub.subscribe("b"):
        pass
    await asyncio.sleep(0.05)
    assert all(client["sub"] == "0" for client in hub.client().client_list())


async def test_a_slow_reader_is_told_that_it_missed_something_and_holds_no_memory(server):
    async with hub.subscribe("a") as slow, hub.subscribe("a") as quick:
        for number in range(hub.QUEUE_SIZE + 10):
            hub.publish("a", {"seq": number})
            assert await quick.get(1) == {"seq": number}
        assert await slow.get(1) is hub.MISSED
        assert (await slow.get(1))["seq"] >= hub.QUEUE_SIZE


async def test_after_a_redis_restart_readers_are_told_and_hear_again(server):
    async with hub.subscribe("a") as reader:
        server.kill()
        hub.publish("a", {"seq": 1})  # lost, and the caller does not notice
        server.start()
        assert await reader.get(5) is hub.MISSED
        hub.publish("a", {"seq": 2})
        assert await reader.get(1) == {"seq": 2}


async def test_joining_while_redis_is_away_works_once_it_is_back(server):
    server.kill()
    async with hub.subscribe("a") as reader:
        server.start()
        assert await reader.get(5) is hub.MISSED
        hub.publish("a", {"seq": 1})
        assert await reader.get(1) == {"seq": 1}


@pytest.mark.django_db(transaction=True)
def test_an_announcement_waits_for_the_commit(server):
    listener = hub.client().pubsub()
    listener.subscribe("project:p")
    listener.get_message(timeout=1)
    with transaction.atomic():
        hub.announce("p", "operation", operation="o")
        assert listener.get_message(timeout=0.1) is None
    assert listener.get_message(timeout=1)["data"] == b'{"topic": "operation", "operation": "o"}'
    listener.close()
