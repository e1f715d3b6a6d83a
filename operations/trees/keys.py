"""Keys that live as long as a run: a tree acts as somebody, with an API key like any other client's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from studio import services
from studio.models import ApiKey

# Ends a key whose process was killed and whose run nobody resumes.
LONGEST_RUN = timedelta(hours=12)


@contextmanager
def key_for_run(user: AbstractBaseUser, run: str) -> Iterator[str]:
    """The secret of a key that may do what this person may; revoked afterwards, as are those that an
    earlier process of the same run left behind."""
    revoke_keys_of_run(user.pk, run)
    key, secret = services.create_api_key(
        user=user, name=_name(run), scopes=ApiKey.Scope.values, expires_at=timezone.now() + LONGEST_RUN
    )
    try:
        yield secret
    finally:
        services.revoke_api_key(key=key)


def revoke_keys_of_run(user_id: int, run: str) -> None:
    for key in ApiKey.objects.filter(user_id=user_id, name=_name(run), revoked_at=None):
        services.revoke_api_key(key=key)


def _name(run: str) -> str:
    return f"Run of a tree, {run}"
