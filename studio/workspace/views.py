"""The start page and the three-pane workspace: frames that the apps' panes fill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio import catalog
from studio.access import Viewer, get_project, viewer_of, visible_projects
from studio.models import Project
from studio.workspace import slots
from studio.workspace.fragments import render_everything

SUGGESTIONS = (
    "A booking page for a hairdresser",
    "A seed bank: seeds with name, variety and count",
    "A photo feed for cats",
)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    projects = list(visible_projects(request.user))
    return render(
        request,
        "studio/home.html",
        {
            "section": "projects",
            "templates": catalog.templates(),
            "suggestions": SUGGESTIONS,
            "projects": projects,
            "digests": slots.digests(projects),
        },
    )


@login_required
@require_safe
def workspace(request: HttpRequest, slug: str) -> HttpResponse:
    look = looking(request, slug)
    return render(
        request,
        "workspace/page.html",
        {"project": look.project, "viewer": look.viewer, "projects": visible_projects(request.user)[:12]},
    )


@login_required
@require_safe
def fragments(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole current state, for a workspace whose socket is down."""
    look = looking(request, slug)
    return HttpResponse(render_everything(look.project, look.viewer))


@dataclass(frozen=True)
class Look:
    project: Project
    viewer: Viewer


def looking(request: HttpRequest, slug: str, *, role: Any = "viewer") -> Look:
    """Who looks at which project, and at which of its environments (`?environment=`).

    Raises NotFound to strangers, Forbidden when the role is too small.
    """
    project = get_project(request.user, slug, role=role)
    viewer = viewer_of(request.user, project)
    return Look(project, looking_at(viewer, request.GET.get("environment", "")))


def looking_at(viewer: Viewer, environment: str) -> Viewer:
    return replace(viewer, environment=environment) if environment in ("staging", "production") else viewer
