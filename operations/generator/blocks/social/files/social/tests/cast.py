"""Who takes part in the tests, and what they send."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from records.tests.build import build, payload, user
from social.parts import PARTS, Part


def of_kind(kind: str) -> list[Part]:
    return [part for part in PARTS if part.kind == kind]


def open_record(part: Part) -> Any:
    """A record that people may say something about."""
    return build(part.whole, **({part.closed: False} if part.closed else {}))


def words_for(part: Part, **changes: Any) -> dict[str, Any]:
    """What somebody types into the form of this part."""
    sent = payload(
        part.model, [*part.asked, *([part.author] if part.author else [])], multipart=True
    )
    if part.rating:
        sent[part.rating] = 4
    return sent | changes


def address(part: Part, action: str, whole: Any) -> str:
    return reverse(f"social:{action}", args=[part.model._meta.model_name, whole.pk])


def signed_in() -> Client:
    """Somebody who may do everything."""
    client = Client()
    client.force_login(user(is_superuser=True, is_staff=True))
    return client


__all__ = ["address", "build", "of_kind", "open_record", "signed_in", "words_for"]
