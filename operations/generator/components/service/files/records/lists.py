"""The list of one kind of record: searched, filtered, ordered, in pages, as a file, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.generic import ListView

from records.export import csv_file
from records.filters import NUMBERS, Filter, found, narrowed, range_filters, sorts, value_filters
from records.pages import RecordPage, with_links


class ListPage(RecordPage, ListView):
    """`?q=` searches, a field's name filters, `?min-price=` and `?max-price=` bound it, `?sort=` orders
    by a column ("-" for descending). `?format=csv` and `?format=print` hold all pages at once."""

    action = "list"
    paginate_by = 24
    columns: tuple[str, ...] = ()
    picture = ""
    search_fields: tuple[str, ...] = ()
    filter_fields: tuple[str, ...] = ()
    range_fields: tuple[str, ...] = ()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("format") == "csv":
            return csv_file(self.get_queryset(), self.columns if self.is_of_accounts else ())
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        return ["records/print.html" if self.is_printed else "records/list.html"]

    def get_paginate_by(self, queryset: QuerySet) -> int | None:
        return None if self.is_printed else self.paginate_by

    def get_queryset(self) -> QuerySet:
        queryset = found(super().get_queryset(), self.words, self.search_fields)
        queryset = narrowed(queryset, self.filters)
        if self.sort:
            queryset = queryset.order_by(self.sort, "pk")
        return with_links(queryset, self.columns)

    @property
    def is_of_accounts(self) -> bool:
        """Then only what the list shows leaves the app: there are passwords beside it."""
        return self.model._meta.app_label == "accounts"

    @property
    def is_printed(self) -> bool:
        return self.request.GET.get("format") == "print"

    @property
    def words(self) -> list[str]:
        return self.request.GET.get("q", "").split()

    @cached_property
    def filters(self) -> list[Filter]:
        given = self.request.GET
        return [
            *value_filters(self.model, self.filter_fields, given, self.request.user),
            *range_filters(self.model, self.range_fields, given),
        ]

    @property
    def sort(self) -> str:
        wished = self.request.GET.get("sort", "")
        name = wished.removeprefix("-")
        return wished if name in self.columns and self.sortable(name) else ""

    def sortable(self, name: str) -> bool:
        """By links to many, a record would stand once for each of them."""
        return not self.model._meta.get_field(name).many_to_many

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chips = next((one for one in self.filters if one.kind == "choice"), None)
        menu = [one for one in self.filters if one != chips]
        return super().get_context_data(
            headings=list(self.headings()),
            chips=chips,
            filters=menu,
            filters_set=sum(one.is_set for one in menu),
            sort=self.sort,
            sorts=sorts(self.model, self.columns),
            words=self.words,
            is_filtered=bool(self.words or any(one.is_set for one in self.filters)),
            columns=self.columns[1:],
            title_column=self.columns[0] if self.columns else "",
            picture=self.picture,
            total=self.model._default_manager.count(),
            **kwargs,
        )

    def headings(self) -> Iterator[dict[str, Any]]:
        for name in self.columns:
            field = self.model._meta.get_field(name)
            order = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "none")
            next_sort = f"-{name}" if order == "ascending" else name
            yield {
                "label": field.verbose_name,
                "order": order,
                "sort": next_sort if self.sortable(name) else "",
                "end": isinstance(field, NUMBERS),
            }
