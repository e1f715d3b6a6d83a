"""Visiting deployed apps as a browser would: by their host name, through the gateway."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import httpx

from operations.engine.workflow import PhaseContext
from studio.core.errors import OutsideFailure

VISIT_SECONDS = 5.0
ANSWER_SECONDS = 15.0


def visitor(url: str) -> httpx.Client:
    """A client for the app at `url`. Browsers resolve `*.localhost` to loopback by themselves, the
    system's resolver does not everywhere."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        port = f":{parts.port}" if parts.port else ""
        return httpx.Client(
            base_url=f"{parts.scheme}://127.0.0.1{port}",
            headers={"Host": parts.netloc},
            timeout=VISIT_SECONDS,
            trust_env=False,
        )
    return httpx.Client(base_url=url, timeout=VISIT_SECONDS)


def status_of(client: httpx.Client, path: str) -> int:
    """What it answers, leaving the body aside, which may have no end."""
    with client.stream("GET", path) as answer:
        return answer.status_code


def await_answer(context: PhaseContext, url: str, *, path: str = "/") -> None:
    """Until the app answers this path with less than 400. Raises OutsideFailure, worth a retry."""
    deadline = time.monotonic() + ANSWER_SECONDS
    reason = "nothing listens"
    with visitor(url) as client:
        while time.monotonic() < deadline:
            try:
                status = status_of(client, path)
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            else:
                if status < httpx.codes.BAD_REQUEST:
                    return
                reason = f"status {status}"
            context.progress()
            time.sleep(0.1)
    raise OutsideFailure(f"{url}{path} does not answer: {reason}.", code="not_answering", retryable=True)
