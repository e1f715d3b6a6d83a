"""The plan's history: its versions, one of them, two of them compared, one brought back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from blueprints import services, store
from blueprints.models import Blueprint
from blueprints.plan import pane, versions
from studio.core.errors import NotFound
from studio.models import Project
from studio.workspace.errors import trigger_toast
from studio.workspace.replies import show
from studio.workspace.views import looking


@login_required
@require_safe
def version_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, and what changed between two: `?from=3&to=7`, the newest and the one before unless said."""
    look = looking(request, slug)
    blueprint = _plan(look.project)
    cards = versions.of(blueprint)
    newest = cards[0].number if cards else 0
    chosen = _number(request, "to", newest)
    earlier = next((card.number for card in cards if card.number < chosen), 0)
    since = _number(request, "from", earlier)
    context: dict[str, Any] = {
        "project": look.project,
        "viewer": look.viewer,
        "cards": cards,
        "since": since,
        "chosen": chosen,
        "current": blueprint.version,
        "differences": versions.differences(
            store.document_at(blueprint, since), store.document_at(blueprint, chosen)
        ),
    }
    return render(request, "blueprints/plan/versions.html", context)


@login_required
@require_safe
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The plan as it stood, to look at."""
    look = looking(request, slug)
    blueprint = _plan(look.project)
    made = services.version_of(blueprint, number)
    context = {
        "project": look.project,
        "viewer": replace(look.viewer, role="viewer"),
        "may_restore": look.viewer.may_edit and number != blueprint.version,
        "made": made,
        "current": blueprint.version,
        "pane": pane.as_it_stood(blueprint, number),
    }
    return render(request, "blueprints/plan/version.html", context)


@login_required
@require_POST
def restorations(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Bring a version back as a new one; `?from=` is the version it undoes, where nothing else may be lost."""
    look = looking(request, slug, role="editor")
    blueprint = _plan(look.project)
    expected = _number(request, "from", -1)
    restored = services.restore_version(
        blueprint=blueprint, number=number, by=request.user, version=None if expected < 0 else expected
    )
    answer = show(request, look, "blueprint", "conversation")
    if restored.version == blueprint.version:
        return answer
    undo = reverse("plan-restorations", args=[look.project.slug, blueprint.version])
    title = "Undone" if expected >= 0 else f"Version {number} is back"
    return trigger_toast(answer, title=title, undo=f"{undo}?from={restored.version}")


def _plan(project: Project) -> Blueprint:
    """Raises NotFound."""
    blueprint = services.current_blueprint(project)
    if blueprint is None:
        raise NotFound("Nothing is planned yet.")
    return blueprint


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    sent = request.GET.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else otherwise
