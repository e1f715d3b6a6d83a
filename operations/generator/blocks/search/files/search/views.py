"""One search over every list a person may see: `?q=` the words, `&in=` one kind of record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from records import views
from records.access import may, visible
from records.filters import found
from records.lists import ListPage
from records.pages import with_links

MOST_EACH = 5


@dataclass(frozen=True)
class Hits:
    """What one list has of the words; `count` are all, `records` the first of them."""

    name: str
    label: str
    list_url: str
    count: int
    records: list[Model]
    columns: tuple[str, ...]


def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").split()
    pages = list(searched(request.user))
    hits = (
        [one for page in pages if (one := hits_of(page, words, request.user)).count]
        if words
        else []
    )
    chosen = request.GET.get("in", "")
    context = {
        "words": words,
        "hits": [one for one in hits if chosen in ("", one.name)],
        "kinds": [(one.name, one.label, one.count) for one in hits],
        "chosen": chosen,
        "total": sum(one.count for one in hits),
        "lists": [(label_of(page), list_url(page)) for page in pages],
    }
    return render(request, "search/search.html", context)


def searched(user: Any) -> Iterator[type[ListPage]]:
    """Lists with words in them that this person may see."""
    for page in vars(views).values():
        is_list = isinstance(page, type) and issubclass(page, ListPage) and page is not ListPage
        if is_list and page.search_fields and may(user, "list", page.model):
            yield page


def hits_of(page: type[ListPage], words: list[str], user: Any) -> Hits:
    records = visible(user, page.model._default_manager.all())
    matches = found(records, words, page.search_fields)
    columns = page.columns[1:4]
    return Hits(
        page.model._meta.model_name,
        label_of(page),
        list_url(page),
        matches.count(),
        list(with_links(matches, columns)[:MOST_EACH]),
        columns,
    )


def label_of(page: type[ListPage]) -> str:
    said = str(page.model._meta.verbose_name_plural)
    return said[:1].upper() + said[1:]


def list_url(page: type[ListPage]) -> str:
    return reverse(f"{page.model._meta.model_name}-list")
