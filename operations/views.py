"""Pages of operations, and the forms that start, stop and repeat them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from blueprints.services import current_blueprint
from environments.panes import addresses
from operations import services
from operations.cards import card, cards, lines
from operations.first_words import begin
from operations.models import Operation
from studio import catalog
from studio.access import get_project
from studio.core.errors import Conflict, InvalidInput
from studio.workspace.replies import go, show
from studio.workspace.views import looking

PAGE_SIZE = 25
STATUSES = {
    "active": (Operation.Status.PENDING, Operation.Status.RUNNING),
    "failed": (Operation.Status.FAILED,),
    "done": (Operation.Status.SUCCEEDED, Operation.Status.CANCELLED),
}


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


@dataclass(frozen=True)
class Filter:
    value: str
    label: str


FILTERS = (Filter("", "All"), Filter("active", "Running"), Filter("failed", "Failed"), Filter("done", "Done"))


@login_required
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    chosen, project = request.GET.get("status", ""), request.GET.get("project", "")
    found = Paginator(_chosen(request, chosen, project), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "operations/list.html",
        {
            "section": "operations",
            "cards": cards(list(found.object_list)),
            "page": found,
            "filters": FILTERS,
            "status": chosen,
            "project_slug": project,
        },
    )


def _chosen(request: HttpRequest, status: str, project: str) -> QuerySet[Operation]:
    found = (
        services.visible_operations(request.user)
        .select_related("project", "blueprint")
        .order_by("-created_at")
    )
    if status in STATUSES:
        found = found.filter(status__in=STATUSES[status])
    if project:
        found = found.filter(project=get_project(request.user, project))
    return found


@login_required
@require_safe
def operation(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    found = services.get_operation(request.user, operation_id)
    page = {
        "section": "operations",
        "operation": card(found),
        "lines": lines(found),
        "project": found.project,
    }
    return render(request, "operations/detail.html", page)


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
