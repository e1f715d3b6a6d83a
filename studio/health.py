"""Whether this process is up, and whether the Studio as a whole can do its work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from studio.core import hub, ports
from studio.core.sandbox.port import Sandbox
from studio.runtime.heartbeat import served_queues

logger = logging.getLogger(__name__)

# Without a worker on these nothing moves; captures may be scaled away.
NEEDED_QUEUES = frozenset({"builds", "short", "architect"})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The web process answers. Touches nothing else, so that an outage elsewhere restarts nobody."""
    sandbox: Sandbox = ports.load("ORCHARD_SANDBOX")
    return JsonResponse({"status": "ok", "sandbox": sandbox.level()})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and workers answer, else 503; `parts` says which one does not."""
    parts = {"database": _part(_ask_database), "redis": _part(_ask_redis), "workers": _part(_ask_workers)}
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "parts": parts}, status=200 if ready else 503
    )


def _part(ask: Callable[[], str]) -> dict[str, Any]:
    """`ask` returns what is missing, or "". Drivers differ in what they raise; any of it means: no answer."""
    try:
        missing = ask()
    except Exception as error:  # noqa: BLE001
        logger.warning("Not ready: %s", error)
        return {"ok": False, "detail": f"does not answer ({type(error).__name__})"}
    return {"ok": False, "detail": missing} if missing else {"ok": True}


def _ask_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _ask_redis() -> str:
    hub.client().ping()
    return ""


def _ask_workers() -> str:
    idle = sorted(NEEDED_QUEUES - served_queues())
    return f"no worker for {', '.join(idle)}" if idle else ""


urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
