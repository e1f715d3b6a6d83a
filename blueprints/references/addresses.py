"""Web addresses as people type them."""

from __future__ import annotations

import contextlib
import ipaddress
from urllib.parse import urlsplit, urlunsplit

from studio.core.errors import InvalidInput

URL_LENGTH = 2_000


def normal_url(text: str) -> str:
    """What a person typed, as an address to open. Raises InvalidInput that says what is wrong with it."""
    text = text.strip()
    if "://" not in text and not text.lower().startswith(
        ("data:", "javascript:", "file:", "about:", "blob:")
    ):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable("This is not a web address.") from None
    if len(text) > URL_LENGTH or any(
        not character.isprintable() or character.isspace() for character in text
    ):
        raise _unusable("This is not a web address.")
    if parts.scheme not in ("http", "https"):
        raise _unusable("Only addresses that begin with http:// or https:// can be looked at.")
    if parts.username is not None or parts.password is not None:
        raise _unusable(
            "An address with a user name or a password in it cannot be looked at: leave them out."
        )
    if not host or ("." not in host and not _is_address(host) and host != "localhost"):
        raise _unusable("This is not a web address: the name of the site is missing.")
    bare = f"[{host}]" if ":" in host else host
    netloc = bare if port is None else f"{bare}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


def _unusable(message: str) -> InvalidInput:
    return InvalidInput(
        message, code="invalid_reference", errors=[{"pointer": "#/references/0/source", "message": message}]
    )
