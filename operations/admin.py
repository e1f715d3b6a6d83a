"""Operations for operators: what runs, what it said, and the same cancel and retry as in the Studio.

Nothing here counts or scans all rows: pages are counted up to a bound, events are read by their number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property

from operations import services
from operations.engine.sweeper import sweep
from operations.listing import brief, key_span, named
from operations.models import (
    IdempotencyKey,
    LedgerEntry,
    MetricIncrement,
    Operation,
    OperationEvent,
    OperationPhase,
)
from studio.core.errors import OrchardError
from studio.models import Project

COUNTED = 10_000
EVENTS_SHOWN = 100


class ReadOnly:
    """Rows that only the engine writes."""

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: object) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *_: object) -> bool:
        return False


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `COUNTED`: whoever wants older rows filters."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[:COUNTED].count()


class PhaseInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = OperationPhase
    fields = ("position", "slug", "status", "attempt", "message", "started_at", "completed_at", "error")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperationPhase]:
        return super().get_queryset(request).defer("checkpoint")


@admin.register(Operation)
class OperationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        *("type", "project_slug", "status", "current_phase", "requested_by"),
        *("created_at", "took", "worker"),
    )
    list_filter = ("status", "type", ("created_at", admin.DateFieldListFilter))
    search_fields = ("project_slug",)
    search_help_text = "The name of a project, or how an id begins."
    ordering = ("-created_at", "-pk")
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    inlines = (PhaseInline,)
    actions = ("cancel", "retry", "sweep")

    # Actions need it; the form itself stays read-only, as adding and deleting are refused.
    def has_change_permission(self, request: HttpRequest, *_: object) -> bool:
        return bool(request.user.has_perm("operations.change_operation"))

    def get_readonly_fields(self, request: HttpRequest, obj: Operation | None = None) -> list[str]:
        return [field.name for field in Operation._meta.fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        rows = super().get_queryset(request)
        listed = request.resolver_match is not None and request.resolver_match.url_name == (
            "operations_operation_changelist"
        )
        return brief(rows) if listed else rows.select_related("project", "blueprint", "requested_by")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Operation], search_term: str
    ) -> tuple[QuerySet[Operation], bool]:
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        projects = [*Project.objects.filter(named(term)).values_list("pk", flat=True)]
        wanted = Q(project_id__in=projects) | Q(project=None, project_slug__istartswith=term)
        if span := key_span(term):
            wanted |= Q(pk__range=span)
        return queryset.filter(wanted), False

    @admin.display(description="took")
    def took(self, operation: Operation) -> timedelta | None:
        if operation.started_at is None:
            return None
        took = (operation.completed_at or timezone.now()) - operation.started_at
        return timedelta(seconds=int(took.total_seconds()))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With a page of events, the newest first; `?before=` is the number of the event it ends at."""
        before = request.GET.get("before", "")
        number = int(before) if before.isdecimal() and len(before) < 10 else None
        context = (extra_context or {}) | {"events": self._events(object_id, number)}
        return super().change_view(request, object_id, form_url, context)

    def _events(self, object_id: str, before: int | None) -> list[OperationEvent]:
        try:
            rows = OperationEvent.objects.filter(operation=object_id)
        except (ValueError, TypeError):
            return []
        rows = rows if before is None else rows.filter(seq__lt=before)
        return list(rows.order_by("-seq")[:EVENTS_SHOWN])

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Operation]) -> None:
        self._each(request, chosen, lambda operation: services.cancel(operation=operation, by=request.user))

    @admin.action(description="Retry from the failed phase")
    def retry(self, request: HttpRequest, chosen: QuerySet[Operation]) -> None:
        self._each(request, chosen, lambda operation: services.retry(operation=operation, by=request.user))

    @admin.action(description="Sweep: put back into the line what was lost, whatever is chosen")
    def sweep(self, request: HttpRequest, chosen: QuerySet[Operation]) -> None:
        swept = sweep()
        told = f"{swept.requeued} put back, {swept.failed} given up, {swept.dispatched} sent again."
        self.message_user(request, told, messages.SUCCESS)

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


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("item_id", "title", "status", "blueprint", "checked_at")
    list_filter = ("status",)
    list_select_related = ("blueprint",)
    paginator = BoundedPaginator
    show_full_result_count = False


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "person", "operation", "created_at")
    list_select_related = ("person", "operation")
    search_fields = ("key", "operation__id")
    paginator = BoundedPaginator
    show_full_result_count = False


@admin.register(MetricIncrement)
class MetricIncrementAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What `/metrics` adds up; few rows, as they are folded all the time."""

    list_display = ("name", "labels", "value")
    list_filter = ("name",)
    show_full_result_count = False
