"""The front door: Caddy's configuration, as pure data.

One HTTP server named "front": the Studio's own hosts go to its socket, the hosts of apps to theirs
(the gateway adds those routes through the admin socket), any other host gets a page that says so.
Caddy saves every change by itself; `app_routes` reads them back for the next start.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Route = dict[str, Any]

# Where a proxy that ends TLS may stand: what it says of who asks is believed.
_PROXIES = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]

# The routes that are ours; whatever stands between them belongs to apps.
STUDIO_ROUTE, NOWHERE_ROUTE = "studio", "nowhere"

# Above what Django itself takes, so that its own answer, with a reason, comes first.
LARGEST_REQUEST_BYTES = 16 << 20

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">{head}'
    "<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;"
    "padding:0 1.5rem;color:#1d2b22;background:#fbfaf6}}a{{color:inherit}}"
    "@media(prefers-color-scheme:dark){{body{{color:#e9efe9;background:#151b17}}}}</style>"
    "<h1>{title}</h1><p>{text}</p></html>"
)


def front_door(
    *,
    listen: Sequence[str],
    studio_hosts: Sequence[str],
    web_socket: Path,
    admin_socket: Path,
    studio_url: str,
    scheme: str,
    apps: list[Route],
) -> dict[str, Any]:
    """`listen` are host:port addresses; `scheme` is what visitors use, https when a proxy in front ends
    TLS; `apps` are routes kept from the last run."""
    behind_proxy = {
        "trusted_proxies": {"source": "static", "ranges": _PROXIES},
        "trusted_proxies_strict": 1,  # the last address that is not a proxy's, whatever a visitor put before it
    }
    return {
        "admin": {"listen": f"unix/{admin_socket}|0600"},
        "logging": {"logs": {"default": {"level": "WARN"}}},
        "apps": {
            "http": {
                "servers": {
                    "front": {
                        "listen": list(listen),
                        "protocols": ["h1"],
                        "automatic_https": {"disable": True},
                        **(behind_proxy if scheme == "https" else {}),
                        "routes": [_studio(studio_hosts, web_socket, scheme), *apps, _nowhere(studio_url)],
                        "errors": {"routes": [_too_large(), _not_answering()]},
                    }
                }
            }
        },
    }


def app_routes(autosave: Path) -> list[Route]:
    """The apps' routes in the configuration that Caddy saved last; none when there is no readable one."""
    try:
        routes = json.loads(autosave.read_text())["apps"]["http"]["servers"]["front"]["routes"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [route for route in routes if route.get("@id") not in (STUDIO_ROUTE, NOWHERE_ROUTE)]


def forwarded(scheme: str) -> dict[str, Any]:
    """The request headers that tell who asks and how; what a visitor says about it herself is dropped."""
    return {"set": {"X-Forwarded-Proto": [scheme], "X-Forwarded-For": ["{http.vars.client_ip}"]}}


def _studio(hosts: Sequence[str], web_socket: Path, scheme: str) -> Route:
    return {
        "@id": STUDIO_ROUTE,
        "match": [{"host": list(hosts)}],
        "handle": [
            # Refused here, because the web process would store a body of any size before it looks who sent it.
            {"handler": "request_body", "max_size": LARGEST_REQUEST_BYTES},
            {
                "handler": "reverse_proxy",
                "upstreams": [{"dial": f"unix/{web_socket}"}],
                "headers": {"request": forwarded(scheme)},
                # While the web process starts or restarts, requests wait for it.
                "load_balancing": {"try_duration": "8s", "try_interval": "100ms"},
                # Each app's route reloads the configuration; open workspaces keep their sockets through that.
                "stream_close_delay": "24h",
            },
        ],
        "terminal": True,
    }


def _nowhere(studio_url: str) -> Route:
    text = (
        "Nothing runs at this address. The app may have been removed or renamed; "
        f'<a href="{studio_url}">the Studio</a> lists the ones there are.'
    )
    return {"@id": NOWHERE_ROUTE, "handle": [_page(404, "No such app here", text)]}


def _too_large() -> Route:
    text = f"The Studio takes at most {LARGEST_REQUEST_BYTES >> 20} MiB at once."
    return {
        "match": [{"vars": {"{http.error.status_code}": ["413"]}}],
        "handle": [_page(413, "That is too much at once", text)],
        "terminal": True,
    }


def _not_answering() -> Route:
    text = "Nothing answers at this address just now. This page tries again every two seconds."
    return {"handle": [_page(503, "Starting…", text, head='<meta http-equiv="refresh" content="2">')]}


def _page(status: int, title: str, text: str, *, head: str = "") -> dict[str, Any]:
    return {
        "handler": "static_response",
        "status_code": status,
        "headers": {"Content-Type": ["text/html; charset=utf-8"], "Cache-Control": ["no-store"]},
        "body": _PAGE.format(title=title, text=text, head=head),
    }
