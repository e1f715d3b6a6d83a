"""Random tokens of which only a SHA-256 is kept: 32 random bytes need no slow hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class NewKey:
    """`secret` is shown once; `prefix` finds the row later, `digest` proves the secret."""

    prefix: str
    secret: str
    digest: str


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_key() -> NewKey:
    """A key like `ork_<prefix>_<token>`: recognisable in a log, findable without its secret."""
    prefix = secrets.token_hex(6)
    secret = f"ork_{prefix}_{new_token()}"
    return NewKey(prefix, secret, digest(secret))


def prefix_of(secret: str) -> str | None:
    """The prefix of a key, None when it is none of ours."""
    parts = secret.split("_", 2)
    return parts[1] if len(parts) == 3 and secret.isascii() and secret.isprintable() else None


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def matches(token: str, stored_digest: str) -> bool:
    """Compared in constant time."""
    return secrets.compare_digest(digest(token), stored_digest)
