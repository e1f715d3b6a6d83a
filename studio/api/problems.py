"""Every error of the API as an RFC 9457 problem document, ours and the framework's alike."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from studio.access import ApiKeyAuthentication, Unauthenticated
from studio.api.wire import camel_case
from studio.core.disk import disk_full
from studio.core.errors import Forbidden, InvalidInput, NotFound, OrchardError, OutsideFailure

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Mistake(BaseModel):
    """One thing wrong with a request: where (a JSON pointer into the body) and what."""

    pointer: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457). `code` is stable for programs, `detail` is for people; some problems bring
    members of their own, such as `blockers` or the current `blueprint`."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    detail: str
    errors: list[Mistake] | None = None
    __pydantic_extra__: dict[str, JsonValue]


class RequestRefused(OrchardError):
    """The request as such is not acceptable: method, media type, syntax, size, frequency."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, status: int, code: str, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.status = status


def problem_document(exc: Exception) -> dict[str, Any]:
    """Any error as a JSON document. Details become members of their own, in camelCase.

    What nobody expected is logged and says nothing about itself.
    """
    error = _translated(exc)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("Answering with %s %s", error.status, error.code, exc_info=exc)
    details = camel_case(error.details)
    if isinstance(error, OutsideFailure):
        details["retryable"] = error.retryable
    return details | {
        "type": f"urn:orchard:problem:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
    }


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Django REST framework's exception handler: no exception leaves the API in another shape."""
    set_rollback()
    document = problem_document(exc)
    headers = _headers(exc, document["status"])
    return Response(document, status=document["status"], headers=headers, content_type=MEDIA_TYPE)


def problem_http(exc: Exception) -> HttpResponse:
    """The same for plain Django views, such as streams."""
    document = problem_document(exc)
    headers = _headers(exc, document["status"])
    return JsonResponse(document, status=document["status"], headers=headers, content_type=MEDIA_TYPE)


def _translated(exc: Exception) -> OrchardError:
    """The framework's exceptions in our family; what nobody expected says nothing about itself."""
    if full := disk_full(exc):
        return full
    match exc:
        case OrchardError():
            return exc
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthenticated(str(exc.detail))
        case Http404() | exceptions.NotFound():
            return NotFound("There is nothing at this address.")
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden("You may not do this.")
        case exceptions.ParseError():
            return InvalidInput("The body is not valid JSON.", code="malformed_json")
        case RecursionError():
            return InvalidInput("The body is nested too deeply.", code="malformed_json")
        case exceptions.MethodNotAllowed():
            return RequestRefused(str(exc.detail), status=405, code="method_not_allowed")
        case exceptions.UnsupportedMediaType():
            return RequestRefused(
                f"{exc.detail} Send application/json.", status=415, code="unsupported_media_type"
            )
        case exceptions.Throttled():
            return RequestRefused("Too many requests. Wait a moment.", status=429, code="throttled")
        case RequestDataTooBig():
            return RequestRefused("The request is too large.", status=413, code="too_large")
        case exceptions.APIException():
            return RequestRefused(str(exc.detail), status=exc.status_code, code=exc.default_code)
        case SuspiciousOperation():
            return RequestRefused("The request was refused.", status=400, code="bad_request")
        case _:
            return OrchardError(
                "Something went wrong on our side. It has been logged.", code="internal_error"
            )


def _headers(exc: Exception, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = ApiKeyAuthentication.challenge
    wait = getattr(exc, "wait", None)
    if wait:
        headers["Retry-After"] = str(int(wait))
    return headers


@csrf_exempt
def unknown_address(request: HttpRequest, **_: object) -> HttpResponse:
    """What no route of the API answers: a problem, not a page."""
    hint = " Addresses of the API end without a slash." if request.path.endswith("/") else ""
    return problem_http(NotFound(f"The API has nothing at {request.path}.{hint}"))
