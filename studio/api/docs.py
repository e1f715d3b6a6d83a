"""The OpenAPI document, and the page that lets people try it."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML when asked for."""

    permission_classes = ()
    authentication_classes = ()


class DocumentationView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its script is a second request, so that no script is inline."""

    permission_classes = ()
    authentication_classes = ()
    template_name = "studio/api_docs.html"
