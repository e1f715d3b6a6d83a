"""Polls: one vote a person, the result as bars."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from learning.models import Mark, marked, person_of
from learning.parameters import (
    OPTION_LABEL,
    OPTION_POLL,
    OPTION_VOTES,
    POLL_OPTIONS,
    Poll,
    PollDetail,
    PollOption,
)
from records.access import may, visible

KIND = "vote"


def results(poll: Poll) -> list[dict[str, Any]]:
    """Each option with its votes and their share in percent."""
    options = list(PollOption.objects.filter(**{OPTION_POLL: poll}).order_by("pk"))
    total = sum(getattr(option, OPTION_VOTES) for option in options)
    return [
        {
            "number": option.pk,
            "label": getattr(option, OPTION_LABEL),
            "votes": getattr(option, OPTION_VOTES),
            "share": round(100 * getattr(option, OPTION_VOTES) / total) if total else 0,
        }
        for option in options
    ]


class PollPage(PollDetail):
    template_name = "learning/poll.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        self.related = tuple(one for one in self.related if one.accessor != POLL_OPTIONS)
        options = results(self.object)
        return super().get_context_data(
            options=options,
            total=sum(one["votes"] for one in options),
            voted=self.object.pk in marked(self.request, KIND),
            add_option=self.create_url(PollOption, OPTION_POLL),
            **context,
        )


@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    poll = get_object_or_404(visible(request.user, Poll.objects.all(), "read"), pk=pk)
    if not may(request.user, "read", Poll, poll):
        raise PermissionDenied
    wished = request.POST.get("option", "")
    options = PollOption.objects.filter(**{OPTION_POLL: poll})
    if not wished.isdigit() or not options.filter(pk=wished).exists():
        messages.error(request, "Please choose one of the options.")
        return redirect(poll.get_absolute_url())
    with transaction.atomic():
        _, is_new = Mark.objects.get_or_create(kind=KIND, number=pk, person=person_of(request))
        if is_new:
            options.filter(pk=wished).update(**{OPTION_VOTES: F(OPTION_VOTES) + 1})
    if is_new:
        messages.success(request, "Thank you for your vote.")
    else:
        messages.error(request, "You have voted already.")
    return redirect(poll.get_absolute_url())
