"""Every route of the Studio, read from the URLconf, so that none can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Django's own; the admin asks for staff everywhere and has its own permissions.
FOREIGN = ("admin/",)


@dataclass(frozen=True)
class Route:
    """`path` as written in the URLconf: "api/projects/<str:project>"."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> list[Route]:
    return sorted(set(_routes(get_resolver().url_patterns, "")), key=str)


def _routes(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(FOREIGN):
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            for method in _methods(pattern.callback):
                yield Route(method, path)


def _methods(view: Any) -> list[str]:
    """The methods a class-based view has; "ANY" for a function, which decides by itself."""
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if cls is None:
        return ["ANY"]
    return [method.upper() for method in ("get", "post", "put", "patch", "delete") if hasattr(cls, method)]
