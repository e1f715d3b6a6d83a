"""How values of each kind are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.timesince import timesince

from records.access import may

register = template.Library()

MOST_NAMES = 5
TONES = ("info", "accent", "success", "warning", "primary", "danger")
WORDS = {
    "success": "done|complete|completed|active|paid|open|published|ready|approved|easy",
    "warning": "pending|waiting|medium|in progress|review|paused|draft",
    "danger": "high|urgent|failed|overdue|cancelled|blocked|late|hard",
    "neutral": "closed|archived|low|none|todo|to do|new",
}
KINDS = (
    (models.ImageField, "image"),
    (models.FileField, "file"),
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.TimeField, "time"),
    (models.DurationField, "duration"),
    (models.DecimalField, "decimal"),
    (models.URLField, "url"),
    (models.EmailField, "email"),
    (models.JSONField, "json"),
    (models.TextField, "text"),
    (models.IntegerField | models.FloatField, "number"),
)


@register.inclusion_tag("records/value.html", takes_context=True)
def value(
    context: template.Context, record: models.Model, name: str, short: bool = False, most: int = 80
) -> dict[str, Any]:
    """One value of a record. `short` is for tables: text is cut at `most` characters, names at a few.
    The words a page was searched for are marked."""
    request = context.get("request")
    shown = shown_as(record, name, short, most, getattr(request, "user", None))
    return shown | {"words": context.get("words", ())}


def shown_as(record: models.Model, name: str, short: bool, most: int, user: Any) -> dict[str, Any]:
    field = record._meta.get_field(name)
    held = getattr(record, name)
    if field.many_to_many:
        linked = list(held.all())
        if not short:
            return {"kind": "records", "value": [(one, page_of(one, user)) for one in linked]}
        shown = [(one, page_of(one, user)) for one in linked[:MOST_NAMES]]
        return {"kind": "names", "value": shown, "more": len(linked) - len(shown)}
    if field.is_relation:
        return {"kind": "record", "value": held, "url": page_of(held, user)}
    if field.choices:
        label = getattr(record, f"get_{name}_display")()
        return {"kind": "choice", "value": label, "tone": tone(field, held)}
    kind = next((kind for types, kind in KINDS if isinstance(field, types)), "string")
    if kind == "duration" and held is not None:
        held = duration(held)
    if short and kind in ("text", "json", "string") and held is not None:
        held = Truncator(str(held)).chars(most)
        kind = "string"
    return {"kind": kind, "value": held}


def page_of(record: models.Model | None, user: Any) -> str:
    """Where the record is shown; "" when it has no page, or none that this person may open."""
    if record is None or not hasattr(record, "get_absolute_url"):
        return ""
    allowed = user is None or may(user, "read", type(record), record)
    return record.get_absolute_url() if allowed else ""


@register.filter
def label(record: models.Model, name: str) -> str:
    """What people call a field, or an empty text when the model has none of this name."""
    try:
        return str(record._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return ""


@register.filter
def held(record: models.Model, name: str) -> Any:
    """The value of a field; None for a name that is empty."""
    return getattr(record, name) if name else None


@register.filter
def is_number(record: models.Model, name: str) -> bool:
    field = record._meta.get_field(name)
    numbers = models.IntegerField | models.FloatField | models.DecimalField
    return isinstance(field, numbers) and not field.choices


@register.filter
def is_choice(record: models.Model, name: str) -> bool:
    return bool(record._meta.get_field(name).choices)


@register.filter
def is_text(record: models.Model, name: str) -> bool:
    field = record._meta.get_field(name)
    return isinstance(field, models.TextField) and not field.choices


@register.filter
def initials(record: object) -> str:
    words = [word for word in str(record).split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "·"


@register.filter
def colour(record: models.Model) -> int:
    """One of the six data colours, the same for a record every time."""
    return (record.pk or 0) % 6 + 1


@register.filter
def ago(moment: datetime) -> str:
    """How long since, in words: "3 minutes ago"."""
    if timezone.now() - moment < timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment)} ago"


@register.filter
def heading(text: object) -> str:
    """The first letter upper, the rest as it is."""
    said = str(text)
    return said[:1].upper() + said[1:]


@register.simple_tag(takes_context=True)
def marked(context: template.Context, text: object) -> str:
    """The text with the words this page was searched for marked; as it is where nothing was."""
    return mark(str(text), context.get("words", ()))


def mark(said: str, words: Sequence[str]) -> str:
    if not words:
        return escape(said)
    looked_for = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    parts, end = [], 0
    for hit in looked_for.finditer(said):
        parts += [escape(said[end : hit.start()]), format_html("<mark>{}</mark>", hit.group())]
        end = hit.end()
    return mark_safe("".join([*parts, escape(said[end:])]))  # noqa: S308  (each part is escaped)


@register.simple_tag(takes_context=True)
def query(context: template.Context, name: str, wished: object) -> str:
    """The present address's query with one value changed; an empty one goes. A change leads to page 1."""
    present: QueryDict = context["request"].GET.copy()
    for key in ("page", name):
        present.pop(key, None)
    if wished not in ("", None):
        present[name] = str(wished)
    return f"?{present.urlencode()}"


def tone(field: models.Field, held: Any) -> str:
    said = str(held).lower().replace("_", " ")
    for tone, words in WORDS.items():
        if said in words.split("|"):
            return tone
    values = [choice for choice, _ in field.flatchoices]
    return TONES[values.index(held) % len(TONES)] if held in values else "neutral"


def duration(length: timedelta) -> str:
    """ "1 h 30 min"; days count as hours."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
