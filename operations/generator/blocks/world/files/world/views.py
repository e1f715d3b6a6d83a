"""The world's page, and the stream it draws from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from .broadcast import broadcast
from .rules import RULES


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "world/world.html", {"rules": RULES})


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Snapshots of the world, several a second, as server-sent events."""
    return StreamingHttpResponse(
        broadcast.watch(),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
