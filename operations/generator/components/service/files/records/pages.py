"""The pages every kind of record has: detail, form, delete; `records.lists` has the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ProtectedError, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import CreateView, DeleteView, DetailView, UpdateView

from records.access import may, offered, visible

MOST_RELATED = 200


@dataclass(frozen=True)
class Related:
    """Records that point here: through `accessor` of this record, by `field` of theirs.

    `field` is "" when they cannot be added from here, `order` when they stand in their own order.
    `template` draws them.
    """

    accessor: str
    field: str = ""
    columns: tuple[str, ...] = ()
    order: str = ""
    template: str = "records/related.html"


def with_links(queryset: QuerySet, columns: Sequence[str]) -> QuerySet:
    """The records with what these columns link to, in as many queries for one as for many."""
    fields = [queryset.model._meta.get_field(name) for name in columns]
    one = [field.name for field in fields if field.many_to_one or field.one_to_one]
    many = [field.name for field in fields if field.many_to_many]
    return queryset.select_related(*one).prefetch_related(*many)


class RecordPage(AccessMixin):
    """`action` is what records.access is asked about."""

    model: type[models.Model]
    action = "read"
    read_only = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user, self.action, self.model):
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)

    def get_object(self, queryset: QuerySet | None = None) -> models.Model:
        record = super().get_object(queryset)
        if not may(self.request.user, self.action, self.model, record):
            raise PermissionDenied
        return record

    def get_queryset(self) -> QuerySet:
        action = "list" if self.action == "list" else "read"
        return visible(self.request.user, super().get_queryset(), action)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        meta = self.model._meta
        record = getattr(self, "object", None)
        return super().get_context_data(
            label=meta.verbose_name,
            label_plural=meta.verbose_name_plural,
            list_url=reverse(f"{meta.model_name}-list"),
            create_url="" if self.read_only else reverse(f"{meta.model_name}-create"),
            may_create=not self.read_only and offered(self.request.user, "create", self.model),
            may_update=not self.read_only and may(self.request.user, "update", self.model, record),
            may_delete=not self.read_only and may(self.request.user, "delete", self.model, record),
            **kwargs,
        )


class DetailPage(RecordPage, DetailView):
    """`texts` are shown at length, `facts` as a list, `badges` beside the heading."""

    template_name = "records/detail.html"
    badges: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    picture = ""
    related: tuple[Related, ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = self.model._meta.model_name
        return super().get_context_data(
            badges=self.badges,
            texts=[text for text in self.texts if getattr(self.object, text)],
            facts=self.facts,
            picture=self.picture,
            cover=getattr(self.object, self.picture) if self.picture else None,
            related=[self.section(one) for one in self.related],
            has_main=bool(self.texts or self.related or self.picture),
            edit_url="" if self.read_only else reverse(f"{name}-edit", args=[self.object.pk]),
            delete_url="" if self.read_only else reverse(f"{name}-delete", args=[self.object.pk]),
            **kwargs,
        )

    def section(self, one: Related) -> dict[str, Any]:
        relation = self.model._meta.get_field(one.accessor)
        model = relation.related_model
        found = getattr(self.object, one.accessor, None)
        if isinstance(found, models.Manager):
            shown = with_links(visible(self.request.user, found.all()), one.columns)
            shown = shown.order_by(one.order, "pk") if one.order else shown
            records = list(shown[:MOST_RELATED])
        else:
            records = [found] if found else []
        addable = bool(one.field) and (relation.one_to_many or not records)
        return {
            "label": model._meta.verbose_name,
            "heading": model._meta.verbose_name_plural,
            "fields": [model._meta.get_field(name) for name in one.columns],
            "columns": one.columns[1:],
            "title_column": one.columns[0] if one.columns else "",
            "records": records,
            "template": one.template,
            "create_url": self.create_url(model, one.field) if addable else "",
        }

    def create_url(self, model: type[models.Model], field: str) -> str:
        """Where to add one that points here; "" for those who may not."""
        if not may(self.request.user, "create", model):
            return ""
        return f"{reverse(f'{model._meta.model_name}-create')}?{field}={self.object.pk}"


class FormPage(RecordPage):
    """What creating and editing share."""

    template_name = "records/form.html"
    object: models.Model

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class CreatePage(FormPage, CreateView):
    """Values in the address fill the form: `?recipe=3`."""

    action = "create"

    def get_initial(self) -> dict[str, Any]:
        names = self.form_class._meta.fields
        return {name: self.request.GET[name] for name in names if name in self.request.GET}

    def get_success_url(self) -> str:
        """Back to the record it was added from, if it belongs there."""
        for name, given in self.get_initial().items():
            chosen = getattr(self.object, name)
            if hasattr(chosen, "get_absolute_url") and str(chosen.pk) == given:
                return chosen.get_absolute_url()
        return super().get_success_url()

    def form_valid(self, form: ModelForm) -> HttpResponse:
        if owner := getattr(self.model, "owner_field", ""):
            setattr(form.instance, owner, self.request.user)
        response = super().form_valid(form)
        messages.success(self.request, f"{self.model._meta.verbose_name} saved.".capitalize())
        return response


class EditPage(FormPage, UpdateView):
    action = "update"

    def form_valid(self, form: ModelForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, "Your changes are saved.")
        return response


class DeletePage(RecordPage, DeleteView):
    action = "delete"
    template_name = "records/confirm_delete.html"

    def get_success_url(self) -> str:
        return reverse(f"{self.model._meta.model_name}-list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(goes_too=self.goes_too(), **kwargs)

    def goes_too(self) -> str:
        """What is deleted along with it: "3 comments, 1 rating"."""
        counts = []
        for one in self.model._meta.related_objects:
            if getattr(one, "on_delete", None) is not models.CASCADE:
                continue
            held = getattr(self.object, one.get_accessor_name(), None)
            count = held.count() if isinstance(held, models.Manager) else int(held is not None)
            if count:
                meta = one.related_model._meta
                word = meta.verbose_name if count == 1 else meta.verbose_name_plural
                counts.append(f"{count} {word}")
        return ", ".join(counts)

    def form_valid(self, form: Any) -> HttpResponse:
        name = str(self.object)
        try:
            response = super().form_valid(form)
        except ProtectedError:
            messages.error(self.request, f"{name} is still needed elsewhere and stays.")
            return redirect(self.object.get_absolute_url())
        messages.success(self.request, f"{name} is deleted.")
        return response
