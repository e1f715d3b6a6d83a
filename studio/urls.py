"""The Studio's addresses; each app brings its own, included by string."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("studio.workspace.urls")),
    path("", include("blueprints.urls")),
    path("", include("environments.urls")),
    path("", include("operations.urls")),
    path("", include("studio.sign_in")),
    path("", include("studio.health")),
    path("api/", include("studio.api_urls")),
    path("admin/", admin.site.urls),
]
