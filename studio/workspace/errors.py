"""One handler for pages and HTMX: what went wrong, and one thing to do next.

`OrchardError`s raised by a view or a service become a page in the Studio's look, or, for an HTMX
request, a toast beside untouched content. The API has its own handler (`studio.api`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers

from studio.core.disk import disk_full
from studio.core.errors import OrchardError

_TITLES = {
    401: "Please sign in",
    403: "This is not yours to change",
    404: "Nothing is planted here",
    409: "That does not fit right now",
    422: "That cannot be used as it is",
    507: "No room left",
}
_DEFAULT_TITLE = "Something fell on our side"


@dataclass(frozen=True)
class Fault:
    """What the error page and the toast show. `action` and `label` are the one next step."""

    status: int
    title: str
    message: str
    action: str
    label: str


def describe(error: OrchardError) -> Fault:
    """`details` may name the next step itself: `action` (a path) and `label`."""
    return Fault(
        status=error.status,
        title=_TITLES.get(error.status, _DEFAULT_TITLE),
        message=error.message,
        action=str(error.details.get("action") or resolve_url("home")),
        label=str(error.details.get("label") or "Go to your projects"),
    )


def trigger_toast(
    response: HttpResponse, *, title: str, text: str = "", tone: str = "leaf", undo: str = ""
) -> HttpResponse:
    """Have `static/js/toast.js` show a toast when this response arrives; `undo` is a path to post to."""
    toast = {"tone": tone, "title": title, "text": text} | ({"undo": undo} if undo else {})
    response.headers["HX-Trigger"] = json.dumps({"toast": toast})
    return response


class OrchardErrorMiddleware:
    """Also turns a redirect to the sign-in page into one that HTMX follows with the whole page."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self._async_call(request)
        return _finish(request, self.get_response(request))

    async def _async_call(self, request: HttpRequest) -> HttpResponse:
        return await sync_to_async(_finish)(request, await self.get_response(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        known = error if isinstance(error, OrchardError) else disk_full(error)
        if known is None:
            return None
        fault = describe(known)
        if getattr(request, "htmx", False):
            response = HttpResponse(status=fault.status)
            return trigger_toast(response, title=fault.title, text=fault.message, tone="cherry")
        return render(request, "fault.html", {"fault": fault}, status=fault.status)


def _finish(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.get(
        "Content-Type", ""
    ).endswith("json"):
        return _explain_form_only(request, response)
    return _follow_sign_in(request, response)


def _explain_form_only(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Where a sign-in in the middle of sending a form leads back to: the form itself is gone."""
    fault = Fault(
        status=response.status_code,
        title="That was not sent",
        message="Your session ended before the form arrived. Go back and send it again.",
        action=resolve_url("home"),
        label="Go to your projects",
    )
    page = render(request, "fault.html", {"fault": fault}, status=fault.status)
    page.headers["Allow"] = response.headers["Allow"]
    return page


def _follow_sign_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not getattr(request, "htmx", False) or response.status_code != 302:
        return response
    if not response.headers["Location"].startswith(resolve_url(settings.LOGIN_URL)):
        return response
    # Back to the page that the form stands on: a form's own address shows nothing.
    page = request.htmx.current_url_abs_path or resolve_url("home")  # type: ignore[attr-defined]
    target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
    instead = HttpResponse(status=401, headers={"HX-Redirect": target})
    patch_vary_headers(instead, ["HX-Request"])
    return instead
