"""Every WebSocket × every kind of person: members stay, everybody else is closed without a word of content."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings

from studio.asgi import websocket
from studio.workspace.consumers import NOT_YOURS
from studio.workspace.routing import websocket_urlpatterns
from tests.contract.world import ACTORS

MEMBERS = ("viewer", "editor", "owner")
ADDRESSES = {"ws/projects/<slug:slug>/": "/ws/projects/aeries/"}


def test_every_socket_says_here_who_may_open_it():
    assert {str(pattern.pattern) for pattern in websocket_urlpatterns} == set(ADDRESSES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("address", ADDRESSES.values())
async def test_a_socket_stays_open_for_members_only(world, address, actor):
    client = await sync_to_async(world.client)(actor)
    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
    headers += [(name.lower().encode(), value.encode()) for name, value in _sent(client).items()]
    socket = WebsocketCommunicator(websocket, address, headers)
    await socket.connect(timeout=60)
    first = await socket.receive_output(10)
    if actor in MEMBERS:
        assert first["type"] == "websocket.send" and "add Cat" in first["text"]
        await socket.disconnect()
    else:
        assert (first["type"], first["code"]) == ("websocket.close", NOT_YOURS)


def _sent(client) -> dict[str, str]:
    """What this client sends to say who it is: a session's cookie, a key's header."""
    sent = {"X-API-Key": client.defaults["HTTP_X_API_KEY"]} if "HTTP_X_API_KEY" in client.defaults else {}
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return sent | ({"cookie": f"{settings.SESSION_COOKIE_NAME}={session.value}"} if session else {})
