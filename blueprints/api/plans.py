"""Plans: list, create, read, edit, delete, versions."""

from __future__ import annotations

import re
import uuid

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from blueprints import services
from blueprints.api.resources import (
    BlueprintEdit,
    BlueprintResource,
    MessageResource,
    NewBlueprint,
    RestoreInput,
    VersionDetail,
    VersionResource,
    with_references,
)
from blueprints.models import Blueprint
from studio import access
from studio.api import ApiView, Page, PageQuery, endpoint, paginate
from studio.core.errors import Conflict, NotFound


def get_blueprint(
    request: Request, project: str, blueprint: uuid.UUID, *, role: access.Role = "viewer"
) -> Blueprint:
    """Raises NotFound for strangers and for another project's blueprint, Forbidden for too small a role."""
    found = access.get_project(request.user, project, role=role).blueprints.filter(pk=blueprint).first()
    if found is None:
        raise NotFound(f"This project has no blueprint {blueprint}.")
    return found


class BlueprintList(ApiView):
    @endpoint(query=PageQuery, returns=BlueprintResource, many=True, tags=["blueprints"])
    def get(self, request: Request, project: str, query: PageQuery) -> Page[BlueprintResource]:
        """List the blueprints of a project, newest first."""
        rows = with_references(access.get_project(request.user, project).blueprints)
        return paginate(rows, query, by="-created_at").map(BlueprintResource.of)

    @endpoint(body=NewBlueprint, returns=BlueprintResource, status=201, problems=[409], tags=["blueprints"])
    def post(self, request: Request, project: str, body: NewBlueprint) -> BlueprintResource:
        """Begin a blueprint."""
        owner = access.get_project(request.user, project, role="editor")
        blueprint = services.create_blueprint(project=owner, feature_name=body.feature_name)
        return BlueprintResource.of(blueprint)


class BlueprintDetail(ApiView):
    @endpoint(returns=BlueprintResource, tags=["blueprints"])
    def get(self, request: Request, project: str, blueprint: uuid.UUID) -> Response:
        """Read a blueprint. `ETag` is its version, for `If-Match`."""
        return _tagged(get_blueprint(request, project, blueprint))

    @endpoint(body=BlueprintEdit, returns=BlueprintResource, problems=[409], tags=["blueprints"])
    def patch(self, request: Request, project: str, blueprint: uuid.UUID, body: BlueprintEdit) -> Response:
        """Edit a blueprint by hand.

        Needs the `version` that was edited, in the body or as `If-Match`. Without it, or when somebody
        was faster, answers 409 with the current document as `blueprint`.
        """
        found = get_blueprint(request, project, blueprint, role="editor")
        version = body.version if body.version is not None else _if_match(request)
        if version is None:
            message = "Say which version you edited: `version` in the body, or the header If-Match."
            raise Conflict(message, code="version_required", blueprint=_wire(found))
        try:
            document = body.applied_to(found.document)
            edited = services.edit_document(
                blueprint=found, version=version, document=document, by=request.user
            )
        except Conflict as error:
            found.refresh_from_db()
            raise Conflict(error.message, code=error.code, blueprint=_wire(found)) from error
        return _tagged(edited)

    @endpoint(status=204, problems=[409], tags=["blueprints"])
    def delete(self, request: Request, project: str, blueprint: uuid.UUID) -> HttpResponse:
        """Delete a blueprint with its conversation."""
        services.delete_blueprint(blueprint=get_blueprint(request, project, blueprint, role="editor"))
        return HttpResponse(status=204)


class MessageList(ApiView):
    @endpoint(query=PageQuery, returns=MessageResource, many=True, tags=["blueprints"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, query: PageQuery
    ) -> Page[MessageResource]:
        """List the conversation, oldest first."""
        messages = get_blueprint(request, project, blueprint).messages
        rows = messages.select_related("author").prefetch_related("model_calls").defer("blueprint_snapshot")
        return paginate(rows, query, by="number").map(MessageResource.of)


class VersionList(ApiView):
    @endpoint(query=PageQuery, returns=VersionResource, many=True, tags=["blueprints"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, query: PageQuery
    ) -> Page[VersionResource]:
        """List the versions of the plan, newest first."""
        messages = get_blueprint(request, project, blueprint).messages.exclude(blueprint_version=None)
        rows = messages.select_related("author").defer("blueprint_snapshot")
        return paginate(rows, query, by="-number").map(VersionResource.of)


class Version(ApiView):
    @endpoint(returns=VersionDetail, tags=["blueprints"])
    def get(self, request: Request, project: str, blueprint: uuid.UUID, number: int) -> VersionDetail:
        """Read one version of the plan."""
        return VersionDetail.of(services.version_of(get_blueprint(request, project, blueprint), number))


class Restoration(ApiView):
    @endpoint(body=RestoreInput, returns=BlueprintResource, problems=[409], tags=["blueprints"])
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, number: int, body: RestoreInput
    ) -> BlueprintResource:
        """Bring a version back, as a new one."""
        found = get_blueprint(request, project, blueprint, role="editor")
        restored = services.restore_version(
            blueprint=found, number=number, by=request.user, version=body.version
        )
        return BlueprintResource.of(restored)


def _tagged(blueprint: Blueprint) -> Response:
    return Response({"data": _wire(blueprint)}, headers={"ETag": f'"{blueprint.version}"'})


def _wire(blueprint: Blueprint) -> dict[str, object]:
    return BlueprintResource.of(blueprint).model_dump(by_alias=True, mode="json")


def _if_match(request: Request) -> int | None:
    """The version in `If-Match: "7"`; None without the header, or when it is none of our tags."""
    match = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', request.headers.get("If-Match", "").strip())
    return int(match[1]) if match else None
