"""`GET /api/templates`: what a project can start as."""

from __future__ import annotations

from rest_framework.request import Request

from studio import catalog
from studio.api.endpoint import ApiView, endpoint
from studio.api.pagination import Page
from studio.api.wire import Wire


class TemplateResource(Wire):
    """One template; `slug` is what `POST /api/projects` takes as `template`."""

    slug: str
    title: str
    tagline: str
    description: str
    components: list[str]
    prompts: list[str]
    style: str


class TemplateList(ApiView):
    @endpoint(returns=TemplateResource, many=True, tags=["templates"])
    def get(self, request: Request) -> Page[TemplateResource]:
        """List the templates."""
        return Page(
            [
                TemplateResource(
                    slug=template.slug,
                    title=template.title,
                    tagline=template.tagline,
                    description=template.description,
                    components=list(template.components),
                    prompts=list(template.prompts),
                    style=template.style,
                )
                for template in catalog.templates()
            ]
        )
