"""How a form inside the workspace answers: with fresh panes to HTMX, with the page to a plain browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from studio.workspace.fragments import render_topics
from studio.workspace.views import Look


def show(request: HttpRequest, look: Look, *topics: str) -> HttpResponse:
    """What the form changed. The same panes also come by push, so a lost socket costs nothing."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(render_topics(topics, look.project, look.viewer))
    return redirect(look.project)


def go(request: HttpRequest, to: str) -> HttpResponse:
    """Leave for another page, whoever asked."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return redirect(to)
