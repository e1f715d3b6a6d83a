"""Environments and releases to look at; they change through deployments only. Secrets are never shown."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from environments.models import Environment, Release


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Environment)
class EnvironmentAdmin(ReadOnlyAdmin):
    list_display = ["hostname", "project", "name", "current_release", "updated_at"]
    list_filter = ["name"]
    list_select_related = ["project", "current_release__environment"]
    search_fields = ["hostname", "project__name"]
    fields = ["project", "name", "hostname", "current_release", "created_at", "updated_at"]


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ["environment", "number", "short_commit", "status", "created_at", "live_at", "retired_at"]
    list_filter = ["status", "environment__name"]
    list_select_related = ["environment"]
    search_fields = ["environment__hostname", "commit"]
    fields = ["environment", "number", "commit", "status", "error", "created_at", "live_at", "retired_at"]

    @admin.display(description="commit")
    def short_commit(self, release: Release) -> str:
        return release.commit[:7]
