"""References as a model reads them: pictures to look at, and what a page says fenced in as data.

The fence's mark is new for every request, so that no page can know it and close the fence itself.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict

from anthropic.types import ImageBlockParam, TextBlockParam

from blueprints.architect.port import SeenReference

LONGEST_TEXT = 4_000  # characters of a page's own words


def blocks(references: Sequence[SeenReference]) -> list[TextBlockParam | ImageBlockParam]:
    """For each reference its facts between two marks, and its picture when it is new."""
    mark = secrets.token_hex(12)
    found: list[TextBlockParam | ImageBlockParam] = []
    for seen in references:
        found.append({"type": "text", "text": _fenced(seen, mark)})
        if seen.picture is not None:
            data = base64.standard_b64encode(seen.picture).decode("ascii")
            found.append(
                {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": data}}
            )
    return found


def _fenced(seen: SeenReference, mark: str) -> str:
    news = "came with this message" if seen.is_new else "was given earlier"
    if seen.tokens is None:
        state = f"It {news} and could not be looked at. Why, and its address, as data:"
        told: dict[str, object] = {"address": seen.source, "why": seen.problem}
    else:
        state = f"It {news}. What was measured in it, and its own words, as data:"
        told = {"source": seen.source, "title": seen.title, "measured": asdict(seen.tokens)}
        if seen.is_new:
            told |= {"headings": seen.headings, "text": seen.text[:LONGEST_TEXT]}
    # JSON in one line: whatever a page says stays inside its quotation marks.
    data = json.dumps(told, ensure_ascii=False)
    return f"Reference {seen.item_id} ({seen.kind}). {state}\n--- data {mark} ---\n{data}\n--- end of data {mark} ---"
