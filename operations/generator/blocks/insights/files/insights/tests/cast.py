"""Records to count: some of each kind, dated long ago or today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from insights.subjects import SUBJECTS, Subject
from records.tests.build import build, user


def built(subject: Subject, days_ago: int = 0, **values: Any) -> models.Model:
    """A record of this kind that happened so many days ago."""
    record = build(subject.model, **values)
    moment = timezone.now() - timedelta(days=days_ago)
    field = subject.model._meta.get_field(subject.dated_by)
    value = moment if isinstance(field, models.DateTimeField) else moment.date()
    subject.model.objects.filter(pk=record.pk).update(**{subject.dated_by: value})
    return record


def everyone() -> Any:
    return user(is_superuser=True, is_staff=True)


__all__ = ["SUBJECTS", "Subject", "built", "everyone"]
