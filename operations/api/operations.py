"""Operations over HTTP: starting, watching, stopping and repeating them."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from rest_framework.request import Request

from operations import listing, services
from operations.api import resources
from operations.api.lookup import blueprint_of
from operations.api.resources import EventResource, ListedOperation, OperationResource
from studio.access import get_project, require_scope
from studio.api import ApiView, Page, PageQuery, Wire, endpoint, idempotency_key, paginate
from studio.models import ApiKey


class NewOperation(Wire):
    """A build has `projectId` and `blueprintId`, a teardown `projectId`, a tree `treeName` and `vars`."""

    type: Literal["build", "teardown", "tree"]
    project_id: str | None = None
    blueprint_id: uuid.UUID | None = None
    tree_name: str | None = None
    vars: dict[str, Annotated[str, StringConstraints(max_length=2_000)] | bool | int | float] = {}

    @model_validator(mode="after")
    def _complete(self) -> NewOperation:
        if (self.type == "tree") == (self.project_id is not None):
            raise ValueError("projectId is needed, except for a tree")
        if (self.type == "build") != (self.blueprint_id is not None):
            raise ValueError("blueprintId is needed for a build, and for nothing else")
        if (self.type == "tree") != (self.tree_name is not None) or (self.vars and self.type != "tree"):
            raise ValueError("treeName is needed for a tree, and for nothing else; vars are a tree's")
        return self


class RetryOperation(Wire):
    from_phase: str | None = None


class OperationsQuery(PageQuery):
    """The page of operations takes the same."""

    project: str | None = Field(default=None, description="Id, slug or name.")
    status: str | None = Field(default=None, description="One or several, separated by commas.")
    type: str | None = Field(default=None, description="One or several, separated by commas.")
    q: str | None = Field(
        default=None, description="In the name of the project, plan or tree, or how the id begins."
    )
    since: str | None = Field(
        default=None, description="Asked for at or after a date, a time, or a span ago (24h, 7d)."
    )
    until: str | None = Field(
        default=None, description="Asked for before a time or a span ago, or up to the end of a date."
    )


class EventsQuery(PageQuery):
    after: int = Field(default=0, ge=0, description="Only events behind this sequence number.")


class OperationsView(ApiView):
    @endpoint(query=OperationsQuery, returns=ListedOperation, many=True, tags=["operations"])
    def get(self, request: Request, query: OperationsQuery) -> Page[ListedOperation]:
        """Operations of your projects, newest first, without their results."""
        filters = listing.required_filters(query.model_dump(include=set(listing.FIELDS)))
        page = listing.page(request.user, filters, limit=query.limit, cursor=query.cursor)
        return Page(resources.listed(page.items), page.next_cursor)

    @endpoint(
        body=NewOperation,
        returns=OperationResource,
        status=202,
        starts_work=True,
        problems=[409],
        tags=["operations"],
    )
    def post(self, request: Request, body: NewOperation) -> OperationResource:
        """Start work on a project, or a tree of the library, which acts as you do."""
        key = idempotency_key(request)
        if body.tree_name is not None:
            # What a tree reads, its outputs show: a key that may not read must not read by way of it.
            require_scope(request.user, request.auth, ApiKey.Scope.READ)
            return resources.operation(
                services.start_tree(
                    name=body.tree_name, variables=body.vars, by=request.user, idempotency_key=key
                )
            )
        if body.type == "teardown":
            project = get_project(request.user, str(body.project_id), role="owner")
            return resources.operation(
                services.start_teardown(project=project, by=request.user, idempotency_key=key)
            )
        project = get_project(request.user, str(body.project_id), role="editor")
        blueprint = blueprint_of(project, str(body.blueprint_id))
        return resources.operation(
            services.start_build(blueprint=blueprint, by=request.user, idempotency_key=key)
        )


class OperationView(ApiView):
    @endpoint(returns=OperationResource, tags=["operations"])
    def get(self, request: Request, operation_id: uuid.UUID) -> OperationResource:
        """One operation with its phases."""
        return resources.operation(services.get_operation(request.user, operation_id))


class EventsView(ApiView):
    @endpoint(query=EventsQuery, returns=EventResource, many=True, tags=["operations"])
    def get(self, request: Request, operation_id: uuid.UUID, query: EventsQuery) -> Page[EventResource]:
        """What happened, in order. `…/stream` has the same as it happens."""
        operation = services.get_operation(request.user, operation_id)
        page = paginate(operation.events.filter(seq__gt=query.after), query, by="seq")
        return Page([resources.event(row) for row in page.items], page.next_cursor)


class CancelView(ApiView):
    @endpoint(returns=OperationResource, status=202, problems=[409], tags=["operations"])
    def post(self, request: Request, operation_id: uuid.UUID) -> OperationResource:
        """Stop it: a waiting one at once, a running one within two seconds."""
        operation = services.movable_operation(request.user, operation_id)
        return resources.operation(services.cancel(operation=operation, by=request.user))


class RetryView(ApiView):
    @endpoint(body=RetryOperation, returns=OperationResource, status=202, problems=[409], tags=["operations"])
    def post(self, request: Request, operation_id: uuid.UUID, body: RetryOperation) -> OperationResource:
        """Continue a failed or cancelled operation from the phase that failed, or from `fromPhase`."""
        operation = services.movable_operation(request.user, operation_id)
        return resources.operation(
            services.retry(operation=operation, by=request.user, from_phase=body.from_phase)
        )
