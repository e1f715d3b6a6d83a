"""An HTTP proxy that leads to the public internet and nowhere else.

It resolves a name once, refuses unless every address of it is public, and dials the address it has
checked: a second answer of a name server (DNS rebinding), a redirect, a script, a socket of the page
all come through here and are looked at one by one. Filtering inside the browser does not do that:
Playwright's routing sees neither redirects nor WebSockets.

Plain requests (`GET http://…`) are answered one per connection; `CONNECT` is a tunnel (https, wss, ws).
Source: RFC 9110 sections 7.6 and 9.3.6, RFC 9112 section 3.2.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from studio.core.egress.addresses import Network, is_public, parse
from studio.core.egress.passes import Limits, Pass, Refused

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
RESOLVE_SECONDS = 5.0
DIAL_SECONDS = 10.0
IDLE_SECONDS = 30.0
PORTS = frozenset({80, 443})
# Said hop by hop (RFC 9110 section 7.6.1), or meant for us alone.
NOT_PASSED_ON = frozenset(
    {"connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "upgrade", "expect", "host"}
)

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def system_resolve(host: str, port: int) -> list[str]:
    """All addresses of a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Request:
    """The head of a proxy request. `target` is what the origin is asked for, "" for a tunnel."""

    method: str
    host: str
    port: int
    target: str
    headers: tuple[tuple[str, str], ...]

    @property
    def is_tunnel(self) -> bool:
        return self.method == "CONNECT"

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    def for_origin(self) -> bytes:
        """The request as the origin gets it: one per connection, so that none can follow unseen."""
        passed_on = [(key, value) for key, value in self.headers if key.lower() not in NOT_PASSED_ON]
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            f"Host: {host}" if self.port == 80 else f"Host: {host}:{self.port}",
            *(f"{key}: {value}" for key, value in passed_on),
        ]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


