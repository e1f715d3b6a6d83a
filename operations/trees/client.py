"""The Studio as a tree sees it: its public API, with a key, like any other client."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from operations.workshop.visits import visitor
from studio.access import API_KEY_HEADER

ANSWER_BYTES = 8 << 20


class UnusableAnswer(Exception):
    """Somebody answers, and does not come to an end within the bounds. The message is for people."""


@dataclass(frozen=True)
class Answer:
    """`body` is None where there was no JSON. `cookies` are those it set."""

    status: int
    body: Any
    text: str
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        return httpx.codes.OK <= self.status < httpx.codes.MULTIPLE_CHOICES

    @property
    def data(self) -> dict[str, Any]:
        """The resource in the answer; {} when there is none."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        return data if isinstance(data, dict) else {}

    @property
    def complaint(self) -> str:
        """What went wrong, in the words of the problem document where there is one."""
        problem = self.body if isinstance(self.body, dict) else {}
        said = problem.get("detail") or problem.get("title") or self.text[:300] or "no text"
        blockers = [str(blocker.get("message")) for blocker in problem.get("blockers", [])]
        return " ".join([f"{self.status}: {said}", *blockers])


class StudioClient:
    """Safe to share between threads. Requests raise httpx.TransportError when nobody answers, and
    UnusableAnswer."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._http = visitor(base_url.rstrip("/"))
        self._http.headers[API_KEY_HEADER] = api_key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def request(
        self,
        method: str,
        endpoint: str,
        *,
        body: Any = None,
        idempotency_key: str | None = None,
        timeout_seconds: float,
    ) -> Answer:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        request = self._http.build_request(
            method, f"/api{endpoint}", json=body, headers=headers, timeout=timeout_seconds
        )
        return receive(self._http, request, timeout_seconds=timeout_seconds)


def receive(http: httpx.Client, request: httpx.Request, *, timeout_seconds: float) -> Answer:
    """The whole answer. httpx bounds each wait for a piece of it alone: this bounds all of it."""
    deadline = time.monotonic() + timeout_seconds
    answer = http.send(request, stream=True)
    content = bytearray()
    try:
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > ANSWER_BYTES:
                raise UnusableAnswer(f"the answer is longer than {ANSWER_BYTES >> 20} MiB")
            if time.monotonic() > deadline:
                raise UnusableAnswer(f"the answer did not end within {timeout_seconds:.1f} s")
    finally:
        answer.close()
    text = content.decode(answer.encoding or "utf-8", errors="replace")
    try:
        body = json.loads(content) if "json" in answer.headers.get("content-type", "") else None
    except (ValueError, RecursionError):
        body = None
    return Answer(answer.status_code, body, text, dict(answer.cookies))
