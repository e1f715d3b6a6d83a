"""Errors: JSON where programs ask, a page with a way on where people do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from records.lists import ListPage

EXPLANATIONS = {
    400: ("That did not work", "The request was not complete. Go back and try again."),
    403: ("This is not yours to see", "You may need to sign in as somebody else."),
    404: ("There is nothing here", "It may have been removed, or the address has a typo."),
    500: (
        "Something broke",
        "The mistake is ours and has been written down. Try again in a moment.",
    ),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    heading, advice = EXPLANATIONS[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": heading}, status=status)
    words = {"heading": heading, "advice": advice, "status": status}
    way_on = _list_around(request.path) if status == 404 else {}
    return HttpResponse(render_to_string("error.html", words | way_on), status=status)


def _list_around(path: str) -> dict[str, object]:
    """The list that a missing record's address belongs to: `/recipes/` for `/recipes/12/`."""
    list_url = f"/{path.split('/')[1]}/"
    try:
        view = getattr(resolve(list_url).func, "view_class", None)
    except Resolver404:
        return {}
    if view is None or not issubclass(view, ListPage):
        return {}
    return {"list_url": list_url, "label_plural": view.model._meta.verbose_name_plural}
