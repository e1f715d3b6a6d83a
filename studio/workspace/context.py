"""What the frame around every page shows: who is signed in, and what is going on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import cached_property

from studio.workspace import slots


class Frame:
    """Lazy: a page without a top bar asks nothing."""

    def __init__(self, user: AbstractBaseUser) -> None:
        self.user = user

    @cached_property
    def person(self) -> str:
        return self.user.get_full_name() or self.user.get_username()  # type: ignore[attr-defined]

    @property
    def initials(self) -> str:
        words = self.person.replace("@", " ").replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def activities(self) -> Iterator[str]:
        for activity in slots.activities():
            if (model := activity.build(self.user)) is not None:
                yield render_to_string(activity.template, {"activity": model})


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    return {"frame": Frame(user)} if user is not None and user.is_authenticated else {}
