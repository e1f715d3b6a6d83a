"""A person's page: who it is, what they posted, and following."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from records import models
from records.access import may, visible
from social.models import Follow

MOST_SHOWN = 24


def owned_kinds() -> list[type[Model]]:
    """Kinds of records that remember who made them."""
    held = [
        one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Model)
    ]
    return [one for one in held if getattr(one, "owner_field", "") and not one._meta.abstract]


class Person(DetailView):
    model = get_user_model()
    queryset = get_user_model().objects.filter(is_active=True)
    template_name = "social/person.html"
    context_object_name = "person"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        viewer = self.request.user
        sections = []
        for kind in owned_kinds():
            if may(viewer, "list", kind):
                own = visible(
                    viewer, kind._default_manager.filter(**{kind.owner_field: self.object})
                )
                heading = kind._meta.verbose_name_plural
                sections.append({"heading": heading, "records": list(own[:MOST_SHOWN])})
        return super().get_context_data(
            sections=sections,
            followers=Follow.objects.filter(followed=self.object).count(),
            follows=Follow.objects.filter(follower=self.object).count(),
            followed=viewer.is_authenticated
            and Follow.objects.filter(follower=viewer, followed=self.object).exists(),
            **context,
        )


@require_POST
@login_required
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a person or stop doing so. Nobody follows themselves."""
    person = get_object_or_404(Person.queryset, pk=pk)
    if person != request.user:
        link, is_new = Follow.objects.get_or_create(follower=request.user, followed=person)
        if not is_new:
            link.delete()
    return redirect("social:person", pk=person.pk)
