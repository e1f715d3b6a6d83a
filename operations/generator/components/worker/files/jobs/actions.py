"""What the worker can do with records of any kind. Each answers with a sentence for the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.db.models.deletion import Collector
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from archive.models import ArchivedRecord

MOST_NAMED = 20
# Values of a choice that say that something needs no more attention.
OVER = (
    "done", "complete", "completed", "finished", "closed", "paid", "returned", "delivered", "resolved",
    "cancelled", "canceled", "archived", "overdue", "rejected",
)  # fmt: skip


@dataclass(frozen=True)
class Records:
    """The records of one kind, "Recipe", by the date in `date`."""

    model: str
    date: str = "created_at"

    @property
    def kind(self) -> type[models.Model]:
        return apps.get_model("records", self.model)

    @property
    def plural(self) -> str:
        return str(self.kind._meta.verbose_name_plural)

    def before(self, moment: datetime) -> QuerySet:
        """Those whose date is before `moment`; those without a date never are."""
        return self.kind._default_manager.filter(**{f"{self.date}__lt": self.bound(moment)})

    def until(self, moment: datetime) -> QuerySet:
        return self.kind._default_manager.filter(**{f"{self.date}__lte": self.bound(moment)})

    def bound(self, moment: datetime) -> datetime | date:
        """`moment` as the date is kept: to the day, or to the second."""
        field = self.kind._meta.get_field(self.date)
        return moment if isinstance(field, models.DateTimeField) else moment.date()

    def open(self, records: QuerySet) -> QuerySet:
        """Without those that a choice says are over, or a box that is ticked."""
        over = Q()
        for field in self.kind._meta.concrete_fields:
            if field.choices:
                closed = closing(field)
                over |= Q(**{f"{field.name}__in": closed})
            elif isinstance(field, models.BooleanField) and field.name.lower() in OVER:
                over |= Q(**{field.name: True})
        return records.exclude(over) if over else records


def closing(field: models.Field) -> list[str]:
    """The choices of a field that say that something is over; [] when all of them would."""
    values = [str(value) for value, _ in field.choices or ()]
    closed = [value for value in values if value.lower() in OVER]
    return closed if len(closed) < len(values) else []


@dataclass(frozen=True)
class Count:
    """Keep in `field` of each record how many of its `related` there are."""

    model: str
    field: str
    related: str

    def __call__(self) -> str:
        kind = Records(self.model).kind
        changed = 0
        with transaction.atomic():
            counted = kind._default_manager.annotate(now_found=CountOf(self.related))
            outdated = counted.exclude(**{self.field: models.F("now_found")})
            for key, found in outdated.values_list("pk", "now_found"):
                changed += kind._default_manager.filter(pk=key).update(**{self.field: found})
        return f"{changed} of {Records(self.model).plural} have a new {self.field}"


@dataclass(frozen=True)
class Mark:
    """Set `field` to `value` where the date in `date` has passed and nothing says that it is over."""

    model: str
    field: str
    value: str | bool
    date: str

    def __call__(self) -> str:
        records = Records(self.model, self.date)
        today = datetime.combine(timezone.now().date(), time(0), timezone.get_current_timezone())
        late = records.open(records.before(today)).exclude(**{self.field: self.value})
        return f"{late.update(**{self.field: self.value})} of {records.plural} marked {self.field}"


@dataclass(frozen=True)
class Archive:
    """Move records to the archive `days` after the date in `date`, with all that goes with them. What
    others still need stays."""

    model: str
    days: int
    date: str = "created_at"

    def __call__(self) -> str:
        records = Records(self.model, self.date)
        moved = 0
        for record in records.before(timezone.now() - timedelta(days=self.days)):
            try:
                with transaction.atomic():
                    for doomed in going_with(record):
                        keep(doomed)
                    record.delete()
            except models.ProtectedError:
                continue
            moved += 1
        return f"{moved} of {records.plural} archived"


def going_with(record: models.Model) -> Iterator[models.Model]:
    """The record and all that is deleted along with it. Raises ProtectedError."""
    collector = Collector(using=record._state.db or DEFAULT_DB_ALIAS, origin=record)
    collector.collect([record])
    for records in (*collector.data.values(), *collector.fast_deletes):
        yield from records


def keep(record: models.Model) -> None:
    fields = record._meta.concrete_fields
    values = {field.name: plain(field.value_from_object(record)) for field in fields}
    ArchivedRecord.objects.create(
        source=record._meta.label, record_id=str(record.pk), values=values
    )


@dataclass(frozen=True)
class Remind:
    """Write a reminder `days` before or after the date in `date`, once for each record and date."""

    model: str
    days: int
    when: Literal["after", "before"] = "after"
    date: str = "created_at"

    def __call__(self) -> str:
        records = Records(self.model, self.date)
        reminder = apps.get_model("records", "Reminder")
        shift = timedelta(days=self.days)
        now = timezone.now()
        reached = now - shift if self.when == "after" else now + shift
        due = records.open(records.until(reached))
        if self.when == "before":
            due = due.exclude(pk__in=records.before(now).values("pk"))
        written = 0
        for record in due:
            key = f"{self.model}-{record.pk}-{getattr(record, self.date)}-{self.days}-{self.when}"
            made = {"text": self._text(record), "link": record.get_absolute_url()}
            written += reminder.objects.get_or_create(key=key[:200], defaults=made)[1]
        return f"{written} reminders about {records.plural} written"

    def _text(self, record: models.Model) -> str:
        """ "Water the lemon tree: 3 days after due date"."""
        days = f"{self.days} day{'' if self.days == 1 else 's'} {self.when} " if self.days else ""
        label = record._meta.get_field(self.date).verbose_name
        return f"{str(record)[:120]}: {days}{label}"


@dataclass(frozen=True)
class Summarize:
    """Write a digest of what is new since the last one."""

    model: str

    def __call__(self) -> str:
        records = Records(self.model)
        digest = apps.get_model("records", "Digest")
        title = f"New {records.plural}"
        last = digest.objects.filter(title=title).order_by("-created_at").first()
        new = records.kind._default_manager.order_by("pk")
        if last is not None:
            new = new.filter(created_at__gt=last.created_at)
        names = [str(record) for record in new[: MOST_NAMED + 1]]
        if not names:
            return f"no new {records.plural}"
        more = "\n…" if len(names) > MOST_NAMED else ""
        number = new.count()
        digest.objects.create(title=title, number=number, text="\n".join(names[:MOST_NAMED]) + more)
        return f"a digest of {number} new {records.plural}"


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, FieldFile):
        return value.name
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
