"""Projects over HTTP: spawning, building, deleting them, and what they came to."""

from __future__ import annotations

from django.http import FileResponse, HttpResponseBase
from rest_framework.request import Request

from operations import services
from operations.api import resources
from operations.api.lookup import blueprint_of
from operations.api.resources import LedgerResource, OperationResource, ProjectResource
from studio.access import get_project, visible_projects
from studio.api import ApiView, Page, PageQuery, Wire, endpoint, idempotency_key, paginate
from studio.core import git
from studio.core.errors import NotFound


class NewProject(Wire):
    name: str
    template: str = "blank-service"


class ProjectsView(ApiView):
    @endpoint(query=PageQuery, returns=ProjectResource, many=True, tags=["projects"])
    def get(self, request: Request, query: PageQuery) -> Page[ProjectResource]:
        """The projects you are a member of, newest first."""
        page = paginate(visible_projects(request.user), query, by="-created_at")
        return Page(resources.projects(page.items), page.next_cursor)

    @endpoint(
        body=NewProject,
        returns=ProjectResource,
        status=201,
        starts_work=True,
        problems=[409],
        tags=["projects"],
    )
    def post(self, request: Request, body: NewProject) -> ProjectResource:
        """Make a project; `operationId` is the operation that brings it to life."""
        project, _ = services.start_project(
            name=body.name, template=body.template, by=request.user, idempotency_key=idempotency_key(request)
        )
        return resources.projects([project])[0]


class ProjectView(ApiView):
    @endpoint(returns=ProjectResource, tags=["projects"])
    def get(self, request: Request, project: str) -> ProjectResource:
        """One project, by id, slug or name."""
        return resources.projects([get_project(request.user, project)])[0]

    @endpoint(returns=OperationResource, status=202, starts_work=True, tags=["projects"])
    def delete(self, request: Request, project: str) -> OperationResource:
        """Delete the project and everything it has, after stopping what runs for it."""
        found = get_project(request.user, project, role="owner")
        operation = services.start_teardown(
            project=found, by=request.user, idempotency_key=idempotency_key(request)
        )
        return resources.operation(operation)


class BuildsView(ApiView):
    @endpoint(returns=OperationResource, status=202, starts_work=True, problems=[409], tags=["blueprints"])
    def post(self, request: Request, project: str, blueprint: str) -> OperationResource:
        """Build the plan as it is and bring it to staging. While it is not ready: 409 with `blockers`."""
        found = get_project(request.user, project, role="editor")
        operation = services.start_build(
            blueprint=blueprint_of(found, blueprint),
            by=request.user,
            idempotency_key=idempotency_key(request),
        )
        return resources.operation(operation)


class LedgerView(ApiView):
    @endpoint(query=PageQuery, returns=LedgerResource, many=True, tags=["projects"])
    def get(self, request: Request, project: str, query: PageQuery) -> Page[LedgerResource]:
        """Every item of the plan: met, partial or unmet, with its code and its test."""
        rows = services.project_ledger(get_project(request.user, project))
        page = paginate(rows, query, by="id")
        return Page([resources.ledger_entry(row) for row in page.items], page.next_cursor)


class ArchiveView(ApiView):
    @endpoint(media_type="application/zip", tags=["projects"])
    def get(self, request: Request, project: str) -> HttpResponseBase:
        """The repository's files as a zip."""
        found = get_project(request.user, project)
        repository = git.repository(found.pk)
        commit = repository.head("main") if repository.path.is_dir() else None
        if commit is None:
            raise NotFound("The project has no code yet.", code="no_code")
        chunks = repository.archive(commit, prefix=f"{found.slug}/")
        response = FileResponse(chunks, content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{found.slug}.zip"'
        return response
