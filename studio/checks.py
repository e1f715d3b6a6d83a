"""Misconfiguration, explained: what is wrong with a setting, and what to write instead."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 — Django's name for it
from django.http.request import validate_host

from studio.core import ports

PORTS = (
    "ORCHARD_ARCHITECT",
    "ORCHARD_SANDBOX",
    "ORCHARD_DEPLOYER",
    "ORCHARD_DATABASES",
    "ORCHARD_DNS",
    "ORCHARD_GATEWAY",
)
DATABASES = ("sqlite3", "postgresql")
SHORTEST_TOKEN = 20
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@register("orchard")
def check_ports(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for setting in PORTS:
        path = getattr(settings, setting)
        try:
            ports.load(setting)
        except Exception as error:  # noqa: BLE001 — an adapter's module may fail to import in any way
            hint = f"Unset {setting} for the embedded implementation, or give the dotted path of a class."
            found.append(Error(f"{setting}={path} cannot be loaded: {error}", hint=hint, id="orchard.E001"))
    return found


@register("orchard")
def check_addresses(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not 0 < settings.ORCHARD_PORT < 65536:
        found.append(
            Error(
                f"ORCHARD_PORT={settings.ORCHARD_PORT} is no port.",
                hint="Choose one from 1024 to 65535.",
                id="orchard.E002",
            )
        )
    if settings.ORCHARD_SCHEME not in ("http", "https"):
        hint = "https behind a proxy that ends TLS, http otherwise."
        found.append(
            Error(f"ORCHARD_SCHEME={settings.ORCHARD_SCHEME} is unknown.", hint=hint, id="orchard.E003")
        )
    if urlsplit(settings.ORCHARD_URL).scheme != settings.ORCHARD_SCHEME:
        hint = "Unset ORCHARD_URL, which is made of ORCHARD_SCHEME, ORCHARD_DOMAIN and ORCHARD_PORT."
        found.append(Error("ORCHARD_URL and ORCHARD_SCHEME disagree.", hint=hint, id="orchard.E004"))
    if settings.ORCHARD_SCHEME == "http" and not set(settings.ORCHARD_LISTEN) <= LOOPBACK:
        hint = "Put a proxy that ends TLS in front and set ORCHARD_SCHEME=https."
        found.append(Warning("Passwords cross the network unencrypted.", hint=hint, id="orchard.W001"))
    host = urlsplit(settings.ORCHARD_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        hint = "Add it, or unset ALLOWED_HOSTS. Nobody could open the Studio at its own address."
        found.append(Error(f"ALLOWED_HOSTS lacks {host} of ORCHARD_URL.", hint=hint, id="orchard.E008"))
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the Studio's own hosts; those of apps are not among them."
        found.append(
            Warning("ALLOWED_HOSTS=* lets an app's host name reach the Studio.", hint=hint, id="orchard.W002")
        )
    return found


@register("orchard")
def check_secrets(**_: Any) -> list[CheckMessage]:
    if len(settings.ORCHARD_METRICS_TOKEN) >= SHORTEST_TOKEN:
        return []
    hint = "Unset it, and one is made in ORCHARD_HOME/secrets/metrics_token."
    return [Error("ORCHARD_METRICS_TOKEN is short enough to be guessed.", hint=hint, id="orchard.E009")]


@register("orchard", Tags.database)
def check_stores(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    engine = settings.DATABASES["default"]["ENGINE"]
    if not engine.endswith(DATABASES):
        hint = "Use postgres://user:password@host/name, or unset DATABASE_URL for SQLite in ORCHARD_HOME."
        found.append(
            Error(f"DATABASE_URL names {engine}, which nobody has tried.", hint=hint, id="orchard.E005")
        )
    if urlsplit(settings.REDIS_URL).scheme not in ("redis", "rediss", "unix"):
        hint = "Use redis://host:6379/0, or unset REDIS_URL for the bundled server."
        found.append(Error("REDIS_URL is no address of a Redis.", hint=hint, id="orchard.E006"))
    return found


@register("orchard")
def check_leases(**_: Any) -> list[CheckMessage]:
    if settings.OPERATION_LEASE_SECONDS >= 2 * settings.OPERATION_HEARTBEAT_SECONDS:
        return []
    hint = "Make OPERATION_LEASE_SECONDS several times OPERATION_HEARTBEAT_SECONDS."
    return [
        Error("One late heartbeat would lose an operation to another worker.", hint=hint, id="orchard.E007")
    ]
