"""The React app: one page, which shows whatever its address says."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie

NOT_BUILT = "The front end is not built yet: run npm ci && npm run build in frontend/."


@ensure_csrf_cookie
def index(request: HttpRequest, path: str = "") -> HttpResponse:
    """The built page; its scripts have names that change with their content, itself is always asked."""
    if "." in path.rpartition("/")[2]:  # a file, which would have been found before
        raise Http404
    try:
        page = (Path(settings.FRONTEND) / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain")
    return HttpResponse(page, headers={"Cache-Control": "no-cache"})
