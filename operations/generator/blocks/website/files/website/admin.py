from django.contrib import admin

from website.models import PageText


@admin.register(PageText)
class PageTextAdmin(admin.ModelAdmin):
    list_display = ["path", "heading"]
