"""Letting a crowd of readers in: who comes back at the same moment is looked up together.

Whether somebody may follow an operation is Django's to answer, with its middleware, authentication and
view. That costs milliseconds, and after a restart of the web process all readers come at once. So what
Django has answered to an admitted reader, its headers, is kept; and who differs from her in nothing but
in who she is, what she reads and from where, needs only these three looked up. A few queries do so for
all who wait. Nobody is refused here: who is not let in this way gets Django's answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from asgiref.typing import HTTPScope
from django.conf import settings
from django.http import parse_cookie
from django.urls import reverse

from operations import services, states
from operations.reading import doorkeepers
from studio.access import API_KEY_HEADER, Credential, recognise

logger = logging.getLogger(__name__)

# Readers per look: those in the middle of a crowd wait for no more than that.
TOGETHER = 200
KINDS_KEPT = 256

Headers = tuple[tuple[bytes, bytes], ...]
# What Django's answer depends on beside the reader: scheme, root path, server, by key or not, headers.
Kind = tuple[object, ...]

_SESSION, _KEY, _POSITION = b"cookie", API_KEY_HEADER.lower().encode(), b"last-event-id"
# No answer depends on them; browsers and proxies send another value with each reader.
_IRRELEVANT = frozenset({b"cache-control", b"pragma", b"referer", b"x-forwarded-for", b"x-real-ip"})
_AFTER = re.compile(rb"after=([0-9]{1,9})", re.ASCII)
_NUMBER = re.compile(rb"[0-9]{1,9}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


class Asking(NamedTuple):
    """A request for a stream that has nothing unusual about it."""

    kind: Kind
    operation_id: uuid.UUID
    credential: Credential
    position: int


class Place(NamedTuple):
    """Where an admitted reader begins, and who she is."""

    operation_id: uuid.UUID
    position: int
    user_id: int
    credential: Credential


class Door:
    """The entrance of one event loop."""

    def __init__(self) -> None:
        self._headers: OrderedDict[Kind, Headers] = OrderedDict()
        self._waiting: list[tuple[Asking, asyncio.Future[Place | None]]] = []
        self._task: asyncio.Task[None] | None = None

    def learn(self, kind: Kind, headers: Headers) -> None:
        """Django has admitted a reader of this kind, with these headers."""
        if any(name == b"set-cookie" for name, _ in headers):
            return
        self._headers[kind] = headers
        if len(self._headers) > KINDS_KEPT:
            self._headers.popitem(last=False)

    async def admit(self, asking: Asking) -> tuple[Place, Headers] | None:
        """None when Django has to answer."""
        headers = self._headers.get(asking.kind)
        if headers is None:
            return None
        self._headers.move_to_end(asking.kind)
        found: asyncio.Future[Place | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((asking, found))
        if self._task is None:
            self._task = asyncio.create_task(self._look_up(), name="streams' door")
        place = await found
        return None if place is None else (place, headers)

    async def _look_up(self) -> None:
        try:
            while self._waiting:
                now, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                try:
                    places = await doorkeepers.run(_places, [asking for asking, _ in now])
                except Exception:  # each of them hears of it from Django
                    logger.exception("Readers could not be looked up together")
                    places = [None] * len(now)
                for (_, found), place in zip(now, places, strict=True):
                    if not found.done():
                        found.set_result(place)
        finally:
            self._task = None


def asking_of(scope: HTTPScope) -> Asking | None:
    """None when there is anything about the request that only Django knows what to do with."""
    operation_id = operation_of(scope["path"])
    if operation_id is None or scope["method"] != "GET":
        return None
    own: dict[bytes, bytes] = {}
    rest = []
    for name, value in scope["headers"]:
        if name in (_SESSION, _KEY, _POSITION):
            if name in own:
                return None
            own[name] = value
        elif name not in _IRRELEVANT:
            rest.append((name, value))
    position = _position(own.get(_POSITION, b""), scope["query_string"])
    credential = _credential(own)
    if position is None or credential is None:
        return None
    by_key = bool(credential.api_key)
    kind = (scope["scheme"], scope["root_path"], scope["server"], by_key, tuple(sorted(rest)))
    return Asking(kind, operation_id, credential, position)


def operation_of(path: str) -> uuid.UUID | None:
    """Whose stream this is the address of."""
    before, after = _address()
    if not (path.startswith(before) and path.endswith(after)):
        return None
    middle = path[len(before) : len(path) - len(after)]
    return uuid.UUID(middle) if _UUID.fullmatch(middle) else None


@cache
def _address() -> tuple[str, str]:
    nobody = uuid.UUID(int=0)
    before, _, after = reverse("operation-stream", args=[nobody]).partition(str(nobody))
    return before, after


def _position(last_event_id: bytes, query: bytes) -> int | None:
    after = _AFTER.fullmatch(query) if query else None
    if query and after is None:
        return None
    if last_event_id:
        return int(last_event_id) if _NUMBER.fullmatch(last_event_id) else None
    return int(after[1]) if after else 0


def _credential(own: dict[bytes, bytes]) -> Credential | None:
    """None without one, and with two."""
    api_key = own.get(_KEY, b"").decode("latin-1")
    cookies = parse_cookie(own[_SESSION].decode("latin-1")) if _SESSION in own else {}
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    return Credential(session, api_key) if bool(session) != bool(api_key) else None


def _places(asked: Sequence[Asking]) -> list[Place | None]:
    people = recognise({asking.credential for asking in asked})
    rows = services.standing({asking.operation_id for asking in asked}, set(people.values()))
    return [_place(asking, people.get(asking.credential), rows) for asking in asked]


def _place(asking: Asking, user_id: int | None, rows: services.Standing) -> Place | None:
    """What `StreamView` would say, as far as that is yes."""
    if user_id is None or (asking.operation_id, user_id) not in rows:
        return None
    last_seq, status = rows[asking.operation_id, user_id]
    if asking.position > last_seq or (asking.position == last_seq and status in states.TERMINAL):
        return None
    return Place(asking.operation_id, asking.position, user_id, asking.credential)
