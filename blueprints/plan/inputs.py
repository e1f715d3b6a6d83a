"""What a person can set of each kind of item: the fields of its form, in the order in which they stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from blueprints.schemas import (
    BlueprintDocument,
    ComponentKind,
    Dependency,
    DesignSystemSection,
    EntityField,
    FieldType,
    Method,
    RelationKind,
    Rule,
)

Control = Literal["text", "area", "number", "choice", "check", "checks", "color", "list", "numbers"]


@dataclass(frozen=True)
class Setting:
    """One attribute as a form shows it. `empty` is what an empty field means: "" or None; `entities` says
    that it names entities, `options` are (value, words) otherwise."""

    name: str
    label: str
    control: Control = "text"
    hint: str = ""
    empty: Any = ""
    entities: bool = False
    options: tuple[tuple[str, str], ...] = ()
    wide: bool = True


def _words(values: Sequence[str], **told: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, told.get(value, value.replace("_", " "))) for value in values)


_FIELD_TYPES = _words(
    get_args(FieldType), string="short text", text="long text", integer="whole number", decimal="number",
    boolean="yes or no", datetime="date and time", choice="one of a list", uuid="unique id", json="JSON",
    url="web address", email="e-mail address", phone="phone number",
)  # fmt: skip
_RELATIONS = _words(
    get_args(RelationKind), belongs_to="belongs to one", many_to_many="many on both sides", one_to_one="exactly one"
)  # fmt: skip
_ROLES = _words(
    [
        "background",
        "surface",
        "text",
        "muted",
        "border",
        "primary",
        "on-primary",
        "accent",
        "on-accent",
        "link",
        "danger",
        "success",
        "warning",
        "info",
    ]
)
_OPTIONAL = (("", "none"),)

SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "plan": (
        Setting("feature_name", "Name"),
        Setting("summary", "In a sentence", "area"),
    ),
    "entity": (
        Setting("name", "Name", hint="One of them, such as Recipe", wide=False),
        Setting("plural", "Many of them", hint="As the app says it", wide=False),
        Setting("description", "What it is", "area"),
    ),
    "field": (
        Setting("name", "Name", wide=False),
        Setting("type", "Type", "choice", options=_FIELD_TYPES, wide=False),
        Setting("choices", "Choices", "list", hint="For one of a list: separated by commas", empty=()),
        Setting("default", "Starts as", empty=None, wide=False),
        Setting("help", "Hint for people", wide=False),
        Setting("minimum", "At least", "number", empty=None, wide=False),
        Setting("maximum", "At most", "number", empty=None, wide=False),
        Setting("required", "Must be filled in", "check", wide=False),
        Setting("unique", "No two alike", "check", wide=False),
    ),
    "relation": (
        Setting("name", "Name", wide=False),
        Setting("kind", "How", "choice", options=_RELATIONS, wide=False),
        Setting("target", "To", "choice", entities=True, wide=False),
        Setting("required", "Must be set", "check", wide=False),
    ),
    "endpoint": (
        Setting("method", "Method", "choice", options=_words(get_args(Method)), wide=False),
        Setting("path", "Address", hint="Begins with /api/", wide=False),
        Setting("entity", "Serves", "choice", empty=None, entities=True, options=_OPTIONAL, wide=False),
        Setting("description", "What it does", "area"),
    ),
    "screen": (
        Setting("name", "Name", wide=False),
        Setting("kind", "Kind", "choice", options=_words(get_args(ComponentKind)), wide=False),
        Setting("route", "Address", hint="Such as /recipes/; empty for a part of a screen", wide=False),
        Setting("purpose", "What it is for", "area"),
        Setting("entities", "Shows", "checks", entities=True, empty=()),
    ),
    "dependency": (
        Setting("name", "Name", wide=False),
        Setting(
            "kind", "Kind", "choice", options=_words(get_args(Dependency.model_fields["kind"].annotation)), wide=False
        ),
        Setting("purpose", "What for", "area"),
    ),
    "rule": (Setting("text", "Rule", "area"),),
    "color": (
        Setting("value", "Colour", "color", wide=False),
        Setting("role", "Used for", "choice", options=_ROLES, wide=False),
        Setting("name", "Name", wide=False),
    ),
    "type": (
        Setting("role", "Used for", "choice", options=_words(["heading", "body", "label", "mono"]), wide=False),
        Setting("family", "Typeface", wide=False),
        Setting("size", "Size in px", "number", empty=None, wide=False),
        Setting("weight", "Weight", "number", hint="400 is regular, 700 bold", empty=None, wide=False),
    ),
    "design": (
        Setting("style", "Style", "choice", empty=None, options=_OPTIONAL, wide=False),
        Setting(
            "theme", "Theme", "choice", empty=None, wide=False,
            options=(("", "the style decides"), ("light", "light"), ("dark", "dark"), ("auto", "as the device")),
        ),
        Setting("border_radius", "Corners in px", "number", empty=None, wide=False),
        Setting("control_radius", "Corners of buttons in px", "number", empty=None, wide=False),
        Setting("spacing", "Spacing in px", "numbers", hint="Separated by commas", empty=(), wide=False),
        Setting("layout", "Layout", "list", hint="Separated by commas", empty=()),
        Setting("inspiration_notes", "Notes", "area"),
    ),
    "question": (Setting("answer", "Your answer", "area"),),
    "decision": (Setting("label", "Answer"),),
    "assumption": (Setting("text", "Assumption", "area"),),
}  # fmt: skip

# A refused plan names what is wrong by code (`readiness`): where a form shows it.
FIELD_OF_CODE = {
    "duplicate_entity": "name", "invalid_name": "name", "duplicate_field": "name", "dangling_relation": "target",
    "choice_without_choices": "choices", "default_not_a_choice": "default", "impossible_range": "maximum",
    "invalid_path": "path", "endpoint_without_entity": "entity", "duplicate_endpoint": "path",
    "duplicate_screen": "name", "duplicate_route": "route", "screen_without_data": "entities",
    "board_without_stages": "kind", "calendar_without_date": "kind",
}  # fmt: skip

PARAMETER = "param:"  # before the name of a rule's parameter, in its form


def settings_of(kind: str, thing: Any, styles: Sequence[str]) -> tuple[Setting, ...]:
    """The form's fields for this item: a rule has its parameters, a token the role it has already."""
    if isinstance(thing, Rule):
        return (*SETTINGS[kind], *(_parameter(name, value) for name, value in thing.params.items()))
    if isinstance(thing, DesignSystemSection):
        known = list(dict.fromkeys([*styles, *([thing.style] if thing.style else [])]))
        return tuple(
            _with(item, (*_OPTIONAL, *_words(known))) if item.name == "style" else item
            for item in SETTINGS[kind]
        )
    if kind in ("color", "type") and thing is not None:
        return tuple(_with_role(item, thing.role) for item in SETTINGS[kind])
    return SETTINGS[kind]


