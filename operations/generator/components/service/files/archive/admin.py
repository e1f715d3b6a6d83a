from django.contrib import admin
from django.http import HttpRequest

from archive.models import ArchivedRecord


@admin.register(ArchivedRecord)
class ArchivedRecordAdmin(admin.ModelAdmin):
    list_display = ["source", "record_id", "archived_at"]
    list_filter = ["source"]
    readonly_fields = ["source", "record_id", "values", "archived_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
