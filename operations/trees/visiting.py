"""A visitor of a running app: several requests with one set of cookies, each held to what it should answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from operations.trees.client import Answer, UnusableAnswer, receive
from operations.trees.expressions import Scope, fill, fill_address, fill_jq, fill_text, holds
from operations.trees.schema import AppRequest
from operations.workshop.visits import visitor

ANSWER_SECONDS = 30.0
SHOWN_CHARACTERS = 400
CSRF_COOKIE = "csrftoken"


class Disappointed(Exception):
    """An answer was not as it should be."""


def visit(
    url: str, requests: Sequence[AppRequest], scope: Scope, *, timeout_seconds: Callable[[], float]
) -> Any:
    """The body of the last answer: JSON, or its text. Raises Disappointed, ExpressionError and
    httpx.TransportError."""
    answer = Answer(0, None, "")
    cookies: dict[str, str] = {}
    with visitor(url) as client:
        for request in requests:
            answer = _ask(client, request, cookies, scope, timeout_seconds())
            _judge(request, answer, scope)
    return answer.text if answer.body is None else answer.body


def _ask(
    client: httpx.Client, request: AppRequest, cookies: dict[str, str], scope: Scope, timeout_seconds: float
) -> Answer:
    """`cookies` grows by those of the answer. Browsers take *.localhost for trustworthy and send it secure
    cookies without TLS; Python's cookie jar would not."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    if CSRF_COOKIE in cookies:
        headers["X-CSRFToken"] = cookies[CSRF_COOKIE]
    headers |= {name: fill_text(value, scope) for name, value in request.headers.items()}
    form = request.form and {name: fill_text(value, scope) for name, value in request.form.items()}
    path = fill_address(request.path, scope)
    asked = client.build_request(
        request.method,
        path,
        headers=headers,
        data=form,
        json=fill(request.body, scope),
        timeout=timeout_seconds,
    )
    try:
        answer = receive(client, asked, timeout_seconds=timeout_seconds)
    except UnusableAnswer as error:
        raise Disappointed(f"{request.method} {path}: {error}") from error
    cookies |= answer.cookies
    return answer


def _judge(request: AppRequest, answer: Answer, scope: Scope) -> None:
    asked = f"{request.method} {fill_address(request.path, scope)}"
    wished = request.status if isinstance(request.status, list) else [request.status]
    if answer.status not in wished:
        instead = " or ".join(str(status) for status in wished)
        raise Disappointed(f"{asked} answered {answer.status} instead of {instead}: {short(answer.text)}")
    for wanted in request.contains:
        text = fill_text(wanted, scope)
        if text not in answer.text:
            raise Disappointed(f"{asked}: “{text}” is not in the answer")
    for condition in request.that:
        filled = fill_jq(condition, scope)
        if not holds(filled, answer.body):
            raise Disappointed(f"{asked}: `{filled}` does not hold of {short(answer.body)}")


def short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " …"
