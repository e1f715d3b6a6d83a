"""Tables for spreadsheets hold text as text."""

from django.test import SimpleTestCase

from records.export import csv_response, safe
from records.filters import Filter
from records.templatetags.records import mark


class ExportTests(SimpleTestCase):
    def test_text_is_never_a_formula(self) -> None:
        self.assertEqual(safe("=HYPERLINK(1)"), "'=HYPERLINK(1)")
        self.assertEqual(safe("@sum"), "'@sum")
        self.assertEqual(safe("a=b"), "a=b")

    def test_a_file_is_named_after_what_it_holds(self) -> None:
        name = csv_response('Bills "2026"').headers["Content-Disposition"]
        self.assertTrue(name.startswith("attachment"))
        self.assertIn("Bills", name)


class SearchTests(SimpleTestCase):
    def test_words_are_marked_whatever_their_case(self) -> None:
        self.assertEqual(mark("Oak & oak", ["oak"]), "<mark>Oak</mark> &amp; <mark>oak</mark>")

    def test_marking_adds_no_markup_of_the_text(self) -> None:
        self.assertEqual(mark("<b>", ["b"]), "&lt;<mark>b</mark>&gt;")
        self.assertEqual(mark("<b>", []), "&lt;b&gt;")

    def test_a_filter_is_set_by_any_of_its_values(self) -> None:
        self.assertFalse(Filter("price", "price", "number").is_set)
        self.assertTrue(Filter("price", "price", "number", most="3").is_set)
