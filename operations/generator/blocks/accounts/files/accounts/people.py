"""Who has an account and what they may do: for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.roles import ADMIN, ROLES, give_role, having, is_last_admin, label, role_of

PER_PAGE = 30


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """`?q=` looks in names and addresses, `?role=` keeps those of a role."""
    _for_admins(request)
    page = Paginator(found(request), PER_PAGE).get_page(request.GET.get("page"))
    role = request.GET.get("role", "")
    context = {
        "page_obj": page,
        "paginator": page.paginator,
        "is_paginated": page.has_other_pages(),
        "people": [(person, role_of(person)) for person in page],
        "roles": [(one, label(one)) for one in ROLES],
        "role": role,
        "total": User.objects.count(),
        "is_filtered": bool(role or request.GET.get("q", "").strip()),
    }
    return render(request, "accounts/people.html", context)


people.for_admins = True


@login_required
@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    _for_admins(request)
    person = get_object_or_404(User, pk=pk)
    role = request.POST.get("role", "")
    if role not in ROLES:
        messages.error(request, "There is no such role.")
    elif role != ADMIN and is_last_admin(person):
        messages.error(request, "Somebody has to stay administrator.")
    else:
        give_role(person, role)
        messages.success(request, f"{person.username} is {label(role).lower()} now.")
    return redirect("accounts:people")


@login_required
@require_POST
def change_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut somebody out, or let them in again; what they made stays."""
    _for_admins(request)
    person = get_object_or_404(User, pk=pk)
    if person.is_active and is_last_admin(person):
        messages.error(request, "Somebody has to stay administrator.")
    else:
        person.is_active = not person.is_active
        person.save(update_fields=["is_active"])
        word = "can sign in again" if person.is_active else "can no longer sign in"
        messages.success(request, f"{person.username} {word}.")
    return redirect("accounts:people")


def found(request: HttpRequest) -> QuerySet[User]:
    role = request.GET.get("role", "")
    shown = having(role) if role in ROLES else User.objects.all()
    for word in request.GET.get("q", "").split():
        shown = shown.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    return shown.prefetch_related("groups").order_by("username").distinct()


def _for_admins(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied
