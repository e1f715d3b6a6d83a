"""`manage.py rotate_secrets`: a new encryption key, and everything sealed with it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from studio.core import secrets


class Command(BaseCommand):
    help = (
        "Make a new encryption key and seal every secret with it; the previous key stays until the next "
        "rotation. With ORCHARD_ENCRYPTION_KEYS set, put the new key in front there first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made = secrets.add_key()
        count = secrets.seal_anew()
        if made:
            secrets.forget_old_keys()
        key = "a new key" if made else "the first of ORCHARD_ENCRYPTION_KEYS"
        self.stdout.write(f"Sealed {count} {'value' if count == 1 else 'values'} with {key}.")
