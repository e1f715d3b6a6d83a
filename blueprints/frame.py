"""What a plan says that is part of no item: its name, its summary and the settings of its design. Pure.

Such a setting is addressed by its wire name: "featureName", "summary", "designSystem.theme".
"""

from __future__ import annotations

from typing import Any

from blueprints.schemas import BlueprintDocument, DesignSystemSection, Schema

DESIGN = "designSystem"
_ITEMS_AND_COMPUTED = {"status", "colors", "typography"}


def _names() -> dict[str, tuple[str, str]]:
    """Wire name → (where, attribute); where is "" for the document and "design" for its design."""
    document = {name: ("", name) for name in ("feature_name", "summary")}
    found = {str(BlueprintDocument.model_fields[name].alias): place for name, place in document.items()}
    for name, info in DesignSystemSection.model_fields.items():
        if name not in _ITEMS_AND_COMPUTED:
            found[f"{DESIGN}.{info.alias}"] = ("design", name)
    return found


NAMES = _names()


def read(document: BlueprintDocument, name: str) -> Any:
    """The setting's value. Raises KeyError for a name that is none."""
    where, attribute = NAMES[name]
    return getattr(_holder(document, where), attribute)


def write(document: BlueprintDocument, name: str, value: Any) -> None:
    where, attribute = NAMES[name]
    setattr(_holder(document, where), attribute, value)


def changed(before: BlueprintDocument, after: BlueprintDocument) -> set[str]:
    """The names of the settings that differ."""
    return {name for name in NAMES if read(before, name) != read(after, name)}


def keep_locks(stored: BlueprintDocument, candidate: BlueprintDocument) -> None:
    """Give the candidate back every locked setting as it is stored, and the locks themselves."""
    candidate.locked = list(stored.locked)
    for name in stored.locked:
        if name in NAMES:
            write(candidate, name, read(stored.model_copy(deep=True), name))


def _holder(document: BlueprintDocument, where: str) -> Schema:
    return document.sections.design_system if where else document
