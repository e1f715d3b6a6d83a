"""The Studio as a tree sees it: its public API, with a key, like any other client."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from operations.workshop.visits import visitor
from studio.access import API_KEY_HEADER


@dataclass(frozen=True)
class Answer:
    """`body` is None where there was no JSON."""

    status: int
    body: Any
    text: str

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
    """Safe to share between threads. Requests raise httpx.TransportError when nobody answers."""

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
        answer = self._http.request(
            method, f"/api{endpoint}", json=body, headers=headers, timeout=timeout_seconds
        )
        return read_answer(answer)


def read_answer(answer: httpx.Response) -> Answer:
    try:
        body = answer.json() if "json" in answer.headers.get("content-type", "") else None
    except ValueError:
        body = None
    return Answer(answer.status_code, body, answer.text)
