"""References of a plan: pages and pictures to take the design from, and the pictures made of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request

from blueprints.api.plans import get_blueprint
from blueprints.api.resources import (
    PICTURES,
    NewReference,
    NewUpload,
    ReferenceInput,
    ReferenceResource,
)
from blueprints.models import Blueprint, BlueprintReference
from blueprints.references import given
from blueprints.references.addresses import normal_url
from studio.api import ApiView, Page, PageQuery, endpoint, paginate
from studio.core.errors import InvalidInput, NotFound


class ReferenceList(ApiView):
    parser_classes = [JSONParser, MultiPartParser]

    @endpoint(query=PageQuery, returns=ReferenceResource, many=True, tags=["references"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, query: PageQuery
    ) -> Page[ReferenceResource]:
        """List the references of a plan, oldest first."""
        rows = get_blueprint(request, project, blueprint).given_references.defer("facts")
        rows = rows.select_related("blueprint").prefetch_related("comparisons")
        return paginate(rows, query, by="created_at").map(ReferenceResource.of)

    @endpoint(
        body=NewReference,
        upload=NewUpload,
        returns=ReferenceResource,
        status=201,
        problems=[409],
        tags=["references"],
    )
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, body: NewReference | NewUpload
    ) -> ReferenceResource:
        """Give a page or a picture.

        A page as JSON, a picture as multipart/form-data. It is looked at in the background: `tokens` are
        there once `status` is captured. Name its `id` as an `upload` of a message to speak about it.
        """
        found = get_blueprint(request, project, blueprint, role="editor")
        if isinstance(body, NewUpload):
            return ReferenceResource.of(given.add_file(blueprint=found, by=request.user, file=body.file))
        return ReferenceResource.of(given.add_url(blueprint=found, by=request.user, url=body.url))


class ReferenceDetail(ApiView):
    @endpoint(returns=ReferenceResource, tags=["references"])
    def get(self, request: Request, project: str, blueprint: uuid.UUID, reference: str) -> ReferenceResource:
        """Read a reference."""
        return ReferenceResource.of(_find(get_blueprint(request, project, blueprint), reference))

    @endpoint(status=204, tags=["references"])
    def delete(self, request: Request, project: str, blueprint: uuid.UUID, reference: str) -> HttpResponse:
        """Remove a reference with its pictures. What the plan took over from it stays."""
        given.remove(_find(get_blueprint(request, project, blueprint, role="editor"), reference))
        return HttpResponse(status=204)


class Retry(ApiView):
    @endpoint(returns=ReferenceResource, problems=[409], tags=["references"])
    def post(self, request: Request, project: str, blueprint: uuid.UUID, reference: str) -> ReferenceResource:
        """Look again at a reference that failed."""
        found = _find(get_blueprint(request, project, blueprint, role="editor"), reference)
        given.retry(found)
        return ReferenceResource.of(found)


class Picture(ApiView):
    @endpoint(media_type="image/webp", tags=["references"])
    def get(
        self, request: Request, project: str, blueprint: uuid.UUID, reference: str, picture: str
    ) -> HttpResponse:
        """Read a picture of a reference: `thumbnail`, `desktop` or `phone`; `built` or `built-thumbnail` of
        what the last build made."""
        row = _find(get_blueprint(request, project, blueprint), reference)
        data = given.picture(row, picture) if picture in (*PICTURES, *given.BUILT_PICTURES) else None
        if data is None:
            raise NotFound(f"Reference {reference} has no picture “{picture}”.")
        return HttpResponse(
            data,
            content_type="image/webp",
            headers={
                "Cache-Control": "private, max-age=86400",
                "Content-Disposition": f'inline; filename="{picture}.webp"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cross-Origin-Resource-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )


def given_with(blueprint: Blueprint, by: Any, inputs: Sequence[ReferenceInput]) -> list[BlueprintReference]:
    """The references of a message. All are checked before the first is stored.

    Raises InvalidInput with a pointer to the one that is wrong, NotFound, Conflict for too many.
    """
    if len(inputs) > given.MOST_PER_MESSAGE:
        raise given.too_many()
    for index, item in enumerate(inputs):
        if item.type == "url":
            _check_address(item.source, index)
    uploads = given.find(blueprint, [item.upload for item in inputs if item.type == "screenshot"])
    by_item = {row.item_id: row for row in uploads}
    return [
        given.add_url(blueprint=blueprint, by=by, url=item.source)
        if item.type == "url"
        else by_item[item.upload]
        for item in inputs
    ]


def _check_address(source: str, index: int) -> None:
    try:
        normal_url(source)
    except InvalidInput as error:
        mistake = {"pointer": f"#/references/{index}/source", "message": error.message}
        raise InvalidInput(error.message, code=error.code, errors=[mistake]) from None


def _find(blueprint: Blueprint, item_id: str) -> BlueprintReference:
    return given.find(blueprint, [item_id])[0]
