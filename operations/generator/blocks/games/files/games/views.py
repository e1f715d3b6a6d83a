"""Choosing a game, playing it, and the best results."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.generic import CreateView, TemplateView

from games.catalogue import GAMES
from games.models import HighScore
from records.form import RecordForm

BEST = 10


class ScoreForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = HighScore
        fields = ("player", "points")


class Choose(TemplateView):
    template_name = "games/choose.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        games = [
            {"slug": slug, "name": name, "how": how, "best": best(slug).first()}
            for slug, (name, how) in GAMES.items()
        ]
        return super().get_context_data(games=games, **context)


def best(slug: str) -> Any:
    return HighScore.objects.filter(game=slug)


class Play(CreateView):
    """The game itself; a result is sent here as a form."""

    template_name = "games/play.html"
    form_class = ScoreForm

    @property
    def slug(self) -> str:
        if self.kwargs["slug"] not in GAMES:
            raise Http404
        return self.kwargs["slug"]

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        name, how = GAMES[self.slug]
        return super().get_context_data(
            slug=self.slug,
            name=name,
            how=how,
            script=f"js/games/{self.slug}.js",
            best=best(self.slug)[:BEST],
            **context,
        )

    def form_valid(self, form: ScoreForm) -> HttpResponse:
        form.instance.game = self.slug
        form.save()
        messages.success(self.request, f"{form.instance.points} points are kept.")
        return redirect("games:play", slug=self.slug)
