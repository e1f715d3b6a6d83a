"""What must hold for the list of every kind of record beyond showing it."""

from __future__ import annotations

import csv
from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse

from records.filters import Filter
from records.tests.build import build

FAR = 1_000_000_000


class ListCase:
    """Beside a case with `model`: filters, order, export and print of its list."""

    model: type[models.Model]

    def listed(self, **query: Any) -> Any:
        return self.client.get(reverse(f"{self.model._meta.model_name}-list"), query)

    def shows(self, record: models.Model, **query: Any) -> bool:
        return record.pk in [one.pk for one in self.listed(**query).context["object_list"]]

    def test_list_page_filters_by_values_and_ranges(self) -> None:
        record = build(self.model)
        page = self.listed()
        for one in [*page.context["filters"], page.context["chips"]]:
            if one is not None:
                with self.subTest(one.name):
                    self.check_filter(record, one)

    def check_filter(self, record: models.Model, one: Filter) -> None:
        field = self.model._meta.get_field(one.name)
        if field.many_to_many:
            linked = getattr(record, one.name).first()
            self.assertTrue(linked is None or self.shows(record, **{one.name: linked.pk}))
            return
        held = field.value_from_object(record)
        if held is None:
            return
        if one.options:
            self.assertTrue(self.shows(record, **{one.name: str(held)}))
            others = [value for value, _ in one.options if value != str(held)]
            self.assertFalse(any(self.shows(record, **{one.name: value}) for value in others[:1]))
            return
        if isinstance(held, datetime):
            held = held.date()
        beyond = "9999-12-31" if isinstance(held, date) else FAR
        ends = {f"min-{one.name}": str(held), f"max-{one.name}": str(held)}
        self.assertTrue(self.shows(record, **ends))
        self.assertFalse(self.shows(record, **{f"min-{one.name}": beyond}))
        self.assertFalse(self.shows(record, **{f"max-{one.name}": "nonsense"}))

    def test_list_page_orders_by_what_it_offers(self) -> None:
        for _ in range(3):
            build(self.model)
        for way, _ in self.listed().context["sorts"]:
            with self.subTest(way):
                records = list(self.listed(sort=way).context["object_list"])
                self.assertEqual(len(records), len({record.pk for record in records}))
                values = [getattr(record, way.removeprefix("-")) for record in records if way]
                numbers = [one for one in values if isinstance(one, int | float | date)]
                self.assertEqual(numbers, sorted(numbers, reverse=way.startswith("-")))

    def test_list_page_exports_what_it_shows(self) -> None:
        record = build(self.model)
        answer = self.listed(format="csv")
        self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))
        head, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines())
        self.assertTrue(head)
        self.assertNotIn("Password", head)
        self.assertEqual(len(rows), self.model.objects.count())
        if "ID" in head:
            self.assertIn(str(record.pk), [row[head.index("ID")] for row in rows])

    def test_list_page_prints_all_pages(self) -> None:
        for _ in range(2):
            build(self.model)
        page = self.listed(format="print")
        self.assertContains(page, "data-print")
        self.assertEqual(len(page.context["object_list"]), self.model.objects.count())
