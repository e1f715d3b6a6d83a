"""API keys: made once, stored hashed, refused in time."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from studio import access, services
from studio.core.errors import InvalidInput
from studio.models import ApiKey


def make(user, **options):
    return services.create_api_key(user=user, name="ci", scopes=["projects:read"], **options)


def get(secret):
    return Client(headers={"X-API-Key": secret}).get("/api/templates")


def test_a_key_opens_the_api_and_only_its_hash_is_stored(ada):
    key, secret = make(ada)
    assert get(secret).status_code == 200
    stored = " ".join(str(value) for value in ApiKey.objects.values().get(pk=key.pk).values())
    assert secret not in stored and secret.rsplit("_", 1)[1] not in stored


@pytest.mark.parametrize("end", ["expired", "revoked", "person left", "deleted"])
def test_a_key_that_ended_is_refused_at_once(ada, end):
    key, secret = make(ada, expires_at=timezone.now() - timedelta(seconds=1) if end == "expired" else None)
    if end == "revoked":
        services.revoke_api_key(key=key)
    if end == "person left":
        ada.is_active = False
        ada.save()
    if end == "deleted":
        key.delete()
    answer = get(secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("wrong", ["x", "ork_", "ork_a_b", "ork_\u00e9\u00e9_b", "_" * 300])
def test_what_is_no_key_is_refused_like_a_wrong_one(db, wrong):
    assert access.find_api_key(wrong) is None


def test_the_right_prefix_with_another_secret_is_refused(ada):
    _, secret = make(ada)
    assert access.find_api_key(secret[:-1] + ("A" if secret[-1] != "A" else "B")) is None


def test_use_is_noted_at_most_once_a_minute(ada, django_assert_num_queries):
    key, secret = make(ada)
    assert get(secret).status_code == 200
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    with django_assert_num_queries(1):  # the look-up alone
        get(secret)
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    get(secret)
    key.refresh_from_db()
    assert key.last_used_at >= first


@pytest.mark.parametrize(("name", "scopes"), [("", ["projects:read"]), ("ci", []), ("ci", ["everything"])])
def test_a_key_without_a_name_or_a_known_scope_is_not_made(ada, name, scopes):
    with pytest.raises(InvalidInput):
        services.create_api_key(user=ada, name=name, scopes=scopes)
    assert not ApiKey.objects.exists()


def test_the_command_prints_a_working_key_as_its_last_line(ada):
    out = StringIO()
    call_command("create_api_key", "laptop", scopes="projects:read,projects:execute", user="ada", stdout=out)
    key = access.find_api_key(out.getvalue().splitlines()[-1])
    assert key is not None and key.user == ada and key.scopes == ["projects:execute", "projects:read"]


def test_without_a_user_the_command_makes_the_key_for_the_owner_of_the_instance(db):
    out = StringIO()
    call_command("create_api_key", "laptop", scopes="projects:read", stdout=out)
    key = access.find_api_key(out.getvalue().splitlines()[-1])
    assert key is not None and key.user.is_superuser and not key.user.has_usable_password()


@pytest.mark.parametrize("arguments", [{"scopes": "nope"}, {"scopes": "projects:read", "user": "nobody"}])
def test_the_command_says_in_one_line_what_is_wrong(db, arguments):
    with pytest.raises(CommandError):
        call_command("create_api_key", "laptop", stdout=StringIO(), **arguments)
