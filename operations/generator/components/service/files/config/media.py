"""Uploaded files: pictures are shown, everything else is only ever downloaded."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils._os import safe_join

SHOWN = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif"}


def media(request: HttpRequest, path: str) -> HttpResponse:
    try:
        file = Path(safe_join(settings.MEDIA_ROOT, path))
        content = file.read_bytes()
    except (OSError, SuspiciousFileOperation) as error:
        raise Http404 from error
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    if file.suffix.lower() not in SHOWN:
        response.headers["Content-Disposition"] = "attachment"
    return response
