"""Pages of operations, and the forms that start, stop and repeat them."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from blueprints.services import current_blueprint
from environments.panes import addresses
from operations import services
from operations.first_words import begin
from operations.models import Operation
from operations.pages import list_page
from operations.timeline import log_text, story
from studio import catalog
from studio.access import get_project
from studio.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from studio.workspace.replies import go, show
from studio.workspace.views import looking

# Starting


@login_required
@require_POST
def projects(request: HttpRequest) -> HttpResponse:
    """A project from a sentence on the start page."""
    project = begin(text=request.POST.get("text", ""), by=request.user)
    return go(request, project.get_absolute_url())


@login_required
@require_http_methods(["GET", "POST"])
def new_project(request: HttpRequest, template: str) -> HttpResponse:
    """A project from a template: all it needs is a name."""
    chosen = catalog.template(template)
    page = {
        "section": "projects",
        "template": chosen,
        "domain": settings.ORCHARD_DOMAIN,
        "name": chosen.title,
        "sending": uuid.uuid4(),
    }
    if request.method == "GET":
        return render(request, "studio/new_project.html", page)
    name = request.POST.get("name", "")
    try:
        project, _ = services.start_project(
            name=name, template=chosen.slug, by=request.user, idempotency_key=_sending(request, name)
        )
    except (Conflict, InvalidInput) as error:
        page |= {"error": error.message, "name": error.details.get("suggestion") or name}
        return render(request, "studio/new_project.html", page, status=error.status)
    return go(request, project.get_absolute_url())


def _sending(request: HttpRequest, name: str) -> str | None:
    """What makes a form that was sent twice, by a double click, one request."""
    try:
        form = uuid.UUID(request.POST.get("sending", ""))
    except ValueError:
        return None
    return f"{form} {hashlib.sha256(name.encode()).hexdigest()}"


@login_required
@require_POST
def builds(request: HttpRequest, slug: str) -> HttpResponse:
    look = looking(request, slug, role="editor")
    blueprint = current_blueprint(look.project)
    if blueprint is None:
        raise Conflict("There is no plan yet. Tell the Architect what to build.", code="not_ready")
    services.start_build(blueprint=blueprint, by=request.user)
    return show(request, look, "operation", "blueprint")


@login_required
@require_http_methods(["GET", "POST"])
def deletion(request: HttpRequest, slug: str) -> HttpResponse:
    """A project's end, asked for by its owner after reading what goes with it."""
    project = get_project(request.user, slug, role="owner")
    if request.method == "GET":
        page = {
            "section": "projects",
            "project": project,
            "environments": addresses([project]).get(project.pk, ()),
        }
        return render(request, "operations/deletion.html", page)
    ending = services.start_teardown(project=project, by=request.user)
    return go(request, reverse("operation", args=[ending.pk]))


# Looking


@login_required
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    try:
        page = list_page(request.user, request.GET.dict())
    except (NotFound, InvalidInput) as error:
        error.details |= {"action": reverse("operations"), "label": "Show all operations"}
        raise
    response = _page_or_fragment(request, "operations/list.html", "operations/_list.html", {"page": page})
    if request.htmx.trigger == "filters":  # type: ignore[attr-defined]
        response.headers["HX-Push-Url"] = page.address
    return response


@login_required
@require_safe
def operation(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """`?before=` shows what came in front of that event, for operations that said more than fits."""
    found = services.get_operation(request.user, operation_id)
    before = _event(request.GET.get("before"))
    page = {
        "story": story(found, before=before),
        "before": before,
        "project": found.project,
        "may_move": _may_move(request, found),
    }
    return _page_or_fragment(request, "operations/detail.html", "operations/_operation.html", page)


@login_required
@require_safe
def operation_log(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """Everything it said, as a file."""
    found = services.get_operation(request.user, operation_id)
    response = HttpResponse(log_text(found), content_type="text/plain; charset=utf-8")
    name = f"{found.project_slug or 'orchard'}-{found.type}-{str(found.pk)[:8]}.log"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any]
) -> HttpResponse:
    """The fragment for HTMX, unless it brings a whole page back from the history."""
    htmx = request.htmx  # type: ignore[attr-defined]
    template = fragment if htmx and not htmx.history_restore_request else page
    response = render(request, template, {"section": "operations", **context})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _event(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput("“before” must be the number of an event of this operation.")
    return int(text)


def _may_move(request: HttpRequest, found: Operation) -> bool:
    try:
        services.movable_operation(request.user, found.pk)
    except Forbidden:
        return False
    return True


# Moving


@login_required
@require_POST
def operation_cancellations(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    found = services.movable_operation(request.user, operation_id)
    services.cancel(operation=found, by=request.user)
    return _moved(request, found)


@login_required
@require_POST
def operation_retries(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    found = services.movable_operation(request.user, operation_id)
    services.retry(operation=found, by=request.user, from_phase=request.POST.get("from_phase") or None)
    return _moved(request, found)


def _moved(request: HttpRequest, found: Operation) -> HttpResponse:
    """Back to where the button was: the workspace's panes, or the operation's page."""
    if found.project is not None and "/projects/" in request.headers.get("HX-Current-URL", ""):
        return show(request, looking(request, found.project.slug), "operation", "blueprint", "project")
    return go(request, reverse("operation", args=[found.pk]))
