"""Encryption of what the database must not hold in the clear.

A sealed value is a Fernet token (AES-128-CBC, HMAC-SHA256) over JSON that names the row it belongs to:
copied into another row or column, it does not open. Keys come from `ORCHARD_ENCRYPTION_KEYS`, else from
`ORCHARD_HOME/secrets/encryption_keys`, one a line, newest first; they are read at every use, so that a
rotation needs no restart.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings

from studio.core.errors import OrchardError

_sealed_columns: dict[str, tuple[str, str]] = {}


class Unreadable(OrchardError):
    """Sealed with a key that is gone, meant for another row, or damaged."""

    code = "secret_unreadable"


def seal(value: Any, *, purpose: str, row: object) -> str:
    """`value` (JSON) sealed for one purpose ("environments.Environment.secrets") and one row's key."""
    plain = json.dumps({"purpose": purpose, "row": str(row), "value": value})
    return _fernet().encrypt(plain.encode()).decode()


def open_sealed(token: str, *, purpose: str, row: object) -> Any:
    """What was sealed. Raises Unreadable, which says nothing of the content."""
    try:
        document = json.loads(_fernet().decrypt(token.encode()))
    except InvalidToken as error:
        raise Unreadable(f"The secret of {purpose} {row} cannot be read with the keys there are.") from error
    if (document["purpose"], document["row"]) != (purpose, str(row)):
        raise Unreadable(f"The secret of {purpose} {row} was sealed for something else.")
    return document["value"]


def register(purpose: str) -> None:
    """Make a column of sealed values known to rotation: purpose is "<app>.<Model>.<field>"."""
    model, _, field = purpose.rpartition(".")
    _sealed_columns[purpose] = (model, field)


def add_key() -> bool:
    """Put a new key in front of all there are. False when the keys come from the environment, where a
    person adds them."""
    if settings.ORCHARD_ENCRYPTION_KEYS:
        return False
    _keys()  # makes the file, which takes the lock too
    with _locked(_key_file()):
        _write(_key_file(), [secrets.token_urlsafe(48), *_keys()])
    return True


def forget_old_keys() -> None:
    """Keep the newest key and the one before, with which a writer may just have sealed. To be called
    once everything is sealed with the newest: what only a forgotten key opens is lost."""
    with _locked(_key_file()):
        _write(_key_file(), _keys()[:2])


def seal_anew() -> int:
    """Seal every registered value with the newest key; the number of values. Safe beside writers."""
    count = 0
    for purpose, (label, field) in _sealed_columns.items():
        model = apps.get_model(label)
        rows = model._default_manager.exclude(**{field: ""})
        for key, token in rows.values_list("pk", field).iterator():
            fresh = seal(open_sealed(token, purpose=purpose, row=key), purpose=purpose, row=key)
            count += model._default_manager.filter(**{"pk": key, field: token}).update(**{field: fresh})
    return count


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in settings.ORCHARD_ENCRYPTION_KEYS or _keys()])


def _derived(key: str) -> bytes:
    """Any long random text serves as a key: Fernet wants 32 bytes."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"orchard sealed values")
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


def _key_file() -> Path:
    return Path(settings.ORCHARD_HOME) / "secrets" / "encryption_keys"


def _keys() -> list[str]:
    """The keys in the file, which is made on first use; of two processes that make it, one wins."""
    path = _key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path):
            if not path.exists():
                _write(path, [secrets.token_urlsafe(48)])
    return path.read_text().split()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, keys: list[str]) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by the owner only
    with os.fdopen(descriptor, "w") as handle:
        handle.write("\n".join(keys))
    Path(draft).rename(path)
