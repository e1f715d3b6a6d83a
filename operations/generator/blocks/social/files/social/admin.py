"""Moderation: what was reported, and taking it away."""

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from social.models import Report


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    list_display = ["kind", "words", "reason", "address", "reported_at"]
    actions = ["remove_what_was_reported"]

    @admin.action(description="Remove what was reported")
    def remove_what_was_reported(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            apps.get_model("records", report.kind).objects.filter(pk=report.number).delete()
            report.delete()
