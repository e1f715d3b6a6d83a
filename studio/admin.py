"""The operator's view of projects, members, keys and sign-in links. Secrets cannot be shown: only
their digests are stored, and those are left out too."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from studio import services
from studio.core.errors import OrchardError
from studio.models import ApiKey, Membership, Project, SignInLink


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rename, and decide who is in. Projects begin and end as operations, in the Studio."""

    list_display = ("name", "slug", "template", "status", "people", "created_by", "created_at")
    list_filter = ("status", "template")
    list_select_related = ("created_by",)
    search_fields = ("name", "slug", "id")
    readonly_fields = ("id", "slug", "template", "status", "created_by", "created_at", "updated_at")
    fields = ("name", *readonly_fields)
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(people=Count("memberships"))

    @admin.display(ordering="people")
    def people(self, project: Any) -> int:
        return int(project.people)

    def save_model(self, request: HttpRequest, obj: Project, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Through the service, so that a name means here what it means everywhere."""
        if "name" not in form.changed_data:
            return
        try:
            services.rename_project(project=Project.objects.get(pk=obj.pk), name=obj.name)
        except OrchardError as error:
            messages.error(request, error.message)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Look and revoke. Keys are made with `manage.py create_api_key`, which shows the secret once."""

    list_display = ("name", "prefix", "user", "scope_list", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = (
        "name",
        "prefix",
        "user",
        "scope_list",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        # Actions need this permission; the form itself is shown read-only.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    @admin.display(description="scopes")
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys:
            services.revoke_api_key(key=key)
        messages.success(request, f"{len(keys)} revoked.")


@admin.register(SignInLink)
class SignInLinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who was let in, and when. An unused link can be deleted, which makes it worthless."""

    list_display = ("user", "created_at", "expires_at", "used_at")
    list_select_related = ("user",)
    fields = ("user", "created_at", "expires_at", "used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SignInLink | None = None) -> bool:
        return False
