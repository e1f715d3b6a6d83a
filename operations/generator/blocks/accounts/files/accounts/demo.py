"""Accounts to try each role with: made on staging, offered on its sign-in page, refused in production."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from accounts.roles import ROLES, give_role, label

PREFIX = "demo-"
PASSWORD = "try-me-out"  # noqa: S105  (everybody may know it; it opens nothing outside staging)


@dataclass(frozen=True)
class DemoAccount:
    username: str
    password: str
    role: str


def is_offered() -> bool:
    return settings.ENVIRONMENT.name in ("staging", "development")


def is_demo(username: str) -> bool:
    return username.startswith(PREFIX)


def demo_accounts() -> list[DemoAccount]:
    """Those that exist, the one who may most last; none where they are not offered."""
    if not is_offered():
        return []
    present = set(
        User.objects.filter(username__in=map(name_of, ROLES)).values_list("username", flat=True)
    )
    return [
        DemoAccount(name_of(role), PASSWORD, label(role))
        for role in ROLES
        if name_of(role) in present
    ]


def seed() -> None:
    """One account for each role. An account that is there stays as it is."""
    for role in ROLES:
        name = name_of(role)
        if not User.objects.filter(username=name).exists():
            user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
            user.first_name, user.last_name = "Demo", label(role)
            user.save(update_fields=["first_name", "last_name"])
            give_role(user, role)


def name_of(role: str) -> str:
    return f"{PREFIX}{role.replace('_', '-')}"
