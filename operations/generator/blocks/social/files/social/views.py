"""Saying something about a record, liking it, reporting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from records.access import may, visible
from social.forms import form_of
from social.models import Report
from social.parts import Part, part_of

GUEST = "Guest"


def found(request: HttpRequest, name: str, pk: int) -> tuple[Part, Model]:
    """The part of this name and the record it is about. Raises Http404."""
    part = part_of(name)
    if part is None:
        raise Http404
    whole = get_object_or_404(
        visible(request.user, part.whole._default_manager.all(), "read"), pk=pk
    )
    if not may(request.user, "read", part.whole, whole):
        raise PermissionDenied
    return part, whole


def refusal(request: HttpRequest, part: Part, whole: Model) -> HttpResponse | None:
    """Where those go who may not add this part; None for those who may."""
    if may(request.user, "create", part.model):
        return None
    if not request.user.is_authenticated:
        return redirect_to_login(whole.get_absolute_url())
    raise PermissionDenied


@require_POST
def say(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """A comment or a review of the record `pk`."""
    part, whole = found(request, name, pk)
    if part.closed and getattr(whole, part.closed):
        raise PermissionDenied
    if answer := refusal(request, part, whole):
        return answer
    form = form_of(part, request.user, request.POST)
    setattr(form.instance, part.link, whole)
    sign(part, form.instance, request)
    if not form.is_valid():
        context = {"form": form, "whole": whole, "label": part.model._meta.verbose_name}
        return render(request, "social/say.html", context, status=422)
    if part.parent and request.POST.get("parent", "").isdigit():
        siblings = part.model._default_manager.filter(**{part.link: whole})
        setattr(form.instance, part.parent, siblings.filter(pk=request.POST["parent"]).first())
    said = form.save()
    messages.success(request, f"{part.model._meta.verbose_name.capitalize()} added.")
    return redirect(f"{whole.get_absolute_url()}#{name}-{said.pk}")


def sign(part: Part, instance: Model, request: HttpRequest) -> None:
    """Who it comes from: the account and its name."""
    if request.user.is_authenticated:
        if part.owner:
            setattr(instance, part.owner, request.user)
        if part.author:
            setattr(instance, part.author, str(request.user))


@require_POST
def like(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Like the record or take it back. Each person counts once, a guest by the browser's session."""
    part, whole = found(request, name, pk)
    if answer := refusal(request, part, whole):
        return answer
    if mine := my_like(request, part, whole):
        mine.delete()
    else:
        added = part.model(**{part.link: whole})
        sign(part, added, request)
        if part.author and not getattr(added, part.author):
            setattr(added, part.author, GUEST)
        try:
            added.full_clean()
        except ValidationError as error:
            raise PermissionDenied from error
        added.save()
        if not (part.owner and request.user.is_authenticated):
            request.session[session_key(part, whole)] = added.pk
    return redirect(back(request, whole))


def session_key(part: Part, whole: Model) -> str:
    return f"{part.model._meta.model_name}-{whole.pk}"


def my_like(request: HttpRequest, part: Part, whole: Model) -> Model | None:
    likes = part.model._default_manager.filter(**{part.link: whole})
    if part.owner and request.user.is_authenticated:
        return likes.filter(**{part.owner: request.user}).first()
    return likes.filter(pk=request.session.get(session_key(part, whole)) or 0).first()


def back(request: HttpRequest, whole: Model) -> Any:
    """The page of this app a person came from, else the record's own."""
    came_from = request.POST.get("next", "")
    inside = came_from.startswith("/") and not came_from.startswith(("//", "/\\"))
    return came_from if inside else whole.get_absolute_url()


def report(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Tell staff about a comment or a review."""
    part = part_of(name)
    if part is None:
        raise Http404
    said = get_object_or_404(
        visible(request.user, part.model._default_manager.all(), "read"), pk=pk
    )
    whole = getattr(said, part.link)
    if request.method == "POST":
        Report.objects.create(
            kind=part.model.__name__,
            number=said.pk,
            address=said.get_absolute_url(),
            words=str(said)[:500],
            reason=request.POST.get("reason", "")[:2000],
        )
        messages.success(request, "Thank you. Staff will look at it.")
        return redirect(whole.get_absolute_url())
    context = {"said": said, "whole": whole, "label": part.model._meta.verbose_name}
    return render(request, "social/report.html", context)