class EgressProxy:
    """Context manager; serves from a thread of its own, so that a sync caller can drive a browser through it.

    Listens on loopback, or on the unix socket `path` where that is given. `allowed` are networks that may
    be reached on any port although they are not public: a setting's business, empty by default. `resolve`
    stands for the system's resolver.
    """

    def __init__(
        self,
        *,
        path: Path | None = None,
        allowed: Sequence[Network] = (),
        resolve: Resolve = system_resolve,
    ) -> None:
        self._path = path
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._passes: dict[str, Pass] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="egress-proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self.port = 0  # on loopback, once open

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextlib.contextmanager
    def admit(
        self, limits: Limits | None = None, doors: Mapping[tuple[str, int], str] | None = None
    ) -> Iterator[Pass]:
        """A pass that is good inside the block; nobody gets through without one. `doors` as in `Pass`."""
        given = Pass(limits or Limits(), doors or {})
        self._passes[given.user] = given
        try:
            yield given
        finally:
            del self._passes[given.user]

    async def _open(self) -> None:
        if self._path is not None:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=HEAD_BYTES)
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._clients:
            task.cancel()
        if self._clients:
            await asyncio.wait(self._clients, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._handle(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one side has gone, or says nothing that makes sense
        except asyncio.CancelledError:
            return  # closing; the stream protocol would log a cancelled handler as an error
        finally:
            self._clients.discard(task)
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        holder: Pass | None = None
        try:
            request = read_request(head)
            holder = self._holder_of(request)
            if holder is None:
                await _answer(
                    writer, 407, "This proxy is for captures.", 'Proxy-Authenticate: Basic realm="capture"'
                )
                return
            await self._pass_through(request, holder, reader, writer)
        except Refused as refused:
            if holder is not None:
                holder.note(refused.refusal)
            await _answer(writer, refused.status, refused.refusal.reason)

    def _holder_of(self, request: Request) -> Pass | None:
        scheme, _, encoded = request.header("proxy-authorization").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:  # neither base64 nor text
            return None
        holder = self._passes.get(user)
        return holder if holder and hmac.compare_digest(holder.password.encode(), password.encode()) else None

    async def _pass_through(
        self, request: Request, holder: Pass, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        holder.enter(request.host)
        upstream_reader, upstream_writer = await self._dial(request, holder)
        holder.open += 1
        try:
            async with asyncio.timeout(max(holder.seconds_left, 0)):
                if request.is_tunnel:
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    answer = _pump(upstream_reader, writer, request.host, holder, IDLE_SECONDS)
                else:
                    upstream_writer.write(request.for_origin())
                    answer = _answer_of(upstream_reader, writer, request.host, holder)
                await _relay(_pump(reader, upstream_writer, request.host, holder), answer)
        except Refused as refused:  # half-way: all that can be said is the end of the connection
            holder.note(refused.refusal)
        finally:
            holder.open -= 1
            upstream_writer.close()

    async def _dial(
        self, request: Request, holder: Pass
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address that was checked, not to a name that could mean another by now."""
        addresses = await self._checked_addresses(request, holder)
        for address in addresses:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(DIAL_SECONDS):
                    return await asyncio.open_connection(address, request.port, limit=HEAD_BYTES)
        raise Refused(request.host, "unreachable", f"{request.host} does not answer.", status=502)

    async def _checked_addresses(self, request: Request, holder: Pass) -> list[str]:
        host, port = request.host, request.port
        door = holder.doors.get((host, port))
        # Through a tunnel one could name another host to whoever listens there; a plain request names this one.
        if door is not None and not request.is_tunnel:
            return [door]
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self._resolve(host, port)
        except (OSError, TimeoutError, UnicodeError):
            found = []
        if not found:
            raise Refused(host, "unknown_host", f"There is no {host} on the internet.", status=502)
        addresses = [parse(text) for text in found]
        if all(any(address in network for network in self._allowed) for address in addresses):
            return found
        if not all(is_public(address) for address in addresses):
            raise Refused(host, "private_address", f"{host} leads into a private network.")
        if port not in PORTS:
            raise Refused(host, "port", f"Port {port} is not one that web pages use.")
        return found


def read_request(head: bytes) -> Request:
    """The head of a request as a proxy gets it. Raises Refused."""
    try:
        first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        method, address, version = first.split(" ")
        headers = tuple(_header(line) for line in lines)
        url = urlsplit(f"//{address}" if method == "CONNECT" else address)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise Refused("", "malformed", "This is not a request to a proxy.", status=400) from None
    if not version.startswith("HTTP/1.") or not host or not method.isalpha():
        raise Refused(host, "malformed", "This is not a request to a proxy.", status=400)
    if method == "CONNECT":
        if port is None:
            raise Refused(host, "malformed", "A tunnel needs a port.", status=400)
        return Request(method, host, port, "", headers)
    if url.scheme != "http":
        raise Refused(host, "scheme", "Only http and https lead to web pages.", status=400)
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    return Request(method, host, port or 80, target, headers)


def _header(line: str) -> tuple[str, str]:
    """Raises ValueError, also for a continued line, which nobody has been allowed to write since RFC 7230."""
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise ValueError(line)
    return name, value.strip()


async def _answer_of(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, holder: Pass
) -> None:
    """The origin's answer, saying that the connection ends with it; 1xx ones are skipped."""
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        if not status.partition(" ")[2].startswith("1"):
            break
    kept = [line for line in lines if line.partition(":")[0].strip().lower() not in NOT_PASSED_ON]
    writer.write("\r\n".join([status, *kept, "Connection: close", "", ""]).encode("latin-1"))
    await _pump(reader, writer, host, holder, IDLE_SECONDS)


async def _pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    holder: Pass,
    idle_seconds: float | None = None,
) -> None:
    """Bytes from one side to the other until it ends. Raises Refused where the holder has had enough."""
    while True:
        async with asyncio.timeout(idle_seconds):
            chunk = await reader.read(CHUNK_BYTES)
        if not chunk:
            break
        holder.count(host, len(chunk))
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _relay(upward: Coroutine[Any, Any, None], downward: Coroutine[Any, Any, None]) -> None:
    """Both ways until the origin has said all: what the client may still have to say matters no more."""
    asking, answering = asyncio.create_task(upward), asyncio.create_task(downward)
    try:
        await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            asking.result()
        await answering
    finally:
        asking.cancel()
        answering.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)


async def _answer(writer: asyncio.StreamWriter, status: int, reason: str, *headers: str) -> None:
    body = reason.encode()
    lines = [
        f"HTTP/1.1 {status} Refused",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    with contextlib.suppress(OSError):
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        await writer.drain()
