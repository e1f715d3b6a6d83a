"""The admin: every model has a page, none shows a secret, and what changes goes through the services."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from operations.models import OperationEvent
from studio import services
from studio.models import ApiKey, Project, SignInLink

OURS = ("studio", "blueprints", "environments", "operations", "platform_services")


@pytest.fixture
def operator(db):
    client = Client()
    client.force_login(services.instance_owner())
    return client


def test_every_model_is_found_in_the_admin():
    inline = {
        entry.model
        for registered in admin.site._registry.values()
        for entry in getattr(registered, "inlines", ())
    }
    # An operation's page reads its events page by page (tests/operations/test_admin.py).
    shown = set(admin.site._registry) | inline | {OperationEvent}
    ours = {
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if not model._meta.auto_created
    }
    assert ours - shown == set()


@pytest.mark.parametrize(
    "model",
    [
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model in admin.site._registry  # the others are shown inside one of these
    ],
    ids=lambda m: m.__name__,
)
def test_every_list_and_page_opens(operator, world_of_rows, model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert operator.get(reverse(f"{name}_changelist")).status_code == 200
    row = model.objects.first()
    if row is not None:
        page = operator.get(reverse(f"{name}_change", args=[row.pk]))
        assert page.status_code == 200
        for secret in world_of_rows:
            assert secret not in page.content.decode()


@pytest.fixture
def world_of_rows(project, ada):
    """A key and a link; returns what must not be shown of them."""
    key, secret = services.create_api_key(user=ada, name="ci", scopes=["projects:read"])
    services.create_sign_in_link(ada)
    return [secret, key.digest, SignInLink.objects.get().digest[:20] + " "]


def test_revoking_ends_a_key(operator, ada):
    key, _ = services.create_api_key(user=ada, name="ci", scopes=["projects:read"])
    operator.post(
        reverse("admin:studio_apikey_changelist"), {"action": "revoke", "_selected_action": [str(key.pk)]}
    )
    assert ApiKey.objects.get().revoked_at is not None


def rename(operator, project, name):
    members = project.memberships.order_by("pk")
    data = {"name": name, "memberships-TOTAL_FORMS": len(members), "memberships-INITIAL_FORMS": len(members)}
    for index, member in enumerate(members):
        data |= {
            f"memberships-{index}-id": member.pk,
            f"memberships-{index}-project": project.pk,
            f"memberships-{index}-user": member.user_id,
            f"memberships-{index}-role": member.role,
        }
    return operator.post(reverse("admin:studio_project_change", args=[project.pk]), data, follow=True)


def test_a_project_is_renamed_by_the_rules_of_names(operator, project, ada):
    services.create_project(name="Other", template="dashboard", by=ada)
    assert rename(operator, project, "Eyries").status_code == 200
    assert Project.objects.get(pk=project.pk).name == "Eyries"
    page = rename(operator, project, "OTHER")
    assert "is taken" in page.content.decode()
    assert Project.objects.get(pk=project.pk).name == "Eyries"


def test_who_is_no_operator_stays_out(ada):
    client = Client()
    client.force_login(ada)
    assert client.get(reverse("admin:studio_project_changelist")).status_code == 302