def _with_role(setting: Setting, role: str) -> Setting:
    if setting.name != "role" or any(value == role for value, _ in setting.options):
        return setting
    return _with(setting, (*setting.options, (role, role)))


def _with(setting: Setting, options: tuple[tuple[str, str], ...]) -> Setting:
    return Setting(**{**vars(setting), "options": options})


def _parameter(name: str, value: Any) -> Setting:
    label = name.replace("_", " ").capitalize()
    if name == "entity":
        return Setting(f"{PARAMETER}{name}", label, "choice", entities=True, wide=False)
    if isinstance(value, bool):
        return Setting(f"{PARAMETER}{name}", label, "check", wide=False)
    if isinstance(value, int | float):
        return Setting(f"{PARAMETER}{name}", label, "number", wide=False)
    if isinstance(value, list):
        return Setting(f"{PARAMETER}{name}", label, "list", hint="Separated by commas", empty=())
    return Setting(f"{PARAMETER}{name}", label, wide=False)


def entity_options(document: BlueprintDocument) -> tuple[tuple[str, str], ...]:
    return tuple((entity.id, entity.name) for entity in document.sections.data_model.entities)


def scalar(field: EntityField, text: str | None) -> str | int | float | bool | None:
    """A default as the field's type has it; the text itself where it is none of that type."""
    if text is None:
        return None
    try:
        if field.type == "integer":
            return int(text)
        if field.type in ("decimal", "money"):
            return float(text)
    except ValueError:
        return text
    if field.type == "boolean" and text.lower() in ("yes", "true", "no", "false"):
        return text.lower() in ("yes", "true")
    return text
