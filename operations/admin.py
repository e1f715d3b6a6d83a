"""Operations for operators: what runs, what it said, and the same cancel and retry as in the Studio."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from operations import services
from operations.models import IdempotencyKey, LedgerEntry, Operation, OperationEvent, OperationPhase
from studio.core.errors import OrchardError


class ReadOnly:
    """Rows that only the engine writes."""

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *_: object) -> bool:
        return False


class PhaseInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = OperationPhase
    fields = ("position", "slug", "status", "attempt", "message", "started_at", "completed_at", "error")


@admin.register(Operation)
class OperationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("type", "project_slug", "status", "current_phase", "created_at", "completed_at", "worker")
    list_filter = ("status", "type")
    search_fields = ("project_slug", "id")
    date_hierarchy = "created_at"
    list_select_related = ("project",)
    inlines = (PhaseInline,)
    actions = ("cancel", "retry")

    # Actions need it; the form itself stays read-only, as adding and deleting are refused.
    def has_change_permission(self, request: HttpRequest, *_: object) -> bool:
        return bool(request.user.is_staff)

    def get_readonly_fields(self, request: HttpRequest, obj: Operation | None = None) -> list[str]:
        return [field.name for field in Operation._meta.fields]

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Operation]) -> None:
        self._each(request, chosen, lambda operation: services.cancel(operation=operation, by=request.user))

    @admin.action(description="Retry from the failed phase")
    def retry(self, request: HttpRequest, chosen: QuerySet[Operation]) -> None:
        self._each(request, chosen, lambda operation: services.retry(operation=operation, by=request.user))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Operation], act: Callable[[Operation], Operation]
    ) -> None:
        for operation in chosen:
            try:
                act(operation)
            except OrchardError as error:
                self.message_user(request, f"{operation}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{operation}: done.", messages.SUCCESS)


@admin.register(OperationEvent)
class OperationEventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("operation_id", "seq", "event_type", "created_at")
    list_filter = ("event_type",)
    search_fields = ("operation__id",)
    show_full_result_count = False


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("item_id", "title", "status", "blueprint", "checked_at")
    list_filter = ("status",)
    list_select_related = ("blueprint",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "person", "operation", "created_at")
    list_select_related = ("person", "operation")
    search_fields = ("key", "operation__id")
