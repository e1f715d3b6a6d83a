"""Comments on the plan's items: the box to write one in, and what waits for the next message."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from blueprints import comments, services
from blueprints.models import BlueprintComment
from studio.core.errors import InvalidInput, NotFound
from studio.workspace.errors import trigger_toast
from studio.workspace.replies import show
from studio.workspace.views import Look, looking


@login_required
@require_http_methods(["GET", "POST"])
def new_comment(request: HttpRequest, slug: str, item_id: str) -> HttpResponse:
    """The box of one item, and what was written into it."""
    look = looking(request, slug, role="editor")
    blueprint = services.ensure_blueprint(project=look.project)
    label = comments.label_of(blueprint.document, item_id)
    action = reverse("plan-comments", args=[slug, item_id])
    if request.method == "GET":
        return _ask(request, look, item_id, label, action)
    text = request.POST.get("text", "")
    try:
        comments.add(blueprint=blueprint, item_id=item_id, text=text, by=request.user)
    except InvalidInput as error:
        return _ask(request, look, item_id, label, action, text=text, error=error.message)
    answer = show(request, look, "comments")
    return trigger_toast(answer, title=f"Noted on {label}", text="It goes with your next message.")


@login_required
@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, slug: str, comment_id: uuid.UUID) -> HttpResponse:
    """A pending comment in its box again."""
    look = looking(request, slug, role="editor")
    found = _comment(look, comment_id)
    action = reverse("plan-comment", args=[slug, comment_id])
    if request.method == "GET":
        return _ask(request, look, str(found.pk), found.label, action, text=found.text)
    text = request.POST.get("text", "")
    try:
        comments.rewrite(comment=found, text=text, by=request.user)
    except InvalidInput as error:
        return _ask(request, look, str(found.pk), found.label, action, text=text, error=error.message)
    return show(request, look, "comments")


@login_required
@require_POST
def comment_removals(request: HttpRequest, slug: str, comment_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    comments.remove(comment=_comment(look, comment_id), by=request.user)
    return show(request, look, "comments")


def _ask(
    request: HttpRequest, look: Look, key: str, label: str, action: str, *, text: str = "", error: str = ""
) -> HttpResponse:
    template = "_comment_form.html" if request.htmx else "comment_page.html"  # type: ignore[attr-defined]
    context = {
        "project": look.project,
        "key": key,
        "label": label,
        "action": action,
        "text": text,
        "error": error,
    }
    return render(request, f"blueprints/plan/{template}", context)


def _comment(look: Look, comment_id: uuid.UUID) -> BlueprintComment:
    rows = BlueprintComment.objects.filter(blueprint__project=look.project).select_related("blueprint")
    found = rows.filter(pk=comment_id).first()
    if found is None:
        raise NotFound("There is no such comment in this project.")
    return found
