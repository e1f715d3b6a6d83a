"""One operation's events as Server-Sent Events: first what happened, then what happens.

The reader subscribes before it replays, so nothing falls between the two, and takes from the channel
only what follows on what it has sent; whatever else arrives (a gap, `MISSED`, silence) makes it read
the database. So each event comes once and in order, over reconnects and Redis restarts alike.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from operations import services, states
from operations.models import Operation, OperationEvent
from studio.access import identify
from studio.api import problem_http
from studio.core import audience, hub
from studio.core.errors import InvalidInput, OrchardError

KEEP_ALIVE_SECONDS = 15.0
# How long a stream may outlive the right to read it.
ACCESS_SECONDS = 15.0
# The safety net under a lost message.
POLL_SECONDS = 2.0
RETRY_MILLISECONDS = (1_000, 3_000)
PAGE = 500
TERMINAL = frozenset({"complete", "error"})

# Streams share a few database connections instead of holding one each.
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="operation-stream")


class BadPosition(InvalidInput):
    """`Last-Event-ID` is not where anybody can be."""

    status = 400
    code = "bad_last_event_id"


@require_GET
async def stream_operation(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponseBase:
    """`Last-Event-ID` (or `?after=`) continues behind that sequence number. 204 when nothing can follow."""
    try:
        after, finished = await sync_to_async(_admit)(request, operation_id)
    except OrchardError as error:
        return problem_http(error)
    if finished:
        return HttpResponse(status=204)
    frames = _frames(operation_id, after, lambda: _may_still_look(request, operation_id))
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _admit(request: HttpRequest, operation_id: uuid.UUID) -> tuple[int, bool]:
    """Where to continue, and whether all has been said. The connection is given back: the stream may
    stay open for hours."""
    try:
        operation = services.get_operation(identify(request), operation_id)
        after = _position(request.headers.get("Last-Event-ID") or request.GET.get("after") or "0")
        if after > operation.last_seq:
            raise BadPosition(f"There is no event {after} yet: the last one is {operation.last_seq}.")
        return after, operation.status in states.TERMINAL and after == operation.last_seq
    finally:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadPosition("Last-Event-ID must be the number of an event of this stream.")
    return int(text)


def _may_still_look(request: HttpRequest, operation_id: uuid.UUID) -> bool:
    close_old_connections()
    try:
        services.get_operation(identify(request), operation_id)
    except OrchardError:
        return False
    return True


async def _frames(operation_id: uuid.UUID, sent: int, may_look: Callable[[], bool]) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    async with audience.listening("sse"), hub.subscribe(f"operation:{operation_id}") as messages:
        yield f"retry: {random.randint(*RETRY_MILLISECONDS)}\n\n"  # noqa: S311 (spreads reconnects)
        message: hub.Message | hub.Missed | None = hub.MISSED
        spoken_at = looked_at = time.monotonic()
        while True:
            if time.monotonic() - looked_at > ACCESS_SECONDS:
                looked_at = time.monotonic()
                if not await loop.run_in_executor(_readers, may_look):
                    return
            news = _following(message, sent)
            if news is None:
                news = await _read(operation_id, sent)
            if news.frames:
                sent = news.last
                spoken_at = time.monotonic()
                yield "".join(news.frames)
            if news.ended:
                return
            if news.more:
                continue
            if time.monotonic() - spoken_at > KEEP_ALIVE_SECONDS:
                spoken_at = time.monotonic()
                yield ": still here\n\n"
            message = await messages.get(POLL_SECONDS)


@dataclass(frozen=True)
class News:
    """Frames that follow on what was sent, `last` their last number. `ended`: nothing comes after;
    `more`: there is another page of them already."""

    frames: Sequence[str] = ()
    last: int = 0
    ended: bool = False
    more: bool = False


def _following(message: hub.Message | hub.Missed | None, sent: int) -> News | None:
    """The news in a message; None when only the database can tell."""
    if not isinstance(message, dict):
        return None
    if message["seq"] <= sent:
        return News()
    events = [event for event in message.get("events", ()) if event["seq"] > sent]
    if not events or events[0]["seq"] != sent + 1:
        return None
    for event in events:
        # The message is one object for all streams of this process: the first one encodes it.
        if "frame" not in event:
            event["frame"] = _frame(event["seq"], event["payload"])
    return News(
        frames=[event["frame"] for event in events],
        last=events[-1]["seq"],
        ended=events[-1]["payload"]["type"] in TERMINAL,
    )


async def _read(operation_id: uuid.UUID, sent: int) -> News:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_readers, _read_page, operation_id, sent)


def _read_page(operation_id: uuid.UUID, sent: int) -> News:
    """The next page of stored events. An end that a retry has superseded is not announced as one."""
    close_old_connections()
    row = Operation.objects.filter(pk=operation_id).values_list("last_seq", "status").first()
    if row is None:
        return News(ended=True)
    last_seq, status = row
    if last_seq <= sent:
        return News(ended=status in states.TERMINAL)
    events = OperationEvent.objects.filter(operation_id=operation_id, seq__gt=sent, seq__lte=last_seq)
    page = list(events.order_by("seq").values_list("seq", "payload")[:PAGE])
    frames = [_frame(seq, payload, superseded=seq != last_seq) for seq, payload in page]
    last = page[-1][0]
    return News(frames, last, ended=last == last_seq and status in states.TERMINAL, more=last < last_seq)


def _frame(seq: int, payload: Mapping[str, Any], *, superseded: bool = False) -> str:
    name = "retried" if superseded and payload["type"] in TERMINAL else payload["type"]
    return f"id: {seq}\nevent: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"
