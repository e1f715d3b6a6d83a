"""What a person did once: voted in a poll, finished a lesson."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest


class Mark(models.Model):
    """`person` is an account or, without one, a browser's session."""

    kind = models.CharField(max_length=20)
    number = models.BigIntegerField()
    person = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "number", "person"], name="mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


def person_of(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    if not request.session.session_key:
        request.session.create()
    return f"session:{request.session.session_key}"


def marked(request: HttpRequest, kind: str) -> set[int]:
    """Numbers of what this person has done of a kind."""
    marks = Mark.objects.filter(kind=kind, person=person_of(request))
    return set(marks.values_list("number", flat=True))
