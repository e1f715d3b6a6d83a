"""The API's addresses: each app brings its own, included by string; what nobody answers is a problem document."""

from django.urls import include, path, re_path

from studio.api.docs import DocumentationView, SchemaView
from studio.api.problems import unknown_address
from studio.api.templates import TemplateList

urlpatterns = [
    path("templates", TemplateList.as_view()),
    path("", include("blueprints.api_urls")),
    path("", include("operations.api_urls")),
    re_path(r"^schema/?$", SchemaView.as_view(), name="api-schema"),
    re_path(r"^docs/?$", DocumentationView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"^", unknown_address),
]
