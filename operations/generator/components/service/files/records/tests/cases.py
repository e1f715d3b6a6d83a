"""What must hold for every kind of record. Each kind's module says what is its own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.urls import reverse
from django.utils.html import escape
from rest_framework.test import APIClient

from records.templatetags.records import MOST_NAMES
from records.tests.build import build, payload, same, user
from records.tests.list_cases import ListCase


class Case:
    """`shown` are all fields, `writable` those a person gives, `demanded` those she must give; `title`
    is the one that names a record and `words` one to search by, "" for none."""

    model: type[models.Model]
    path = ""
    title = ""
    words = ""
    shown: list[str] = []
    writable: list[str] = []
    demanded: list[str] = []
    uploads = False
    client_class = APIClient

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(user(is_superuser=True, is_staff=True))

    @property
    def encoding(self) -> str:
        return "multipart" if self.uploads else "json"

    def sent(self) -> dict[str, Any]:
        return payload(self.model, self.writable, multipart=self.uploads)


class ModelCase(Case):
    def test_reads_as_people_call_it(self) -> None:
        record = build(self.model)
        self.assertTrue(str(record))
        if self.title:
            self.assertIn(str(getattr(record, self.title))[:40], str(record))

    def test_remembers_its_times(self) -> None:
        record = build(self.model)
        made = record.updated_at
        record.save()
        self.assertGreaterEqual(record.updated_at, made)
        self.assertLessEqual(record.created_at, record.updated_at)

    def check_link(self, name: str, accessor: str) -> None:
        """The link leads there and back again."""
        field = self.model._meta.get_field(name)
        target = build(field.related_model)
        if field.many_to_many:
            record = build(self.model)
            getattr(record, name).set([target])
            self.assertIn(target, getattr(record, name).all())
        else:
            record = build(self.model, **{name: target})
            self.assertEqual(getattr(self.model.objects.get(pk=record.pk), name), target)
        back = getattr(target, accessor)
        self.assertIn(record, back.all() if hasattr(back, "all") else [back])


class ReadApiCase(Case):
    def test_lists(self) -> None:
        before = self.client.get(self.path).json()["count"]
        record = build(self.model)
        answer = self.client.get(self.path).json()
        self.assertEqual(answer["count"], before + 1)
        self.assertIn(record.pk, [result["id"] for result in answer["results"]])

    def test_shows_one(self) -> None:
        record = build(self.model)
        answer = self.client.get(f"{self.path}{record.pk}/")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["id"], record.pk)

    def test_says_when_there_is_nothing(self) -> None:
        self.assertEqual(self.client.get(f"{self.path}999999/").status_code, 404)

    def test_shows_every_value(self) -> None:
        record = build(self.model)
        shown = self.client.get(f"{self.path}{record.pk}/").json()
        self.assertLessEqual(set(self.shown), set(shown))
        for name in self.shown:
            field = self.model._meta.get_field(name)
            if not isinstance(
                field, models.FileField | models.DateTimeField | models.ManyToManyField
            ):
                self.assertTrue(same(field.value_from_object(record), shown[name]), name)


class ReadOnlyApiCase(ReadApiCase):
    def test_refuses_to_write(self) -> None:
        self.assertEqual(self.client.post(self.path, {}).status_code, 405)


class ApiCase(ReadApiCase):
    def test_shows_every_value(self) -> None:
        sent = self.sent()
        made = self.client.post(self.path, sent, format=self.encoding).json()
        shown = self.client.get(f"{self.path}{made['id']}/").json()
        self.assertLessEqual(set(self.shown), set(shown))
        for name, value in sent.items():
            self.assertTrue(same(value, shown[name]), f"{name}: {value!r} became {shown[name]!r}")

    def test_creates_with_every_value(self) -> None:
        answer = self.client.post(self.path, self.sent(), format=self.encoding)
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertTrue(self.model.objects.filter(pk=answer.json()["id"]).exists())

    def test_replaces(self) -> None:
        record = build(self.model)
        sent = self.sent()
        answer = self.client.put(f"{self.path}{record.pk}/", sent, format=self.encoding)
        self.assertEqual(answer.status_code, 200, answer.content)
        for name, value in sent.items():
            self.assertTrue(same(value, answer.json()[name]), name)

    def test_changes_one_value(self) -> None:
        record = build(self.model)
        changes = dict(list(self.sent().items())[:1])
        answer = self.client.patch(f"{self.path}{record.pk}/", changes, format=self.encoding)
        self.assertEqual(answer.status_code, 200, answer.content)
        for name, value in changes.items():
            self.assertTrue(same(value, answer.json()[name]), name)

    def test_deletes(self) -> None:
        record = build(self.model)
        self.assertEqual(self.client.delete(f"{self.path}{record.pk}/").status_code, 204)
        self.assertFalse(self.model.objects.filter(pk=record.pk).exists())


class DemandingApiCase(ApiCase):
    def test_refuses_missing_values(self) -> None:
        for name in self.demanded:
            with self.subTest(name):
                sent = self.sent()
                sent.pop(name)
                answer = self.client.post(self.path, sent, format=self.encoding)
                self.assertEqual(answer.status_code, 400)
                self.assertIn(name, answer.json())


class SearchCase(Case):
    """The API and the list find a record by a word of its own, and not by another."""

    def test_finds_by_words(self) -> None:
        record = build(self.model)
        word = str(getattr(record, self.words))
        found = self.client.get(self.path, {"search": word}).json()
        self.assertIn(record.pk, [result["id"] for result in found["results"]])
        self.assertEqual(self.client.get(self.path, {"search": "xyzzy"}).json()["count"], 0)


class ReadPageCase(ListCase, Case):
    @property
    def pages(self) -> str:
        return self.model._meta.model_name

    def test_list_page_shows_records(self) -> None:
        record = build(self.model)
        page = self.client.get(reverse(f"{self.pages}-list"))
        self.assertContains(page, escape(str(record)))
        heading = str(self.model._meta.verbose_name_plural)
        self.assertContains(page, escape(heading[:1].upper() + heading[1:]))
        self.assert_one_entry_is_marked(page)

    def assert_one_entry_is_marked(self, page: Any) -> None:
        marked = [entry["path"] for entry in page.context["navigation"] if entry["current"]]
        self.assertEqual(len(marked), 1, marked)

    def test_list_page_names_the_records_it_links_to(self) -> None:
        record = build(self.model)
        fields = [one for one in self.model._meta.many_to_many if one.name in self.shown]
        for field in fields:
            linked = [build(field.related_model) for _ in range(MOST_NAMES + 2)]
            getattr(record, field.name).set(linked)
        page = self.client.get(reverse(f"{self.pages}-list"))
        for field in fields:
            if field.name in page.context["columns"]:
                first = next(iter(getattr(record, field.name).all()))
                self.assertContains(page, f">{escape(str(first))}</")
                self.assertContains(page, "and 2 more")

    def test_missing_record_leads_to_the_list(self) -> None:
        address = reverse(f"{self.pages}-list")
        page = self.client.get(f"{address}999999/")
        self.assertContains(page, f'href="{address}"', status_code=404)

    def test_list_page_says_when_it_is_empty(self) -> None:
        self.model.objects.all().delete()
        page = self.client.get(reverse(f"{self.pages}-list"))
        self.assertContains(page, escape(f"No {self.model._meta.verbose_name_plural} yet"))

    def test_detail_page_shows_values(self) -> None:
        record = build(self.model)
        page = self.client.get(record.get_absolute_url())
        self.assertContains(page, escape(str(record)))
        if self.title:
            self.assertContains(page, escape(getattr(record, self.title)))
        if hasattr(record, "updated_at"):
            self.assertContains(page, "just now")
        self.assert_one_entry_is_marked(page)


class SearchPageCase(Case):
    def test_list_page_finds_by_words(self) -> None:
        record = build(self.model)
        address = reverse(f"{self.model._meta.model_name}-list")
        word = str(getattr(record, self.words))
        self.assertContains(self.client.get(address, {"q": word}), record.get_absolute_url())
        self.assertContains(self.client.get(address, {"q": "xyzzy"}), "No matches")


class PageCase(ReadPageCase):
    def form_data(self) -> dict[str, Any]:
        """What a browser sends: a checkbox only when it is ticked."""
        sent = payload(self.model, self.writable, multipart=True)
        data = {name: value for name, value in sent.items() if value not in (False, None)}
        for name, value in data.items():
            if isinstance(self.model._meta.get_field(name), models.DateTimeField):
                data[name] = value[:16]
        return data

    def test_form_creates(self) -> None:
        address, data = reverse(f"{self.pages}-create"), self.form_data()
        before = self.model.objects.count()
        self.assertEqual(self.client.get(address).status_code, 200)
        answer = self.client.post(address, data, format="multipart")
        self.assertEqual(self.model.objects.count(), before + 1, mistakes(answer))
        self.assertRedirects(answer, self.model.objects.latest("pk").get_absolute_url())

    def test_form_leads_back_to_the_record_it_was_opened_from(self) -> None:
        data = self.form_data()
        fields = [self.model._meta.get_field(name) for name in data]
        link = next((field for field in fields if field.many_to_one), None)
        if link is None or not hasattr(link.related_model, "get_absolute_url"):
            return
        address = f"{reverse(f'{self.pages}-create')}?{link.name}={data[link.name]}"
        answer = self.client.post(address, data, format="multipart")
        origin = link.related_model._default_manager.get(pk=data[link.name])
        self.assertRedirects(answer, origin.get_absolute_url(), fetch_redirect_response=False)

    def test_edit_page_saves(self) -> None:
        record = build(self.model)
        address = reverse(f"{self.pages}-edit", args=[record.pk])
        self.assertEqual(self.client.get(address).status_code, 200)
        answer = self.client.post(address, self.form_data(), format="multipart")
        self.assertRedirects(answer, record.get_absolute_url())

    def test_delete_page_deletes_when_confirmed(self) -> None:
        record = build(self.model)
        address = reverse(f"{self.pages}-delete", args=[record.pk])
        self.assertContains(self.client.get(address), "Delete")
        self.client.post(address)
        self.assertFalse(self.model.objects.filter(pk=record.pk).exists())


class DemandingPageCase(PageCase):
    def test_form_explains_mistakes(self) -> None:
        before = self.model.objects.count()
        answer = self.client.post(reverse(f"{self.pages}-create"), {}, format="multipart")
        self.assertContains(answer, "to fix before saving")
        for name in self.demanded:
            self.assertIn(name, answer.context["form"].errors)
        self.assertEqual(self.model.objects.count(), before)


class AccessCase(Case):
    """`who` says for each action who may; strangers, members, owners and roles all try."""

    who: dict[str, str] = {}

    def check(self, action: str) -> None:
        who = self.who[action]
        self.assertEqual(self.allowed(action, None), who == "anyone", "a stranger")
        self.assertEqual(self.allowed(action, user()), who in ("anyone", "signed_in"), "a member")
        if who == "owner":
            self.assertTrue(self.allowed(action, user(), own=True), "the owner")
        elif who not in ("anyone", "signed_in"):
            chosen = user()
            chosen.groups.add(Group.objects.get_or_create(name=who)[0])
            self.assertTrue(self.allowed(action, chosen), who)

    def allowed(self, action: str, person: Any, *, own: bool = False) -> bool:
        owner = getattr(self.model, "owner_field", "")
        record = build(self.model, **{owner: person if own else user()} if owner else {})
        client = APIClient()
        if person is not None:
            client.force_login(person)
        one = f"{self.path}{record.pk}/"
        if action == "list":
            answer = client.get(self.path).json()
            return record.pk in [result["id"] for result in answer.get("results", [])]
        if action == "read":
            return client.get(one).status_code == 200
        if action == "create":
            return client.post(self.path, self.sent(), format=self.encoding).status_code == 201
        if action == "update":
            return client.put(one, self.sent(), format=self.encoding).status_code == 200
        return client.delete(one).status_code == 204


def mistakes(answer: Any) -> str:
    """Why a form was not accepted, for the message of a failing test."""
    form = (answer.context or {}).get("form") if answer.context else None
    return str(form.errors.as_json()) if form is not None else ""
