"""Ports: small protocols whose implementation one setting names by dotted path."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def _instance(dotted_path: str) -> Any:
    return import_string(dotted_path)()


def load(setting: str) -> Any:
    """The implementation named in `settings.<setting>`, one instance per process.

    Callers annotate the result with the protocol: `deployer: Deployer = load("ORCHARD_DEPLOYER")`.
    Raises ImportError naming the dotted path.
    """
    return _instance(getattr(settings, setting))
