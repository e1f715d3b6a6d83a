"""The conversation's forms: a message and its references, a stop, a retry, a choice. Pages and pushes are the workspace's."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from blueprints import services
from blueprints.models import BlueprintMessage, BlueprintReference
from blueprints.references import choosing, given
from studio.core.errors import NotFound
from studio.models import Project
from studio.workspace.errors import trigger_toast
from studio.workspace.replies import show
from studio.workspace.views import looking


@login_required
@require_POST
def messages(request: HttpRequest, slug: str) -> HttpResponse:
    """What a person wrote to the Architect; the first message begins the plan. With `instead_of` it is an
    earlier message in other words."""
    look = looking(request, slug, role="editor")
    text = services.message_text(
        request.POST.get("text", ""), blueprint=services.current_blueprint(look.project), author=request.user
    )
    if instead_of := request.POST.get("instead_of", ""):
        services.resend_message(message=_message(look.project, instead_of), by=request.user, text=text)
        return show(request, look, "conversation", "blueprint")
    blueprint = services.ensure_blueprint(project=look.project)
    references, problems = given.from_form(
        blueprint=blueprint,
        by=request.user,
        item_ids=request.POST.getlist("reference"),
        files=request.FILES.getlist("file"),
        url=request.POST.get("url", ""),
    )
    services.send_message(blueprint=blueprint, author=request.user, text=text, references=references)
    for problem in problems:
        services.tell(blueprint=blueprint, text=problem)
    return show(request, look, "conversation", "comments")


@login_required
@require_POST
def references(request: HttpRequest, slug: str) -> HttpResponse:
    """Pages and pictures for the next message; they are looked at while it is being written."""
    look = looking(request, slug, role="editor")
    blueprint = services.ensure_blueprint(project=look.project)
    for file in request.FILES.getlist("file"):
        given.add_file(blueprint=blueprint, by=request.user, file=file)
    if url := request.POST.get("url", "").strip():
        found = given.add_url(blueprint=blueprint, by=request.user, url=url)
        if found.message_id is not None or found.by_id != request.user.pk:
            answer = show(request, look, "references")
            return trigger_toast(
                answer, title="This page is a reference already", text="It stands in the plan."
            )
    return show(request, look, "references")


@login_required
@require_POST
def reference_removals(request: HttpRequest, slug: str, reference_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    given.remove(_reference(look.project, reference_id))
    return show(request, look, "references")


@login_required
@require_POST
def reference_retries(request: HttpRequest, slug: str, reference_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    given.retry(_reference(look.project, reference_id))
    return show(request, look, "references")


@login_required
@require_POST
def intents(request: HttpRequest, slug: str) -> HttpResponse:
    """Match the reference exactly, or be inspired by it."""
    look = looking(request, slug, role="editor")
    blueprint = services.ensure_blueprint(project=look.project)
    choosing.choose_intent(blueprint=blueprint, intent=request.POST.get("intent", ""), by=request.user)
    return show(request, look, "blueprint", "conversation")


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


@login_required
@require_POST
def message_withdrawals(request: HttpRequest, slug: str, message_id: uuid.UUID) -> HttpResponse:
    look = looking(request, slug, role="editor")
    services.withdraw_message(message=_message(look.project, message_id))
    return show(request, look, "conversation", "references")


@login_required
@require_POST
def message_revivals(request: HttpRequest, slug: str, message_id: uuid.UUID) -> HttpResponse:
    """What was replaced counts again."""
    look = looking(request, slug, role="editor")
    services.bring_back(message=_message(look.project, message_id), by=request.user)
    return show(request, look, "conversation", "blueprint")


def _reply(project: Project, message_id: uuid.UUID) -> BlueprintMessage:
    reply = _message(project, message_id)
    if reply.role != BlueprintMessage.Role.ARCHITECT:
        raise NotFound("There is no such answer in this project.")
    return reply


def _message(project: Project, message_id: uuid.UUID | str) -> BlueprintMessage:
    try:
        message = BlueprintMessage.objects.filter(blueprint__project=project, pk=message_id).first()
    except ValidationError:
        message = None
    if message is None:
        raise NotFound("There is no such message in this project.")
    return message


def _reference(project: Project, reference_id: uuid.UUID) -> BlueprintReference:
    rows = BlueprintReference.objects.filter(blueprint__project=project).select_related("blueprint")
    reference = rows.filter(pk=reference_id).first()
    if reference is None:
        raise NotFound("There is no such reference in this project.")
    return reference
