"""The secrets of an environment: written here, opened only to be handed to its app."""

from __future__ import annotations

from environments.models import Environment
from studio.core import secrets

PURPOSE = "environments.Environment.secrets"


def seal_secrets(environment: Environment, values: dict[str, str], *, replacing: str) -> bool:
    """Store `values` unless the sealed column is no longer `replacing`; whether it was stored."""
    token = secrets.seal(values, purpose=PURPOSE, row=environment.pk)
    stored = Environment.objects.filter(pk=environment.pk, secrets=replacing).update(secrets=token)
    environment.refresh_from_db(fields=["secrets"])
    return bool(stored)


def open_secrets(environment: Environment) -> dict[str, str]:
    if not environment.secrets:
        return {}
    values: dict[str, str] = secrets.open_sealed(environment.secrets, purpose=PURPOSE, row=environment.pk)
    return values
