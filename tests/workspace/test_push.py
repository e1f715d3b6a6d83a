"""What reaches an open workspace through its socket, over a real Redis and the real application."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import path

from blueprints.models import Blueprint
from environments.models import Environment
from studio.asgi import websocket
from studio.core import hub
from studio.models import Membership
from studio.workspace import consumers, slots
from studio.workspace.fragments import render_pane
from tests.workspace.conftest import say

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60
ORIGIN = "http://localhost:8000"

announce = sync_to_async(hub.announce)
publish = sync_to_async(hub.publish)


@pytest.fixture
def socket_of(project):
    """`await socket_of(ada)` is Ada's open workspace, as her browser connects it."""

    async def connect(user, *, origin=ORIGIN, query="", slug=project.slug, to=websocket):
        socket = WebsocketCommunicator(to, f"/ws/projects/{slug}/{query}", await headers_of(user, origin))
        accepted, _ = await socket.connect(timeout=PATIENCE_SECONDS)
        return socket if accepted else None

    return connect


@pytest.fixture
def scope_of(project):
    """`await scope_of(ada)` is what a server says of her workspace's connection."""

    async def scope(user):
        path = f"/ws/projects/{project.slug}/"
        return {"type": "websocket", "path": path, "query_string": b"", "headers": await headers_of(user)}

    return scope


