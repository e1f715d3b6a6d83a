"""Caddy as the gateway to apps, driven through its admin API on a unix socket.

Caddy's route of a host leads to a socket path of that host's own, which is a symbolic link to the
socket of the live release. A switch renames the link: no new configuration, which would close idle
connections of visitors in the moment they use them. Nor does Caddy keep connections to apps, which
would still lead to the old release.

Only a new host changes the configuration. Our routes stand in the list of the server "front" and are
known by the prefix of their `@id`; the list is changed as a whole with `If-Match`, so that two writers
cannot undo each other. What is served is derived from the database again at every start.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from environments.adapters.sockets import listens
from environments.ports import DeployError, Upstream
from studio.runtime.caddy import forwarded

Route = dict[str, Any]

_ROUTES = "/config/apps/http/servers/front/routes"
_ID_PREFIX = "app-"
_LAST_ID = "nowhere"  # the Studio's catch-all, before which apps must stand
_ATTEMPTS = 10


class CaddyGateway:
    """Implements `environments.ports.Gateway`."""

    def route(self, hostname: str, upstream: Upstream) -> None:
        wanted = _route(hostname, _pointed(hostname, upstream))

        def change(routes: list[Route]) -> list[Route]:
            if wanted in routes:
                return routes
            return _with([route for route in routes if route.get("@id") != wanted["@id"]], [wanted])

        self._change(change)

    def unroute(self, hostname: str) -> None:
        self._change(
            lambda routes: [route for route in routes if route.get("@id") != f"{_ID_PREFIX}{hostname}"]
        )
        _link(hostname).unlink(missing_ok=True)

    def replace(self, routes: Mapping[str, Upstream]) -> None:
        wanted = [
            _route(hostname, _pointed(hostname, upstream)) for hostname, upstream in sorted(routes.items())
        ]
        self._change(lambda there: _with([route for route in there if not _is_ours(route)], wanted))
        for link in set(_links().glob("*.sock")) - {_link(hostname) for hostname in routes}:
            link.unlink(missing_ok=True)

    def _change(self, change: Callable[[list[Route]], list[Route]]) -> None:
        path = Path(settings.CADDY_ADMIN_SOCKET)
        if not listens(path):
            raise DeployError("The gateway does not answer.", code="gateway_failed", retryable=True)
        transport = httpx.HTTPTransport(uds=str(path))
        try:
            # The host is one that Caddy accepts for its admin socket.
            with httpx.Client(transport=transport, base_url="http://127.0.0.1", timeout=15) as caddy:
                for attempt in range(_ATTEMPTS):
                    found = caddy.get(_ROUTES).raise_for_status()
                    before: list[Route] = found.json() or []
                    after = change(before)
                    if after == before:
                        return
                    answer = caddy.patch(_ROUTES, json=after, headers={"If-Match": found.headers["Etag"]})
                    if answer.status_code != httpx.codes.PRECONDITION_FAILED:
                        answer.raise_for_status()
                        return
                    time.sleep(0.02 * attempt)
        except httpx.HTTPStatusError as error:
            reason = _reason(error.response)
            raise DeployError(f"The gateway refused the route: {reason}", code="gateway_failed") from error
        except (httpx.HTTPError, json.JSONDecodeError, KeyError) as error:
            raise DeployError(
                f"The gateway does not answer: {error}", code="gateway_failed", retryable=True
            ) from error
        raise DeployError("The gateway's routes keep changing.", code="gateway_failed", retryable=True)


def _with(routes: list[Route], ours: list[Route]) -> list[Route]:
    """`routes` with ours before the catch-all."""
    at = next((at for at, route in enumerate(routes) if route.get("@id") == _LAST_ID), len(routes))
    return [*routes[:at], *ours, *routes[at:]]


def _is_ours(route: Route) -> bool:
    return str(route.get("@id", "")).startswith(_ID_PREFIX)


def _pointed(hostname: str, upstream: Upstream) -> str:
    """What Caddy dials for the host, leading to `upstream` from now on."""
    if not upstream.address.startswith("/"):
        return upstream.address
    link = _link(hostname)
    link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = link.with_name(uuid.uuid4().hex)
    draft.symlink_to(upstream.address)
    draft.rename(link)
    return f"unix/{link}"


def _links() -> Path:
    return Path(settings.ORCHARD_SOCKETS) / "hosts"


def _link(hostname: str) -> Path:
    """Short whatever the host is called: a socket's path has 107 bytes at most."""
    return _links() / f"{hashlib.sha256(hostname.encode()).hexdigest()[:12]}.sock"


def _route(hostname: str, dial: str) -> Route:
    return {
        "@id": f"{_ID_PREFIX}{hostname}",
        "match": [{"host": [hostname]}],
        "handle": [
            {
                "handler": "reverse_proxy",
                "upstreams": [{"dial": dial}],
                "transport": {"protocol": "http", "keep_alive": {"enabled": False}},
                "flush_interval": -1,  # event streams pass as they come
                # A crashed app is back within a second or two; requests that found nobody wait for it.
                "load_balancing": {"try_duration": "3s", "try_interval": "50ms"},
                "stream_close_delay": "24h",
                "headers": {
                    "request": forwarded(settings.ORCHARD_SCHEME),
                    "response": {
                        # What would reach beyond the app's own host: the Studio's cookies, storage, pages.
                        "delete": ["Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"],
                        "replace": {
                            "Set-Cookie": [{"search_regexp": r"(?i);\s*domain\s*=[^;]*", "replace": ""}]
                        },
                    },
                },
            }
        ],
        "terminal": True,
    }


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])[:500]
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"
