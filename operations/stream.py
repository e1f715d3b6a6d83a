"""One operation's events as Server-Sent Events: first what happened, then what happens.

`EventStreams` stands in front of Django's ASGI handler. Who asks, what for and whether she may is
answered by Django as always (middleware, authentication, `StreamView`), in one of a few threads, or, for
a crowd of readers alike, by the `Door`; only the body of an admitted stream is written here, because an
open response costs Django's handler a thread and a slow path per chunk, and here two tasks and a
position in a `Feed`.

A stream ends after the operation's end, when its reader leaves, or within `access_seconds` of losing the
right to look. Each event comes once and in order, over reconnects and Redis restarts alike.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from functools import cache, partial
from http import HTTPStatus
from io import BytesIO
from typing import cast
from weakref import WeakKeyDictionary

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import Resolver404, resolve
from pydantic import Field
from rest_framework.request import Request

from operations import services, states
from operations.door import Door, Headers, Place, asking_of, operation_of
from operations.feeds import Feed, Feeds
from operations.reading import doorkeepers, readers
from studio.access import API_KEY_HEADER, Credential, recognise
from studio.api import ApiView, Wire, endpoint
from studio.core import audience
from studio.core.errors import InvalidInput, NotFound, OrchardError

logger = logging.getLogger(__name__)

RETRY_MILLISECONDS = (1_000, 3_000)
KEEP_ALIVE = b": still here\n\n"
# Persons per look at who may still read: a thread is not kept from others for long.
CHECKED_AT_ONCE = 20

_open: Counter[int] = Counter()


class BadPosition(InvalidInput):
    """`Last-Event-ID` is not where anybody can be."""

    status = 400
    code = "bad_last_event_id"


class TooManyStreams(OrchardError):
    """This person follows as much as one person may. `wait` is when to try again, in seconds."""

    status = 429
    code = "too_many_streams"
    wait = 5


class Admission(StreamingHttpResponse):
    """The answer to a reader who is let in; its body is written by `EventStreams`."""

    def __init__(self, place: Place) -> None:
        # Compression or a buffer on the way would hold events back.
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        super().__init__([], content_type="text/event-stream", headers=headers)
        self.place = place


class StreamQuery(Wire):
    after: str = Field(
        default="0", description="Continue behind this event; the header Last-Event-ID goes before it."
    )


class StreamView(ApiView):
    """Admits readers; what an admitted one gets to read, `EventStreams` writes."""

    http_method_names = ["get", "options"]

    @endpoint(query=StreamQuery, media_type="text/event-stream", problems=[400, 429], tags=["operations"])
    def get(self, request: Request, operation_id: uuid.UUID, query: StreamQuery) -> HttpResponseBase:
        """Follow an operation: its events as they happen, from the beginning or behind `Last-Event-ID`.

        Server-Sent Events: `id` is the event's sequence number, `event` its type (`phase`, `log`,
        `ledger`, `complete`, `error`; `retried` for an end that a retry has superseded), `data` one JSON
        document. The stream ends with the operation; a comment comes every 15 seconds of silence. Answers
        204 when nothing can follow, so that a browser stops asking, and 429 to whoever has too many open.
        """
        visible = services.visible_operations(request.user).filter(pk=operation_id).order_by()
        row = next(iter(visible.values_list("last_seq", "status")), None)
        if row is None:
            raise NotFound("There is no such operation that you can see.")
        last_seq, status = row
        position = _position(request.headers.get("Last-Event-ID") or query.after)
        if position > last_seq:
            raise BadPosition(f"There is no event {position} yet: the last one is {last_seq}.")
        if position == last_seq and status in states.TERMINAL:
            return HttpResponse(status=204)
        user_id = cast(int, request.user.pk)
        if _has_enough(user_id):
            raise TooManyStreams(
                f"You follow {_open[user_id]} operations already. Close some, or try again in a moment."
            )
        return Admission(Place(operation_id, position, user_id, _credential(request)))


class EventStreams:
    """The ASGI application in front of Django's `http`; streams are its own, all else passes.

    The bounds are those of a stream: silence before a keep-alive comment, time between looks at the
    database for what no message told, and how long one may outlive the right to read it.
    """

    def __init__(
        self,
        http: ASGI3Application,
        *,
        keep_alive_seconds: float = 15.0,
        poll_seconds: float = 2.0,
        access_seconds: float = 15.0,
    ) -> None:
        self._http = http
        self._new_desk = partial(Desk, keep_alive_seconds, poll_seconds, access_seconds)
        self._desks: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if not _is_stream(scope["path"]):
            await self._http(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        desk = self._desks.get(loop) or self._desks.setdefault(loop, self._new_desk())
        asking = asking_of(scope)
        admitted = await desk.door.admit(asking) if asking else None
        if admitted is not None and not _has_enough(admitted[0].user_id):
            await desk.serve(*admitted, receive, send)
            return
        try:
            answer = await doorkeepers.run(_answer, scope)
        except UnicodeDecodeError:  # no request can be made of this, which Django's handler says well
            await self._http(scope, receive, send)
            return
        headers = _headers(answer)
        if isinstance(answer, Admission):
            if asking is not None:
                desk.door.learn(asking.kind, headers)
            await desk.serve(answer.place, headers, receive, send)
        else:
            assert isinstance(answer, HttpResponse), "StreamView answers with documents alone"
            await _start(send, answer.status_code, headers)
            await _write(send, answer.content, more=False)


class Stream:
    """One open response: the position of its reader."""

    __slots__ = ("_news", "credential", "operation_id", "position", "quiet", "spoke_at", "stopped")

    def __init__(self, place: Place) -> None:
        self.operation_id = place.operation_id
        self.credential = place.credential
        self.position = place.position
        self.spoke_at = asyncio.get_running_loop().time()
        self.quiet = False  # for so long that the connection wants a sign of life
        self.stopped = False
        self._news: asyncio.Future[None] | None = None

    async def run(self, feed: Feed, send: ASGISendCallable) -> None:
        """Until the operation's end, or `stop`. Waits while the reader is slow; what she has not taken
        is remembered nowhere but in her position."""
        loop = asyncio.get_running_loop()
        await feed.ready.wait()
        while not (self.stopped or feed.broken):
            news = feed.after(self.position)
            if news is None:
                news = await feed.page(self.position)
            if news.data and not self.stopped:
                self.position = news.last
                self.spoke_at = loop.time()
                await _write(send, news.data)
            if news.ended:
                break
            if news.data:
                continue
            if self.quiet:
                self.quiet = False
                self.spoke_at = loop.time()
                await _write(send, KEEP_ALIVE)
                continue
            self._news = loop.create_future()
            await self._news

    def wake(self) -> None:
        """There is something to look at."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def stop(self) -> None:
        self.stopped = True
        self.wake()