async def headers_of(user, origin=ORIGIN) -> list[tuple[bytes, bytes]]:
    client = Client()
    await sync_to_async(client.force_login)(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [
        (b"host", b"localhost:8000"),
        (b"origin", origin.encode()),
        (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
    ]


async def close_code(socket) -> int:
    message = await socket.receive_output(PATIENCE_SECONDS)
    assert message["type"] == "websocket.close"
    return message["code"]


async def html(socket) -> str:
    return await socket.receive_from(PATIENCE_SECONDS)


async def test_a_workspace_that_connects_gets_the_whole_state(socket_of, plan, app, ada):
    socket = await socket_of(ada)
    state = await html(socket)
    for pane in slots.pushed():
        assert re.search(rf'id="{pane.name}"[^>]* hx-swap-oob="morph"', state), pane.name
    assert "Recipe box" in state
    await socket.disconnect()


async def test_an_announcement_pushes_the_panes_that_show_it_and_no_others(socket_of, project, plan, ada):
    socket = await socket_of(ada)
    await html(socket)
    await sync_to_async(say)(plan, ada, "Hello", "Nice to meet you.")
    await announce(project.pk, "conversation")
    pushed = await html(socket)
    assert "Nice to meet you." in pushed
    assert 'id="plan"' not in pushed
    await socket.disconnect()


async def test_a_burst_of_announcements_becomes_one_push(socket_of, project, plan, ada):
    socket = await socket_of(ada)
    await html(socket)
    for topic in ("operation", "project", "operation", "blueprint", "operation"):
        hub.publish(f"project:{project.pk}", {"topic": topic})  # not awaited: nothing is read in between
    pushed = await html(socket)
    assert pushed.count('id="project-badge"') == 1
    assert 'id="plan"' in pushed
    assert await socket.receive_nothing(0.3)
    await socket.disconnect()


@pytest.fixture
def reply(plan, ada):
    """A reply that is being written."""
    say(plan, ada, "Go on", "So far ", status="replying")
    return str(plan.messages.get(status="replying").pk)


async def test_words_come_as_they_are_written_and_are_text(socket_of, project, reply, ada):
    socket = await socket_of(ada)
    await html(socket)
    await publish(f"project:{project.pk}", {"topic": "delta", "message": reply, "text": "<b> so", "at": 7})
    pushed = await html(socket)
    assert pushed.strip() == f'<span hx-swap-oob="beforeend:#words-{reply}" data-at="7">&lt;b&gt; so</span>'
    await socket.disconnect()


async def test_words_from_before_a_change_are_left_to_the_change(socket_of, project, reply, ada):
    socket = await socket_of(ada)
    await html(socket)
    await announce(project.pk, "conversation")
    await publish(f"project:{project.pk}", {"topic": "delta", "message": reply, "text": "early", "at": 7})
    await announce(project.pk, "conversation")
    await publish(f"project:{project.pk}", {"topic": "delta", "message": reply, "text": "late", "at": 12})
    pushed = await html(socket)
    assert "early" not in pushed
    assert pushed.index('id="conversation"') < pushed.index("late")
    await socket.disconnect()


async def test_words_of_a_reply_that_is_finished_are_not_pushed(socket_of, project, plan, reply, ada):
    socket = await socket_of(ada)
    await html(socket)
    await sync_to_async(plan.messages.filter(pk=reply).update)(status="done")
    await publish(f"project:{project.pk}", {"topic": "delta", "message": reply, "text": "late", "at": 7})
    assert await socket.receive_nothing(0.3)
    await socket.disconnect()


async def test_page_and_push_show_the_same_fragment(project, plan, app, ada):
    @sync_to_async
    def both():
        viewer = consumers.Viewer(user_id=ada.pk, role="owner")
        client = Client()
        client.force_login(ada)
        page = client.get(f"/projects/{project.slug}/").content.decode()
        return page, [render_pane(pane, project, viewer, oob=True) for pane in slots.pushed()]

    page, fragments = await both()
    for fragment in fragments:
        assert fragment.replace(' hx-swap-oob="morph"', "").strip() in page


async def test_a_stranger_and_a_page_of_another_origin_are_turned_away(socket_of, project, ada, cleo):
    assert await close_code(await socket_of(cleo)) == consumers.NOT_YOURS
    assert await close_code(await socket_of(ada, slug="nowhere")) == consumers.NOT_YOURS
    assert await socket_of(ada, origin="http://staging.aeries.localhost:8000") is None
    assert await close_code(await socket_of(ada, origin="http://localhost:9999")) == consumers.NOT_YOURS


async def test_who_loses_membership_loses_the_socket(socket_of, project, ben):
    socket = await socket_of(ben)
    await html(socket)
    await sync_to_async(Membership.objects.filter(project=project, user=ben).delete)()
    await announce(project.pk, "project")
    assert await close_code(socket) == consumers.NOT_YOURS


async def test_who_loses_membership_gets_no_more_words(socket_of, project, reply, ben):
    """Nobody announces that he left; only words come, faster than each is looked at."""
    socket = await socket_of(ben)
    await html(socket)
    await sync_to_async(Membership.objects.filter(project=project, user=ben).delete)()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (message := await next_or_none(socket)) is None or message["type"] == "websocket.send":
            await publish(f"project:{project.pk}", {"topic": "delta", "message": reply, "text": "x", "at": 7})
    assert message["code"] == consumers.NOT_YOURS


async def next_or_none(socket, seconds=0.2):
    """What is sent within so long; the socket lives on when nothing is."""
    if await socket.receive_nothing(seconds):
        return None
    return await socket.receive_output(PATIENCE_SECONDS)


async def test_a_browser_that_reads_slowly_gets_one_whole_state_for_what_it_missed(
    scope_of, project, plan, ada
):
    sent: asyncio.Queue[str] = asyncio.Queue()
    reads = asyncio.Event()

    async def send(message):
        """A server's: it comes back when the buffer behind it has room."""
        if message["type"] == "websocket.send":
            await sent.put(message["text"])
            await reads.wait()

    from_browser: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    await from_browser.put({"type": "websocket.connect"})
    serving = asyncio.create_task(websocket(await scope_of(ada), from_browser.get, send))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await sent.get()  # the first state is on its way, and nobody takes it
        channel = f"project:{project.pk}"
        async with hub.subscribe(channel) as quick:
            for _ in range(hub.QUEUE_SIZE + 10):
                await publish(channel, {"topic": "conversation"})
                await quick.get()
        assert sent.empty()
        reads.set()
        assert 'id="plan"' in await sent.get()
        assert sent.empty()
    await from_browser.put({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait({serving}, timeout=PATIENCE_SECONDS)


async def test_who_signs_out_or_is_shut_out_loses_the_socket(socket_of, project, ada, ben):
    signed_out = await socket_of(ada)
    session = await Session.objects.aget()
    shut_out = await socket_of(ben)
    for socket in (signed_out, shut_out):
        await html(socket)
    await session.adelete()
    await User.objects.filter(pk=ben.pk).aupdate(is_active=False)
    await announce(project.pk, "project")
    assert [await close_code(socket) for socket in (signed_out, shut_out)] == [consumers.NOT_YOURS] * 2


async def test_a_viewers_push_offers_nothing_to_press(socket_of, project, plan, vera):
    socket = await socket_of(vera)
    assert "formaction" not in await html(socket)
    await socket.disconnect()


async def test_the_socket_shows_the_environment_that_the_page_looks_at(socket_of, app, ada):
    socket = await socket_of(ada, query=f"?environment={Environment.Name.PRODUCTION}")
    assert "deployed to production" in await html(socket)
    await socket.disconnect()


async def test_silence_brings_the_whole_state_again(socket_of, project, plan, ada):
    impatient = consumers.WorkspaceConsumer.as_asgi(idle_seconds=0.2)
    routes = AuthMiddlewareStack(URLRouter([path("ws/projects/<slug:slug>/", impatient)]))
    socket = await socket_of(ada, to=routes)
    await html(socket)
    await sync_to_async(Blueprint.objects.update)(feature_name="Nobody told")
    assert "Nobody told" in await html(socket)
    await socket.disconnect()
