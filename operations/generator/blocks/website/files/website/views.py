"""The home of the site and the pages it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.views.generic import TemplateView
from django.views.generic.base import ContextMixin

from records.access import may, visible
from website.content import HAS_CONTACT, HAS_NEWSLETTER, PAGES, SECTIONS, Section
from website.models import PageText

MOST_SHOWN = 4


@dataclass(frozen=True)
class Shown:
    """A section with its records, as a template draws it."""

    heading: str
    label: str
    lead: str
    shape: str
    text: str
    picture: str
    records: list[Model]
    list_url: str
    create_url: str


def shown(request: HttpRequest, section: Section, most: int = MOST_SHOWN) -> Shown:
    meta = section.model._meta
    may_add = may(request.user, "create", section.model)
    return Shown(
        heading=str(meta.verbose_name_plural),
        label=str(meta.verbose_name),
        lead=section.lead,
        shape=section.shape,
        text=section.text,
        picture=section.picture,
        records=list(visible(request.user, section.model._default_manager.all())[:most]),
        list_url=reverse(f"{meta.model_name}-list"),
        create_url=reverse(f"{meta.model_name}-create") if may_add else "",
    )


class SitePage(ContextMixin):
    """What all pages of the site share."""

    request: HttpRequest

    def sections(self) -> list[Section]:
        return [one for one in SECTIONS if may(self.request.user, "list", one.model)]

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(
            has_contact=HAS_CONTACT, has_newsletter=HAS_NEWSLETTER, **context
        )


class Home(SitePage, TemplateView):
    """What this is, the newest of what it shows, and the next step."""

    template_name = "website/home.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        sections = [shown(self.request, one) for one in self.sections()]
        covers = [
            cover
            for one in sections
            for record in one.records
            if one.picture and (cover := getattr(record, one.picture))
        ]
        return super().get_context_data(
            sections=sections,
            pages=[{"path": path, "page": page} for path, page in PAGES.items()],
            cover=covers[0] if covers else None,
            **context,
        )


class PageView(SitePage, TemplateView):
    """A page of the site: what staff wrote for it or, until then, what the app can say itself."""

    template_name = "website/page.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        address = self.kwargs["address"]
        page = PAGES[address]
        sections = self.sections()
        own = [one for one in sections if one.model.__name__ in page.sections]
        return super().get_context_data(
            page=page,
            written=PageText.objects.filter(path=address).first(),
            sections=[shown(self.request, one) for one in own],
            kinds=[shown(self.request, one, most=0) for one in sections],
            **context,
        )
