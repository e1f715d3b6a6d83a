"""`*.localhost`: names that every browser takes to the loopback address without asking anybody."""

from __future__ import annotations

from django.conf import settings


class LocalhostDns:
    """Implements `environments.ports.Dns`; serves any domain whose wildcard points at this machine."""

    def hostname(self, *, project_slug: str, environment_name: str) -> str:
        name = f"{project_slug}.{settings.ORCHARD_DOMAIN}"
        return name if environment_name == "production" else f"{environment_name}.{name}"

    def ensure(self, hostname: str) -> None:
        """Nothing to enter anywhere."""

    def remove(self, hostname: str) -> None:
        """Nothing was entered."""
