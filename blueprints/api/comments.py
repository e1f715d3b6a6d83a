"""Comments on items of a plan: written one by one, sent with the writer's next message."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from rest_framework.request import Request

from blueprints import comments
from blueprints.api.plans import get_blueprint
from blueprints.api.resources import CommentEdit, CommentResource, NewComment
from blueprints.models import BlueprintComment
from studio.api import ApiView, Page, PageQuery, endpoint, paginate
from studio.core.errors import NotFound


class CommentList(ApiView):
    @endpoint(query=PageQuery, returns=CommentResource, many=True, tags=["comments"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, query: PageQuery
    ) -> Page[CommentResource]:
        """List the comments on a plan's items, oldest first, pending and sent."""
        rows = get_blueprint(request, project, blueprint).comments.select_related("by")
        return paginate(rows, query, by="created_at").map(CommentResource.of)

    @endpoint(body=NewComment, returns=CommentResource, status=201, problems=[409], tags=["comments"])
    def post(self, request: Request, project: str, blueprint: uuid.UUID, body: NewComment) -> CommentResource:
        """Comment on an item. It goes to the Architect with your next message."""
        found = get_blueprint(request, project, blueprint, role="editor")
        return CommentResource.of(
            comments.add(blueprint=found, item_id=body.item_id, text=body.text, by=request.user)
        )


class CommentDetail(ApiView):
    @endpoint(returns=CommentResource, tags=["comments"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, comment: uuid.UUID
    ) -> CommentResource:
        """Read a comment."""
        return CommentResource.of(_comment(request, project, blueprint, comment))

    @endpoint(body=CommentEdit, returns=CommentResource, problems=[409], tags=["comments"])
    def patch(
        self, request: Request, project: str, blueprint: uuid.UUID, comment: uuid.UUID, body: CommentEdit
    ) -> CommentResource:
        """Reword a comment of yours that is still pending."""
        found = _comment(request, project, blueprint, comment, role="editor")
        return CommentResource.of(comments.rewrite(comment=found, text=body.text, by=request.user))

    @endpoint(status=204, problems=[409], tags=["comments"])
    def delete(
        self, request: Request, project: str, blueprint: uuid.UUID, comment: uuid.UUID
    ) -> HttpResponse:
        """Delete a comment of yours that is still pending."""
        comments.remove(
            comment=_comment(request, project, blueprint, comment, role="editor"), by=request.user
        )
        return HttpResponse(status=204)


def _comment(
    request: Request, project: str, blueprint: uuid.UUID, comment: uuid.UUID, *, role: str = "viewer"
) -> BlueprintComment:
    """Raises NotFound, Forbidden for too small a role."""
    rows = get_blueprint(request, project, blueprint, role=role).comments  # type: ignore[arg-type]
    found = rows.select_related("by", "blueprint").filter(pk=comment).first()
    if found is None:
        raise NotFound(f"This plan has no comment {comment}.")
    return found
