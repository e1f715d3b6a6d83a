"""Whether a plan can be built, computed from the document alone.

No model's word and no stored flag is trusted: `assess` is pure, so the Plan pane, the API and the
build button always agree, and each blocker names the item to mend.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator

from blueprints.schemas import (
    Blocker,
    BlueprintDocument,
    Component,
    Entity,
    EntityField,
    Relation,
    SectionStatus,
)  # fmt: skip

KINDS_THAT_SHOW_DATA = frozenset(
    {"list", "detail", "form", "board", "calendar", "feed", "gallery", "world", "chat", "dashboard"}
)
DATE_TYPES = frozenset({"date", "datetime"})

_ENTITY_NAME = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")


def assess(document: BlueprintDocument) -> list[Blocker]:
    """What stands between this plan and a build, most telling first; [] means ready to build."""
    return [
        *_empty_plan(document),
        *_unanswered_questions(document),
        *_entities(document),
        *_endpoints(document),
        *_screens(document),
        *_rules(document),
    ]


def section_statuses(document: BlueprintDocument) -> dict[str, SectionStatus]:
    """Status per section (wire names): empty holds nothing, partial has a blocker, else complete."""
    sections = document.sections
    blocked = {_SECTION_OF_PREFIX.get(blocker.item.partition("-")[0], "") for blocker in assess(document)}
    design = sections.design_system
    filled = {
        "dataModel": bool(sections.data_model.entities),
        "apiEndpoints": bool(sections.api_endpoints.endpoints),
        "uiComponents": bool(sections.ui_components.components),
        "dependencies": bool(sections.dependencies.items),
        "designSystem": bool(
            design.style or design.theme or design.colors or design.typography or design.layout
            or design.spacing or design.shadows or design.border_radius is not None
            or design.inspiration_notes
        ),
        "behaviors": bool(sections.behaviors.rules),
    }  # fmt: skip
    statuses: dict[str, SectionStatus] = {}
    for name, has_content in filled.items():
        if not has_content:
            # A must-question about behaviour is open: the section is begun, not empty.
            statuses[name] = "partial" if name == "behaviors" and name in blocked else "empty"
        else:
            statuses[name] = "partial" if name in blocked or _is_thin(name, document) else "complete"
    return statuses


def with_statuses(document: BlueprintDocument) -> BlueprintDocument:
    """A copy of the document whose sections carry their computed status."""
    result = document.model_copy(deep=True)
    statuses = section_statuses(result)
    sections = result.sections
    sections.data_model.status = statuses["dataModel"]
    sections.api_endpoints.status = statuses["apiEndpoints"]
    sections.ui_components.status = statuses["uiComponents"]
    sections.dependencies.status = statuses["dependencies"]
    sections.design_system.status = statuses["designSystem"]
    sections.behaviors.status = statuses["behaviors"]
    return result


_SECTION_OF_PREFIX = {
    "ENT": "dataModel", "FLD": "dataModel", "REL": "dataModel", "API": "apiEndpoints",
    "UI": "uiComponents", "RULE": "behaviors", "Q": "behaviors",
}  # fmt: skip


def _is_thin(section: str, document: BlueprintDocument) -> bool:
    """A design without a style needs at least its two leading colours to be more than a start."""
    if section != "designSystem":
        return False
    design = document.sections.design_system
    roles = {color.role for color in design.colors}
    return not (design.style or {"background", "primary"} <= roles)


def _empty_plan(document: BlueprintDocument) -> Iterator[Blocker]:
    sections = document.sections
    if not sections.data_model.entities and not sections.ui_components.components:
        yield Blocker(code="empty_plan", message="The plan is empty: say what the app should hold or show.")


def _unanswered_questions(document: BlueprintDocument) -> Iterator[Blocker]:
    for question in document.open_questions:
        if question.must:
            yield Blocker(
                code="unanswered_question",
                message=f"Please answer: {question.question}",
                item=question.id,
            )


def _entities(document: BlueprintDocument) -> Iterator[Blocker]:
    entities = document.sections.data_model.entities
    ids = {entity.id for entity in entities}
    yield from _duplicates(
        ((entity.name.lower(), entity.id, entity.name) for entity in entities),
        code="duplicate_entity",
        message="Two entities are called “{}”: rename or remove one.",
    )
    for entity in entities:
        if not _ENTITY_NAME.match(entity.name) or keyword.iskeyword(entity.name):
            yield Blocker(
                code="invalid_name",
                message=f"“{entity.name}” cannot be an entity's name: use letters and digits, like “RecipeBook”.",
                item=entity.id,
            )
        if not entity.fields and not entity.relations:
            yield Blocker(code="empty_entity", message=f"{entity.name} has no fields.", item=entity.id)
        for relation in entity.relations:
            if relation.target not in ids:
                yield Blocker(
                    code="dangling_relation",
                    message=f"{entity.name}.{relation.name} points at an entity that does not exist.",
                    item=relation.id,
                )
        yield from _duplicates(
            ((item.name.lower(), item.id, item.name) for item in _parts(entity)),
            code="duplicate_field",
            message=f"{entity.name} has two fields called “{{}}”.",
        )
        yield from _fields(entity)


def _fields(entity: Entity) -> Iterator[Blocker]:
    for item in _parts(entity):
        if not _FIELD_NAME.match(item.name) or keyword.iskeyword(item.name) or item.name in {"id", "pk"}:
            yield Blocker(
                code="invalid_name",
                message=f"“{item.name}” cannot be a field's name on {entity.name}: use snake_case, like “due_date”.",
                item=item.id,
            )
    for field in entity.fields:
        label = f"{entity.name}.{field.name}"
        if field.type == "choice" and not field.choices:
            yield Blocker(code="choice_without_choices", message=f"{label} has no choices.", item=field.id)
        elif field.type == "choice" and field.default is not None and str(field.default) not in field.choices:
            yield Blocker(
                code="default_not_a_choice",
                message=f"{label} has the default “{field.default}”, which is not one of its choices.",
                item=field.id,
            )
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            yield Blocker(
                code="impossible_range", message=f"{label} has a minimum above its maximum.", item=field.id
            )


def _parts(entity: Entity) -> list[EntityField | Relation]:
    return [*entity.fields, *entity.relations]


def _endpoints(document: BlueprintDocument) -> Iterator[Blocker]:
    ids = {entity.id for entity in document.sections.data_model.entities}
    endpoints = document.sections.api_endpoints.endpoints
    for endpoint in endpoints:
        label = f"{endpoint.method} {endpoint.path}"
        if not endpoint.path.startswith("/api/"):
            yield Blocker(code="invalid_path", message=f"{label} must start with /api/.", item=endpoint.id)
        if endpoint.entity not in ids:
            yield Blocker(
                code="endpoint_without_entity",
                message=f"{label} serves no entity of the plan.",
                item=endpoint.id,
            )
    yield from _duplicates(
        ((f"{e.method} {e.path.rstrip('/')}", e.id, f"{e.method} {e.path}") for e in endpoints),
        code="duplicate_endpoint",
        message="{} is planned twice.",
    )


def _screens(document: BlueprintDocument) -> Iterator[Blocker]:
    components = document.sections.ui_components.components
    for component in components:
        entities = [document.entity(key) for key in component.entities]
        if None in entities:
            yield Blocker(
                code="dangling_screen",
                message=f"The screen “{component.name}” shows an entity that does not exist.",
                item=component.id,
            )
        known = [entity for entity in entities if entity is not None]
        if not entities and component.kind in KINDS_THAT_SHOW_DATA:
            yield Blocker(
                code="screen_without_data",
                message=f"The screen “{component.name}” has no data to show.",
                item=component.id,
            )
        elif known:
            yield from _unsuited_data(component, known)
    yield from _duplicates(
        ((c.name.lower(), c.id, c.name) for c in components),
        code="duplicate_screen",
        message="Two screens are called “{}”.",
    )
    yield from _duplicates(
        ((c.route.rstrip("/") or "/", c.id, c.route) for c in components if c.route),
        code="duplicate_route",
        message="Two screens live at {}.",
    )


def _unsuited_data(component: Component, entities: list[Entity]) -> Iterator[Blocker]:
    types = {field.type for entity in entities for field in entity.fields}
    if component.kind == "board" and "choice" not in types:
        yield Blocker(
            code="board_without_stages",
            message=f"The board “{component.name}” needs a choice field, such as a status, for its lanes.",
            item=component.id,
        )
    if component.kind == "calendar" and not types & DATE_TYPES:
        yield Blocker(
            code="calendar_without_date",
            message=f"The calendar “{component.name}” needs a date to place things on.",
            item=component.id,
        )


def _rules(document: BlueprintDocument) -> Iterator[Blocker]:
    ids = {entity.id for entity in document.sections.data_model.entities}
    for rule in document.sections.behaviors.rules:
        entity = rule.params.get("entity")
        if rule.kind == "access.permission" and entity not in ids:
            yield Blocker(
                code="dangling_permission",
                message=f"“{rule.text}” is about an entity that does not exist.",
                item=rule.id,
            )


def _duplicates(items: Iterable[tuple[str, str, str]], *, code: str, message: str) -> Iterator[Blocker]:
    """One blocker for each (key, id, label) whose key came before."""
    seen: set[str] = set()
    for key, item, label in items:
        if key in seen:
            yield Blocker(code=code, message=message.format(label), item=item)
        seen.add(key)
