from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from jobs.models import Heartbeat, Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ["name", "status", "attempts", "run_at", "finished_at", "result"]
    list_filter = ["status", "name"]
    search_fields = ["name", "error"]
    readonly_fields = [field.name for field in Job._meta.fields]
    actions = ["try_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Try again now")
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        failed = queryset.filter(status=Job.Status.FAILED)
        fresh = {"status": Job.Status.QUEUED, "attempts": 0, "finished_at": None}
        self.message_user(
            request, f"{failed.update(run_at=timezone.now(), **fresh)} jobs are queued again."
        )


@admin.register(Heartbeat)
class HeartbeatAdmin(admin.ModelAdmin):
    list_display = ["worker", "started_at", "beat_at"]
    readonly_fields = ["worker", "started_at", "beat_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