class Desk:
    """The open streams of one event loop, and the few tasks that look after all of them together."""

    def __init__(self, keep_alive_seconds: float, poll_seconds: float, access_seconds: float) -> None:
        self.door = Door()
        self._feeds = Feeds()
        self._keep_alive_seconds = keep_alive_seconds
        self._access_seconds = access_seconds
        self._streams: defaultdict[Credential, set[Stream]] = defaultdict(set)
        self._looked_at: dict[Credential, float] = {}
        self._rounds: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (keep_alive_seconds / 15, self._keep_alive),
            (poll_seconds, self._feeds.poll),
            (access_seconds / 15, self._look_who_may_read),
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(
        self, place: Place, headers: Headers, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """The whole life of an admitted stream. Counted before anything is waited for, so that a crowd of
        one person's readers finds the bound."""
        _open[place.user_id] += 1
        stream = Stream(place)
        self._enter(stream)
        feed = self._feeds.join(stream.operation_id, stream)
        gone = asyncio.create_task(_stop_when_gone(receive, stream), name="stream's reader")
        try:
            await _start(send, HTTPStatus.OK, headers)
            # Readers that are cut off together do not come back together.
            await _write(send, b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS))  # noqa: S311
            async with audience.listening("sse"):
                await stream.run(feed, send)
            await _write(send, b"", more=False)
        except asyncio.CancelledError:
            # The server is going down: a clean end, so that the reader comes again at once.
            await _write(send, b"", more=False)
        finally:
            gone.cancel()
            self._feeds.leave(feed, stream)
            self._leave(stream)
            _open[place.user_id] -= 1
            if not _open[place.user_id]:
                del _open[place.user_id]

    def _enter(self, stream: Stream) -> None:
        self._looked_at.setdefault(stream.credential, asyncio.get_running_loop().time())
        self._streams[stream.credential].add(stream)
        if not self._tasks:
            self._tasks = [asyncio.create_task(_every(seconds, work)) for seconds, work in self._rounds]

    def _leave(self, stream: Stream) -> None:
        of_this_person = self._streams[stream.credential]
        of_this_person.discard(stream)
        if not of_this_person:
            del self._streams[stream.credential]
            del self._looked_at[stream.credential]
        if not self._streams:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _keep_alive(self) -> None:
        latest = asyncio.get_running_loop().time() - self._keep_alive_seconds
        for streams in self._streams.values():
            for stream in streams:
                if stream.spoke_at <= latest:
                    stream.quiet = True
                    stream.wake()

    async def _look_who_may_read(self) -> None:
        """Early enough that a crowd is through before the time is up."""
        now = asyncio.get_running_loop().time()
        due = [
            credential
            for credential, looked_at in self._looked_at.items()
            if now - looked_at >= self._access_seconds * 2 / 3
        ]
        for start in range(0, len(due), CHECKED_AT_ONCE):
            readings = {
                credential: {stream.operation_id for stream in self._streams[credential]}
                for credential in due[start : start + CHECKED_AT_ONCE]
                if credential in self._streams
            }
            for credential, readable in (await readers.run(_readable, readings)).items():
                for stream in self._streams.get(credential, ()):
                    if stream.operation_id in readings[credential] - readable:
                        stream.stop()
                if credential in self._looked_at:
                    self._looked_at[credential] = now


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Nothing that goes wrong in one round ends the others: a database that is away comes back."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Streams wait for the database: %s", error)
        except Exception:
            logger.exception("Looking after the streams failed")


