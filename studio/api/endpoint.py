"""One decorator turns a typed method into an endpoint: parsed body in, resource out, documented both ways."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from pydantic import BaseModel
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studio.api.pagination import Page
from studio.api.wire import Wire, parse
from studio.core.errors import InvalidInput

LONGEST_IDEMPOTENCY_KEY = 200


@dataclass(frozen=True)
class Endpoint:
    """What one method takes and answers; the OpenAPI schema is drawn from it (`studio.api.openapi`)."""

    body: type[BaseModel] | None
    upload: type[BaseModel] | None
    query: type[Wire] | None
    returns: type[BaseModel] | None
    many: bool
    enveloped: bool
    status: int
    starts_work: bool
    problems: tuple[int, ...]
    tags: tuple[str, ...]
    media_type: str


class AnswersJson(DefaultContentNegotiation):
    """JSON whatever `Accept` says: a program that forgot the header wants the answer, not a 406."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:
        first = next(iter(renderers))
        return first, first.media_type


class ApiView(APIView):
    """The base of every endpoint; authentication, scopes and errors come from the settings."""

    content_negotiation_class = AnswersJson


def endpoint(
    *,
    body: type[BaseModel] | None = None,
    upload: type[BaseModel] | None = None,
    query: type[Wire] | None = None,
    returns: type[BaseModel] | None = None,
    many: bool = False,
    enveloped: bool = True,
    status: int = 200,
    starts_work: bool = False,
    problems: Sequence[int] = (),
    tags: Sequence[str] = (),
    media_type: str = "application/json",
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """Decorate an `ApiView` method.

    The method gets `body` and `query` as parsed models (keyword arguments, only those declared). It
    returns a `returns` model, answered as `{"data": …}` (bare when not `enveloped`); with `many` a
    `Page` of them, answered as `{"data": […], "nextCursor": …}`; or a finished response (streams,
    downloads), which passes untouched. Its docstring is the documentation.
    `upload` is what `body` is when it comes as multipart/form-data; the view lists `MultiPartParser`.
    `starts_work` documents the header `Idempotency-Key`; read it with `idempotency_key`. `problems`
    names the error statuses beside the usual ones, `tags` group the endpoint in the documentation.
    """
    declared = Endpoint(
        body,
        upload,
        query,
        returns,
        many,
        enveloped,
        status,
        starts_work,
        tuple(problems),
        tuple(tags),
        media_type,
    )

    def decorate(method: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(method)
        def answer(view: ApiView, request: Request, **arguments: Any) -> HttpResponseBase:
            if upload is not None and request.content_type.startswith("multipart/"):
                arguments["body"] = parse(upload, dict(request.data.items()))  # type: ignore[union-attr]
            elif body is not None:
                arguments["body"] = parse(body, request.data)
            if query is not None:
                arguments["query"] = parse(query, request.query_params.dict(), what="query")
            result = method(view, request, **arguments)
            if isinstance(result, HttpResponseBase):
                return result
            return Response(_document(result, enveloped), status=status)

        answer.endpoint = declared  # type: ignore[attr-defined]
        return answer

    return decorate


def idempotency_key(request: Request) -> str | None:
    """The header `Idempotency-Key`, None without one. Raises InvalidInput when it is unusable."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > LONGEST_IDEMPOTENCY_KEY or not key.isprintable():
        raise InvalidInput(f"Idempotency-Key must be 1 to {LONGEST_IDEMPOTENCY_KEY} printable characters.")
    return key


def _document(result: Any, enveloped: bool) -> Any:
    if isinstance(result, Page):
        return {"data": [_wire(item) for item in result.items], "nextCursor": result.next_cursor}
    if result is None:
        return None
    return {"data": _wire(result)} if enveloped else _wire(result)


def _wire(model: BaseModel) -> Any:
    return model.model_dump(by_alias=True, mode="json")
