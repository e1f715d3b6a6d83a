"""Comments as the workspace shows them: at their item, above the composer, with the message that took them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from blueprints.models import Blueprint, BlueprintComment
from blueprints.services import current_blueprint
from studio.access import Viewer
from studio.models import Project


@dataclass(frozen=True)
class Remark:
    """`message` is the id of the message it was sent with, "" while it is pending."""

    id: str
    item: str
    label: str
    text: str
    by: str
    mine: bool
    message: str


def remarks(rows: Iterable[BlueprintComment], user_id: int = 0) -> tuple[Remark, ...]:
    return tuple(
        Remark(
            id=str(row.pk),
            item=row.item_id,
            label=row.label,
            text=row.text,
            by=(row.by.get_full_name() or row.by.get_username()) if row.by else "Someone who left",
            mine=row.by_id == user_id,
            message=str(row.message_id or ""),
        )
        for row in rows
    )


def by_item(blueprint: Blueprint | None, viewer: Viewer) -> Mapping[str, tuple[Remark, ...]]:
    """Of each item all that is pending, and of what was sent the latest."""
    if blueprint is None:
        return {}
    found: dict[str, list[Remark]] = {}
    for remark in remarks(blueprint.comments.select_related("by"), viewer.user_id):
        beside = found.setdefault(remark.item, [])
        if remark.message:
            beside[:] = [other for other in beside if not other.message]
        beside.append(remark)
    return {item: tuple(beside) for item, beside in found.items()}


@dataclass(frozen=True)
class PendingPane:
    remarks: tuple[Remark, ...]


def pending(project: Project, viewer: Viewer) -> PendingPane | None:
    """What goes with this person's next message."""
    blueprint = current_blueprint(project)
    if blueprint is None or not viewer.may_edit:
        return None
    rows = blueprint.comments.filter(message=None, by_id=viewer.user_id).select_related("by")
    found = remarks(rows, viewer.user_id)
    return PendingPane(found) if found else None
