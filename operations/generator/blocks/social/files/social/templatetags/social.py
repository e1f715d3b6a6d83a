"""What is said about a record, ready to be drawn."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.db.models import Avg, Model

from records.access import may, visible
from social.forms import form_of
from social.parts import Part, parts_about
from social.views import my_like

register = template.Library()


@register.simple_tag(takes_context=True)
def said_about(context: template.Context, whole: Model, model_name: str) -> dict[str, Any]:
    """Comments or reviews of `whole`, oldest first, replies below what they answer, and the form."""
    request = context["request"]
    kinds = [*parts_about(type(whole), "comments"), *parts_about(type(whole), "reviews")]
    part = next(one for one in kinds if one.model._meta.verbose_name == model_name)
    owners = [part.owner] if part.owner else []
    every = visible(request.user, part.model._default_manager.filter(**{part.link: whole}))
    entries = [
        entry(part, record, request.user) for record in every.select_related(*owners).order_by("pk")
    ]
    by_number = {one["record"].pk: one for one in entries}
    for one in entries:
        above = by_number.get(getattr(one["record"], f"{part.parent}_id")) if part.parent else None
        (above["replies"] if above else one["roots"]).append(one)
    return {
        "name": part.model._meta.model_name,
        "entries": [one for one in entries if one["roots"]],
        "count": len(entries),
        "average": every.aggregate(value=Avg(part.rating))["value"] if part.rating else None,
        "has_replies": bool(part.parent),
        "closed": bool(part.closed) and getattr(whole, part.closed),
        "may_create": may(request.user, "create", part.model),
        "form": form_of(part, request.user),
        "login_url": settings.LOGIN_URL,
    }


def entry(part: Part, record: Model, user: Any) -> dict[str, Any]:
    account = getattr(record, part.owner) if part.owner else None
    name = getattr(record, part.author) if part.author else ""
    return {
        "record": record,
        "account": account,
        "name": str(account) if account else name or "Somebody",
        "text": getattr(record, part.text) if part.text else "",
        "rating": getattr(record, part.rating) if part.rating else None,
        "may_delete": may(user, "delete", part.model, record),
        "replies": [],
        "roots": [],
    }


@register.simple_tag(takes_context=True)
def likes_of(context: template.Context, whole: Model) -> dict[str, Any] | None:
    """How many like `whole` and whether this person does; None where liking is not offered."""
    part = next(iter(parts_about(type(whole), "likes")), None)
    if part is None:
        return None
    count = getattr(whole, "like_count", None)
    return {
        "name": part.model._meta.model_name,
        "count": getattr(whole, part.related).count() if count is None else count,
        "mine": my_like(context["request"], part, whole) is not None,
    }


@register.filter
def stars(rating: float | None) -> str:
    """ "★★★☆☆" for a rating of five."""
    full = max(0, min(5, round(rating or 0)))
    return "★" * full + "☆" * (5 - full)
