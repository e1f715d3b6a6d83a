"""The conversation's forms: a message, a stop, a retry. Pages and pushes are the workspace's."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from blueprints import services
from blueprints.models import BlueprintMessage
from studio.core.errors import NotFound
from studio.models import Project
from studio.workspace.replies import show
from studio.workspace.views import looking


@login_required
@require_POST
def messages(request: HttpRequest, slug: str) -> HttpResponse:
    """What a person wrote to the Architect; the first message begins the plan."""
    look = looking(request, slug, role="editor")
    text = services.clean_text(request.POST.get("text", ""))
    blueprint = services.ensure_blueprint(project=look.project)
    services.send_message(blueprint=blueprint, author=request.user, text=text)
    return show(request, look, "conversation")


@login_required
@require_POST
def message_stops(request: HttpRequest, slug: str, message_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    services.stop_reply(reply=_reply(look.project, message_id))
    return show(request, look, "conversation")


@login_required
@require_POST
def message_retries(request: HttpRequest, slug: str, message_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    services.retry_reply(reply=_reply(look.project, message_id))
    return show(request, look, "conversation")


def _reply(project: Project, message_id: uuid.UUID) -> BlueprintMessage:
    rows = BlueprintMessage.objects.filter(blueprint__project=project, role=BlueprintMessage.Role.ARCHITECT)
    reply = rows.filter(pk=message_id).first()
    if reply is None:
        raise NotFound("There is no such message in this project.")
    return reply