async def _stop_when_gone(receive: ASGIReceiveCallable, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.stop()


async def _start(send: ASGISendCallable, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})


async def _write(send: ASGISendCallable, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _has_enough(user_id: int) -> bool:
    return bool(_open[user_id] >= settings.ORCHARD_STREAMS_PER_PERSON)


def _is_stream(path: str) -> bool:
    if operation_of(path) is not None:
        return True
    if not path.endswith("/stream"):
        return False
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return getattr(found.func, "view_class", getattr(found.func, "cls", None)) is StreamView


@cache
def _django() -> BaseHandler:
    """Django's whole middleware for a thread of ours; its ASGI handler makes a thread per request."""
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _answer(scope: HTTPScope) -> HttpResponseBase:
    """Without the request's body, which nothing here would read."""
    return _django().get_response(ASGIRequest(scope, BytesIO()))


def _headers(answer: HttpResponseBase) -> Headers:
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in answer.items()]
    cookies = (cookie.OutputString() for cookie in answer.cookies.values())
    return (*headers, *((b"set-cookie", cookie.encode("ascii")) for cookie in cookies))


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadPosition("Last-Event-ID must be the number of an event of this stream.")
    return int(text)


def _credential(request: Request) -> Credential:
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return Credential(session, request.headers.get(API_KEY_HEADER, ""))


def _readable(readings: dict[Credential, set[uuid.UUID]]) -> dict[Credential, set[uuid.UUID]]:
    """Which of the operations each of these persons may still read."""
    people = recognise(readings.keys())
    rows = services.standing(set().union(*readings.values()), set(people.values()))
    return {
        credential: {pk for pk in ids if (pk, people.get(credential)) in rows}
        for credential, ids in readings.items()
    }
