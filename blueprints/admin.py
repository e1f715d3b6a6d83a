"""Blueprints and conversations for operators: to look at, and to stop or retry a reply as in the Studio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from blueprints import metering, services
from blueprints.models import (
    Blueprint,
    BlueprintComment,
    BlueprintMessage,
    BlueprintReference,
    ModelCall,
    ReferenceComparison,
)
from blueprints.references import given
from studio.core.errors import OrchardError


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Documents and messages change by the conversation's rules only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Actions need this permission; the form itself is shown read-only.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Blueprint)
class BlueprintAdmin(LookOnly):
    list_display = (
        "feature_name",
        "project",
        "status",
        "version",
        "built_version",
        "ready_to_build",
        "updated_at",
    )
    list_filter = ("status", "ready_to_build")
    list_select_related = ("project",)
    search_fields = ("feature_name", "project__name", "project__slug", "id")


@admin.register(BlueprintMessage)
class BlueprintMessageAdmin(LookOnly):
    list_display = (
        "blueprint",
        "number",
        "role",
        "status",
        "opening",
        "attempt",
        "created_at",
        "completed_at",
    )
    list_filter = ("status", "role")
    list_select_related = ("blueprint",)
    search_fields = ("blueprint__feature_name", "blueprint__project__slug", "id")
    ordering = ("-created_at",)
    exclude = ("blueprint_snapshot",)
    actions = ("stop", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlueprintMessage]:
        return super().get_queryset(request).defer("blueprint_snapshot")

    @admin.display(description="content")
    def opening(self, message: BlueprintMessage) -> str:
        return message.content[:80]

    @admin.action(description="Stop the selected replies", permissions=["change"])
    def stop(self, request: HttpRequest, replies: QuerySet[BlueprintMessage]) -> None:
        self._each(request, replies, lambda reply: services.stop_reply(reply=reply))

    @admin.action(description="Retry the selected replies", permissions=["change"])
    def retry(self, request: HttpRequest, replies: QuerySet[BlueprintMessage]) -> None:
        self._each(request, replies, lambda reply: services.retry_reply(reply=reply))

    def _each(
        self,
        request: HttpRequest,
        replies: QuerySet[BlueprintMessage],
        act: Callable[[BlueprintMessage], object],
    ) -> None:
        for reply in replies:
            try:
                act(reply)
            except OrchardError as error:
                messages.error(request, f"{reply}: {error.message}")


@admin.register(BlueprintComment)
class BlueprintCommentAdmin(LookOnly):
    list_display = ("blueprint", "item_id", "label", "by", "text", "message", "created_at")
    list_select_related = ("blueprint", "by", "message")
    search_fields = ("blueprint__feature_name", "blueprint__project__slug", "label", "text")
    ordering = ("-created_at",)


@admin.register(ModelCall)
class ModelCallAdmin(LookOnly):
    """What Claude cost: every call, the failed and corrected ones too."""

    list_display = (
        "started_at",
        "project_slug",
        "model",
        "status",
        "error",
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "cost",
        "attempts",
    )
    list_filter = ("status", "error", "model")
    date_hierarchy = "started_at"
    search_fields = ("project_slug", "request_id", "message__id", "model")
    ordering = ("-started_at",)
    raw_id_fields = ("project", "blueprint", "message")

    @admin.display(description="cost", ordering="cost_micros")
    def cost(self, call: ModelCall) -> str:
        if call.cost_micros is None:
            return "unknown"
        return f"{'about ' if call.estimated else ''}{metering.dollars(call.cost_micros)}"


@admin.register(BlueprintReference)
class BlueprintReferenceAdmin(LookOnly):
    list_display = ("source", "blueprint", "kind", "status", "attempt", "created_at", "completed_at")
    list_filter = ("status", "kind")
    list_select_related = ("blueprint",)
    search_fields = ("source", "title", "blueprint__feature_name", "id")
    actions = ("look_again",)

    @admin.action(description="Look at it again")
    def look_again(self, request: HttpRequest, queryset: QuerySet[BlueprintReference]) -> None:
        for reference in queryset:
            try:
                given.retry(reference)
            except OrchardError as error:
                messages.error(request, f"{reference}: {error.message}")
            else:
                messages.success(request, f"{reference}: queued.")


@admin.register(ReferenceComparison)
class ReferenceComparisonAdmin(LookOnly):
    list_display = ("reference", "build", "status", "score", "attempt", "created_at", "completed_at")
    list_filter = ("status",)
    list_select_related = ("reference",)
