"""The environment variables this app understands, read and checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

NAMES = ("development", "test", "staging", "production")
ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "cockroachdb": "django.db.backends.postgresql",
}


@dataclass(frozen=True)
class Environment:
    """`frame_ancestors` are the origins that may show this app in a frame."""

    name: str
    secret_key: str
    database: dict[str, Any]
    allowed_hosts: list[str]
    base_url: str
    media_root: Path
    frame_ancestors: list[str]

    @property
    def is_deployed(self) -> bool:
        return self.name in ("staging", "production")

    @classmethod
    def read(cls, variables: Mapping[str, str], root: Path) -> Environment:
        """Raises ImproperlyConfigured naming every variable that is missing or wrong."""
        name = variables.get("APP_ENVIRONMENT", "development")
        deployed = name in ("staging", "production")
        problems = [] if name in NAMES else [f"APP_ENVIRONMENT must be one of {', '.join(NAMES)}"]
        if deployed:
            needed = ("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS")
            problems += [f"{key} is missing" for key in needed if not variables.get(key)]
        scheme = urlsplit(variables.get("DATABASE_URL", "sqlite:")).scheme
        if scheme not in ENGINES:
            problems.append(f"DATABASE_URL has the unknown scheme {scheme!r}")
        if problems:
            raise ImproperlyConfigured("; ".join(problems))
        local = f"sqlite:///{root / 'var' / 'development.sqlite3'}"
        return cls(
            name=name,
            secret_key=variables.get("SECRET_KEY") or "only-for-development-and-tests",
            database=database(variables.get("DATABASE_URL") or local),
            allowed_hosts=_words(variables.get("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")),
            base_url=variables.get("BASE_URL", ""),
            media_root=Path(variables.get("MEDIA_ROOT") or root / "var" / "media"),
            frame_ancestors=_words(variables.get("FRAME_ANCESTORS", "")),
        )


def database(url: str) -> dict[str, Any]:
    """Django's settings for a URL such as sqlite:////data/app.sqlite3 or postgresql://user@host/name."""
    parts = urlsplit(url)
    settings: dict[str, Any] = {"ENGINE": ENGINES[parts.scheme]}
    if parts.scheme == "sqlite":
        # Readers never wait for the writer; a writer takes its lock at once instead of failing halfway.
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        options = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return settings | {"NAME": unquote(parts.path[1:]) or ":memory:", "OPTIONS": options}
    return settings | {
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]
