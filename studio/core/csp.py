"""Content-Security-Policy of every page: our own scripts and styles only, none of them inline.

Generated apps are shown in frames, always from another origin: their host names are the only ones
`frame-src` allows. A view that needs more says so with `allow`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"
View = Callable[..., HttpResponseBase]


def policy(request: HttpRequest, extra: dict[str, str] | None = None) -> str:
    """The header's value; `extra` adds sources to directives."""
    host = request.get_host()
    socket = "wss" if request.is_secure() else "ws"
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {socket}://{host}",
        "frame-src": app_origins(),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    for name, sources in (extra or {}).items():
        directives[name] = f"{directives.get(name, '')} {sources}".strip()
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def app_origins() -> str:
    """Where generated apps live: http://<project>.<domain>:<port> and staging.<project> below it."""
    studio = urlsplit(settings.ORCHARD_URL)
    port = f":{studio.port}" if studio.port else ""
    # One label per project, one more for its environment; a CSP wildcard covers both.
    return f"{studio.scheme}://*.{settings.ORCHARD_DOMAIN}{port}"


def allow(**sources: str) -> Callable[[View], View]:
    """Let one view load more: `@allow(style_src="'unsafe-inline'")`."""
    extra = {name.replace("_", "-"): value for name, value in sources.items()}

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            response.headers[HEADER] = policy(request, extra)
            return response

        return wrapper

    return decorate


class ContentSecurityPolicyMiddleware:
    """Sets the policy on every response that has none of its own."""

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
        return self._protect(request, self.get_response(request))

    async def _async_call(self, request: HttpRequest) -> HttpResponseBase:
        return self._protect(request, await self.get_response(request))

    def _protect(self, request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
        if HEADER not in response.headers:
            response.headers[HEADER] = policy(request)
        return response
