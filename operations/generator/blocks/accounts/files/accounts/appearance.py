"""Light or dark, as somebody chose on this device."""

from __future__ import annotations

from django.http import HttpRequest

COOKIE = "appearance"
YEAR = 365 * 24 * 60 * 60
LOOKS = (("auto", "As my device"), ("light", "Light"), ("dark", "Dark"))


def chosen(request: HttpRequest) -> str:
    look = request.COOKIES.get(COOKIE, "auto")
    return look if look in dict(LOOKS) else "auto"


def appearance(request: HttpRequest) -> dict[str, str]:
    """For templates: "light", "dark", or "" where the app's own looks hold."""
    look = chosen(request)
    return {"appearance": "" if look == "auto" else look}
