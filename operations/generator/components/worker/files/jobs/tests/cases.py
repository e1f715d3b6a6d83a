"""What each kind of action must do. Every schedule of this app is tried as one of these."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from archive.models import ArchivedRecord
from jobs.actions import Records, closing
from jobs.schedule import Schedule
from records.tests.build import build


class Case:
    schedule: Schedule

    @property
    def action(self) -> Any:
        return self.schedule.action

    @property
    def records(self) -> Records:
        return Records(self.action.model, getattr(self.action, "date", "created_at"))

    def record(self, moment: datetime | None = None) -> models.Model:
        """One that is not over; its date is `moment`."""
        kind = self.records.kind
        made = build(kind)
        values: dict[str, Any] = {}
        for field in kind._meta.concrete_fields:
            if field.choices and (closed := closing(field)):
                values[field.name] = next(v for v, _ in field.choices if str(v) not in closed)
            elif isinstance(field, models.BooleanField):
                values[field.name] = False
        if moment is not None:
            values[self.records.date] = self.records.bound(moment)
        kind._default_manager.filter(pk=made.pk).update(**values)
        made.refresh_from_db()
        return made

    def days(self, number: float) -> datetime:
        return timezone.now() + timedelta(days=number)


class CountCase(Case):
    def test_keeps_the_number(self) -> None:
        link = self.records.kind._meta.get_field(self.action.related)
        record = self.record()
        children = [build(link.related_model, **{link.field.name: record}) for _ in range(3)]
        self.action()
        record.refresh_from_db()
        self.assertEqual(getattr(record, self.action.field), 3)
        children[0].delete()
        self.action()
        record.refresh_from_db()
        self.assertEqual(getattr(record, self.action.field), 2)

    def test_says_how_many_changed(self) -> None:
        self.record()
        self.action()
        self.assertTrue(self.action().startswith("0 of "))


class MarkCase(Case):
    def test_marks_what_is_late_and_nothing_else(self) -> None:
        late, early = self.record(self.days(-3)), self.record(self.days(3))
        before = getattr(early, self.action.field)
        self.action()
        late.refresh_from_db()
        early.refresh_from_db()
        self.assertEqual(getattr(late, self.action.field), self.action.value)
        self.assertEqual(getattr(early, self.action.field), before)


class ArchiveCase(Case):
    def test_moves_what_is_old_and_nothing_else(self) -> None:
        old = self.record(self.days(-self.action.days - 2))
        young = self.record(self.days(1 - self.action.days))
        self.action()
        left = self.records.kind._default_manager.values_list("pk", flat=True)
        self.assertEqual(list(left.filter(pk__in=[old.pk, young.pk])), [young.pk])
        kept = ArchivedRecord.objects.get(source=old._meta.label, record_id=str(old.pk))
        self.assertEqual(kept.values["id"], old.pk)


class RemindCase(Case):
    def test_reminds_once_and_in_time(self) -> None:
        reminder = apps.get_model("records", "Reminder")
        sign = 1 if self.action.when == "before" else -1
        due = self.record(self.days(sign * self.action.days - 0.01))
        self.record(self.days(sign * self.action.days + 2))
        self.action()
        self.action()
        written = reminder.objects.get()
        self.assertEqual(written.link, due.get_absolute_url())
        self.assertIn(str(due)[:50], written.text)


class SummarizeCase(Case):
    def test_tells_what_is_new_once(self) -> None:
        digest = apps.get_model("records", "Digest")
        first = self.record()
        self.action()
        self.assertIn(str(first), digest.objects.get().text)
        self.action()
        self.assertEqual(digest.objects.count(), 1)
        self.record()
        self.action()
        self.assertEqual(sorted(digest.objects.values_list("number", flat=True)), [1, 1])
