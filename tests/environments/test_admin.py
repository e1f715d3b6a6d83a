"""The admin shows environments and releases; it changes nothing and shows no secret."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from environments.models import Environment, Release
from environments.sealed import open_secrets


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def release(environment: Environment) -> Release:
    return Release.objects.create(
        environment=environment, number=1, commit="c0ffee" + "0" * 34, key="k", error="no such column"
    )


def test_environments_are_listed_and_their_secrets_are_not(root: Client, environment: Environment) -> None:
    listed = root.get(reverse("admin:environments_environment_changelist"))
    shown = root.get(reverse("admin:environments_environment_change", args=[environment.pk]))
    assert environment.hostname in listed.content.decode()
    for page in (listed, shown):
        assert page.status_code == 200
        assert environment.secrets not in page.content.decode()
        assert open_secrets(environment)["SECRET_KEY"] not in page.content.decode()


def test_releases_tell_why_they_failed(root: Client, release: Release) -> None:
    assert b"c0ffee0" in root.get(reverse("admin:environments_release_changelist")).content
    page = root.get(reverse("admin:environments_release_change", args=[release.pk]))
    assert b"no such column" in page.content


@pytest.mark.parametrize("page", ["add", "delete"])
def test_nothing_can_be_changed(root: Client, release: Release, page: str) -> None:
    arguments = [release.pk] if page == "delete" else []
    assert root.get(reverse(f"admin:environments_release_{page}", args=arguments)).status_code == 403
    change = reverse("admin:environments_release_change", args=[release.pk])
    assert root.post(change, {"status": "live"}).status_code == 403
