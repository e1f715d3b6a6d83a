"""Pushes rendered panes to one open workspace.

The socket carries HTML one way: every message of the project's hub channel names a topic, and the
panes that show it are rendered from the database and swapped in by the browser. Messages only wake
the reader, so a lost one costs nothing: after every (re)connect the whole state is sent. A browser that
reads slowly is waited for, and what it misses meanwhile becomes one whole state too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from studio.access import Viewer, get_project, viewer_of
from studio.core import audience, hub
from studio.core.errors import NotFound, OrchardError
from studio.models import Project
from studio.workspace import slots
from studio.workspace.fragments import render_everything, render_topics
from studio.workspace.views import looking_at

logger = logging.getLogger(__name__)

# A burst of announcements, such as the start of a build, becomes one push.
COALESCE_SECONDS = 0.05
# In silence, membership is checked and the whole state sent again this often; that also finds a peer
# that vanished without a word.
IDLE_SECONDS = 20
# A reply comes as dozens of words a second; looking at each who may read it would cost more than the words.
TRUSTED_SECONDS = 1
NOT_YOURS = 4404
BROKEN = 1011  # the browser comes back after a pause


class WorkspaceConsumer(AsyncWebsocketConsumer):
    """`ws/projects/<slug>/?environment=`. Strangers and foreign origins are closed with 4404."""

    project: Project
    viewer: Viewer
    _pushing: asyncio.Task[None] | None = None
    _looked_at = 0.0

    def __init__(self, *args: Any, idle_seconds: float = IDLE_SECONDS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle_seconds = idle_seconds

    async def connect(self) -> None:
        # Accepted first: a browser shows the close code only of a socket that was open.
        await self.accept()
        if not self._same_origin() or not await self._look():
            await self.close(NOT_YOURS)
            return
        self._pushing = asyncio.create_task(self._push_until_closed())

    async def disconnect(self, code: int) -> None:
        if self._pushing is not None:
            self._pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pushing

    async def _push_until_closed(self) -> None:
        try:
            channel = f"project:{self.project.pk}"
            async with audience.listening("websocket"), hub.subscribe(channel) as subscription:
                await self._send(await self._render_everything())
                while await self._push_next(subscription):
                    pass
            await self.close(NOT_YOURS)
        except Exception:
            logger.exception("Pushing to a workspace of %s failed", self.project.slug)
            await self.close(BROKEN)

    async def _push_next(self, subscription: hub.Subscription) -> bool:
        """Wait for something to tell, and tell it; False when this person may look no longer."""
        message = await subscription.get(self._idle_seconds)
        batch = [] if message is None else [message]
        if batch and not _is_streamed(message):
            await asyncio.sleep(COALESCE_SECONDS)
        while (more := await subscription.get(0)) is not None:
            batch.append(more)
        only_words = batch and all(_is_streamed(message) for message in batch)
        trusted = only_words and time.monotonic() - self._looked_at < TRUSTED_SECONDS
        if not trusted and not await self._look():
            return False
        await self._push(batch)
        return True

    async def _push(self, batch: list[Any]) -> None:
        """One frame for the whole batch: the panes first, as streamed words need their place.

        Silence, or messages that got lost, bring everything: what no message told (an app that
        crashed) reaches the screen too.
        """
        if not batch or any(message is hub.MISSED for message in batch):
            await self._send(await self._render_everything())
            return
        await self._send(await database_sync_to_async(self._render)(batch))

    async def _send(self, html: str) -> None:
        if html:
            await self.send(text_data=html)

    def _render(self, batch: list[Any]) -> str:
        panes = render_topics({message["topic"] for message in batch}, self.project, self.viewer)
        # What was streamed before the last change is part of that change by now.
        streamed = [_stream(message) for message in takewhile(_is_streamed, reversed(batch))]
        return "\n".join(part for part in [panes, *reversed(streamed)] if part)

    async def _render_everything(self) -> str:
        return await database_sync_to_async(render_everything)(self.project, self.viewer)

    async def _look(self) -> bool:
        """Load person, project and role anew; False when she may not look (any more): signed out, shut
        out, or no member."""
        user = await get_user(self.scope)
        query = parse_qs(self.scope["query_string"].decode())
        slug = self.scope["url_route"]["kwargs"]["slug"]

        def load() -> tuple[Project, Viewer]:
            session = self.scope["session"]  # read once, so that it outlives its row
            if not session.exists(session.session_key):
                raise NotFound("This session has ended.")
            project = get_project(user, slug)
            viewer = viewer_of(user, project)
            return project, looking_at(viewer, query.get("environment", [""])[0])

        try:
            self.project, self.viewer = await database_sync_to_async(load)()
        except OrchardError:
            return False
        self._looked_at = time.monotonic()
        return True

    def _same_origin(self) -> bool:
        """Generated apps live on sibling host names: a page of theirs must not read this socket."""
        headers = dict(self.scope["headers"])
        origin, host = headers.get(b"origin", b"").decode(), headers.get(b"host", b"").decode()
        return urlsplit(origin).netloc == host != ""


def _is_streamed(message: Any) -> bool:
    return message is not hub.MISSED and slots.stream(message["topic"]) is not None


def _stream(message: dict[str, Any]) -> str:
    found = slots.stream(message["topic"])
    return found.render(message) if found else ""
