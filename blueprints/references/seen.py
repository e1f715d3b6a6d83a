"""What an Architect is shown of the references of a plan."""

from __future__ import annotations

import io
from typing import Literal

from PIL import Image

from blueprints.architect.port import SeenReference
from blueprints.models import Blueprint, BlueprintMessage, BlueprintReference
from blueprints.references import facts
from blueprints.references.capturing import TOKENS

# A model is shown what a visitor sees first; the rest of a long page costs much and tells little.
SHOWN_WIDTH = 1280
SHOWN_HEIGHT = 1600
MOST_PICTURES = 3


def seen_references(
    blueprint: Blueprint, *, new_with: BlueprintMessage | None = None
) -> tuple[SeenReference, ...]:
    """The plan's references, oldest first. Pictures only of the newest few, and only with the message
    that brings them: what was seen once is in the conversation."""
    rows = list(
        blueprint.given_references.exclude(status__in=BlueprintReference.UNFINISHED).order_by("created_at")
    )
    fresh = [row for row in rows if new_with is not None and row.message_id == new_with.pk]
    pictured = {row.pk for row in fresh[-MOST_PICTURES:]}
    return tuple(_seen(row, is_new=row in fresh, with_picture=row.pk in pictured) for row in rows)


def _seen(row: BlueprintReference, *, is_new: bool, with_picture: bool) -> SeenReference:
    kind: Literal["url", "screenshot"] = "url" if row.kind == BlueprintReference.Kind.URL else "screenshot"
    if row.status == BlueprintReference.Status.FAILED:
        problem = (row.error or {}).get("message", "It could not be looked at.")
        return SeenReference(row.item_id, kind, row.source, is_new=is_new, problem=problem)
    measured = facts.parse(row.facts) if row.facts else None
    tokens = TOKENS.validate_python(row.tokens) if row.tokens else None
    return SeenReference(
        row.item_id,
        kind,
        row.source,
        title=row.title,
        is_new=is_new,
        tokens=tokens,
        layout=tokens.layout if tokens else (),
        headings=tuple(heading.text for heading in measured.headings) if measured else (),
        text=measured.text if measured else "",
        picture=_top(row) if with_picture and row.desktop else None,
    )


def _top(row: BlueprintReference) -> bytes:
    with row.desktop.open("rb") as file, Image.open(file, formats=["WEBP"]) as image:
        height = min(image.height, image.width * SHOWN_HEIGHT // SHOWN_WIDTH)
        top = image.crop((0, 0, image.width, height))
        top.thumbnail((SHOWN_WIDTH, SHOWN_HEIGHT))
        out = io.BytesIO()
        top.save(out, "WEBP", quality=80)
        return out.getvalue()
