"""An item as a form, and what was typed into it as a change of the plan.

Nothing typed is lost: a form that is refused comes back as it was sent, each problem at its field in plain
words; and where somebody else changed the same meanwhile, with both values side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from django.utils.datastructures import MultiValueDict
from pydantic import ValidationError

from blueprints import frame, readiness
from blueprints.architect.offline.naming import pascal, plural, snake, spaced
from blueprints.plan import items
from blueprints.plan.clashes import Clash
from blueprints.plan.inputs import FIELD_OF_CODE, Setting, entity_options, scalar, settings_of
from blueprints.schemas import (
    BlueprintDocument,
    Decision,
    DesignSystemSection,
    Entity,
    EntityField,
    OpenQuestion,
    Schema,
)
from studio.catalog import Style
from studio.core.errors import NotFound

Typed = Mapping[str, Any]
FRAMES = {"plan": "name and summary", "design": "design"}


@dataclass(frozen=True)
class Input:
    """One field as shown. `value` is its text, for "check" and "checks" what is ticked; `theirs` what somebody
    else made of it meanwhile; `lock` the wire name by which it can be unlocked, "" when it is not locked."""

    setting: Setting
    value: Any
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    theirs: str = ""
    lock: str = ""


@dataclass(frozen=True)
class Form:
    """`item` is the id, "plan" or "design", or "" for one to be added to `entity`. `problem` is what belongs to
    no field; `choices` are ready answers to a question."""

    kind: str
    word: str
    item: str
    entity: str
    label: str
    version: int
    inputs: tuple[Input, ...]
    problem: str = ""
    gone: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    removable: bool = False

    @property
    def key(self) -> str:
        """The id of the element that holds this form."""
        return self.item or f"new-{self.kind}-{self.entity}".rstrip("-")

    @property
    def clashing(self) -> bool:
        return any(item.theirs for item in self.inputs)


class Refused(Exception):
    """What was typed does not fit: messages by setting, "" for what belongs to none."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Subject:
    """What a form is about, in one state of the plan. `thing` is None for an item to be added."""

    document: BlueprintDocument
    kind: str
    thing: Any
    entity: Entity | None = None
    settings: tuple[Setting, ...] = field(default=())


def subject(document: BlueprintDocument, item_id: str) -> Subject:
    """Raises NotFound."""
    if item_id in FRAMES:
        thing: Any = document if item_id == "plan" else document.sections.design_system
        return Subject(document, item_id, thing, None, settings_of(item_id, thing, get_args(Style)))
    found = items.find(document, item_id)
    return Subject(
        document, found.kind.slug, found.item, found.entity, settings_of(found.kind.slug, found.item, ())
    )


def new_subject(document: BlueprintDocument, kind: str, entity_id: str) -> Subject:
    """Raises NotFound for a kind there is none of, and for a field or a link without its entity."""
    if kind not in items.KINDS or kind in ("question", "decision"):
        raise NotFound("There is no such kind of item.")
    entity = document.entity(entity_id) if entity_id else None
    items.KINDS[kind].siblings(document, entity)
    return Subject(document, kind, None, entity, settings_of(kind, None, ()))


def show(about: Subject, *, item_id: str, version: int, typed: Typed | None = None,
         errors: Mapping[str, str] | None = None) -> Form:  # fmt: skip
    """The form of the item as it is, or as it was typed."""
    errors = errors or {}
    values = typed if typed is not None else _values(about)
    known = {setting.name for setting in about.settings}
    inputs = tuple(
        Input(
            setting, values.get(setting.name), _options(about, setting), errors.get(setting.name, ""),
            lock=_lock(about, setting),
        )
        for setting in about.settings
    )  # fmt: skip
    question = about.thing if isinstance(about.thing, OpenQuestion) else None
    word = items.KINDS[about.kind].word if about.kind in items.KINDS else FRAMES[about.kind]
    return Form(
        kind=about.kind,
        word=word,
        item=item_id,
        entity=about.entity.id if about.entity is not None else "",
        label=items.label(about.document, item_id)
        if about.thing is not None and item_id not in FRAMES
        else "",
        version=version,
        inputs=inputs,
        problem=" ".join(text for name, text in errors.items() if name not in known),
        choices=tuple((option.value, option.label) for option in question.options) if question else (),
        removable=removable(about),
    )


def removable(about: Subject) -> bool:
    return about.thing is not None and about.kind not in (*FRAMES, "question", "decision")


def with_clashes(form: Form, found: tuple[Clash, ...], now: BlueprintDocument) -> Form:
    """The form with what others made of its fields beside them."""
    names = {item.id: getattr(item, "name", "") for item in now.items()}
    theirs = {_attribute(clash.field): _told(clash.theirs, names) for clash in found}
    return replace(
        form,
        inputs=tuple(
            replace(item, theirs=theirs.get(item.setting.name.split(":")[0], "")) for item in form.inputs
        ),
    )


def change_of(item_id: str, typed: Typed) -> Callable[[BlueprintDocument], None]:
    """The change these values make of the item. It raises Refused, and NotFound where the item is gone."""

    def change(document: BlueprintDocument) -> None:
        about = subject(document, item_id)
        before = _problems(document)
        if isinstance(about.thing, OpenQuestion):
            _answer(document, about.thing, str(typed.get("answer") or ""))
            return
        _apply(about, typed)
        _refuse_new_problems(before, document)

    return change


def addition_of(
    kind: str, entity_id: str, typed: Typed, *, again: Any = None
) -> Callable[[BlueprintDocument], None]:
    """The change that adds such an item; `again` is one that was removed, whose parts come back with it.

    It raises Refused, and NotFound where its entity is gone.
    """

    def change(document: BlueprintDocument) -> None:
        about = new_subject(document, kind, entity_id)
        before = _problems(document)
        model = items.KINDS[kind].model
        item = _parsed(model, {"id": document.new_id(items.KINDS[kind].prefix)}, about, typed)
        _name_well(item, None)
        if isinstance(item, Entity) and isinstance(again, Entity):
            item.fields = [part.model_copy(update={"id": document.new_id("FLD")}) for part in again.fields]
            item.relations = [
                part.model_copy(update={"id": document.new_id("REL")}) for part in again.relations
            ]
        items.KINDS[kind].siblings(document, about.entity).append(item)
        _refuse_new_problems(before, document)

    return change


def read(settings: tuple[Setting, ...], sent: MultiValueDict[str, str]) -> dict[str, Any]:
    """What a browser sent, as the form shows it again; nothing is judged here."""
    typed: dict[str, Any] = {}
    for setting in settings:
        if setting.control == "check":
            typed[setting.name] = setting.name in sent
        elif setting.control == "checks":
            typed[setting.name] = sent.getlist(setting.name)
        else:
            typed[setting.name] = (sent.get(setting.name) or "").replace("\r\n", "\n")
    return typed


# Values


def _values(about: Subject) -> dict[str, Any]:
    """The item's values as texts."""
    if about.thing is None:
        return {"required": True, "value": "#336699", "path": "/api/"}
    return {setting.name: _shown(setting, _value(about.thing, setting)) for setting in about.settings}


def _value(thing: Any, setting: Setting) -> Any:
    name, _, parameter = setting.name.partition(":")
    if parameter:
        return thing.params.get(parameter)
    if name == "label" and isinstance(thing, Decision):
        return thing.label or thing.value
    return getattr(thing, name, "")


def _shown(setting: Setting, value: Any) -> Any:
    if setting.control in ("check", "checks"):
        return value
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _options(about: Subject, setting: Setting) -> tuple[tuple[str, str], ...]:
    return (*setting.options, *(entity_options(about.document) if setting.entities else ()))


def _lock(about: Subject, setting: Setting) -> str:
    alias = _wire(about.thing, setting.name.partition(":")[0]) if about.thing is not None else ""
    if about.kind in FRAMES:
        name = alias if about.kind == "plan" else f"{frame.DESIGN}.{alias}"
        return name if name in about.document.locked else ""
    return alias if alias and alias in about.thing.locked else ""


def _wire(thing: Any, attribute: str) -> str:
    attribute = "params" if attribute == "param" else attribute
    info = type(thing).model_fields.get(attribute)
    return str(info.alias or attribute) if info is not None else ""


def _attribute(clash_field: str) -> str:
    if clash_field in frame.NAMES:
        return frame.NAMES[clash_field][1]
    return "param" if clash_field == "params" else clash_field


def _told(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_told(part, names)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(names.get(part, str(part)) for part in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return names.get(value, str(value)) if value not in (None, "") else "nothing"


# From what was typed to the plan


def _apply(about: Subject, typed: Typed) -> None:
    thing = about.thing
    parsed = _parsed(type(thing), thing.model_dump(), about, typed)
    _name_well(parsed, thing)
    touched = {setting.name.partition(":")[0] for setting in about.settings}
    for name in {"params" if name == "param" else name for name in touched} | _followers(thing):
        setattr(thing, name, getattr(parsed, name))


def _followers(thing: Any) -> set[str]:
    return {"plural"} if isinstance(thing, Entity) else {"value"} if isinstance(thing, Decision) else set()


def _parsed(model: type[Any], values: dict[str, Any], about: Subject, typed: Typed) -> Any:
    """The item with the typed values, validated by its schema. Raises Refused."""
    params = dict(values.get("params") or {})
    for setting in about.settings:
        value = _meant(setting, typed.get(setting.name))
        name, _, parameter = setting.name.partition(":")
        if parameter:
            params[parameter] = _number(value) if setting.control == "number" else value
        else:
            values[name] = value
    if "params" in values or params:
        values["params"] = params
    if model is EntityField:
        values["choices"] = values["choices"] if values.get("type") == "choice" else []
    if model is Decision:
        values["value"] = values["label"]
    try:
        item = model.model_validate(values)
    except ValidationError as error:
        raise Refused(_plainly(error)) from error
    if isinstance(item, EntityField):
        item.default = scalar(item, values["default"])
    return item


def _meant(setting: Setting, text: Any) -> Any:
    if setting.control == "check":
        return bool(text)
    if setting.control == "checks":
        return list(text or [])
    text = str(text or "").strip()
    if setting.control in ("list", "numbers"):
        return [part for part in (piece.strip() for piece in re.split(r"[,\n]", text)) if part]
    return text or setting.empty


def _number(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused({"": f"“{value}” is no number."}) from None


def _name_well(item: Any, before: Any) -> None:
    """Names in the shape that code needs, from whatever people type; the plural follows a new name."""
    if isinstance(item, Entity):
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", item.name):
            item.name = pascal(item.name) or item.name
        usual = plural(spaced(before.name)).capitalize() if before is not None else ""
        if not item.plural or (before is not None and item.name != before.name and item.plural == usual):
            item.plural = plural(spaced(item.name)).capitalize()
    elif items.KINDS["field"].model is type(item) or items.KINDS["relation"].model is type(item):
        item.name = snake(item.name) or item.name


def _answer(document: BlueprintDocument, question: OpenQuestion, text: str) -> None:
    text = text.strip()
    if not text:
        raise Refused({"answer": "Write an answer, or choose one."})
    option = next((known for known in question.options if text in (known.value, known.label)), None)
    value, label = (option.value, option.label) if option is not None else (text, text)
    try:
        decision = Decision(
            id=question.id, topic=question.topic, question=question.question, value=value, label=label
        )
    except ValidationError as error:
        raise Refused(_plainly(error)) from error
    document.open_questions = [item for item in document.open_questions if item.id != question.id]
    document.decisions = [item for item in document.decisions if item.topic != question.topic]
    document.decisions.append(decision)


# What is wrong, in plain words

_PLAIN = {
    "missing": "This is needed.", "string_too_short": "Write something here.", "literal_error": "Choose one of the list.",
    "float_parsing": "A number is needed.", "int_parsing": "A whole number is needed.",
    "int_from_float": "A whole number is needed.", "string_pattern_mismatch": "A colour such as #336699 is needed.",
    "finite_number": "A number is needed.",
}  # fmt: skip


def _plainly(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        name = next((attribute for attribute in _attributes() if _camel(attribute) == name), name)
        if problem["type"] == "string_too_long":
            text = f"At most {problem['ctx']['max_length']} characters fit."
        else:
            text = _PLAIN.get(problem["type"], str(problem["msg"]))
        found.setdefault(name, text)
    return found


def _attributes() -> set[str]:
    models: list[type[Schema]] = [kind.model for kind in items.KINDS.values()]
    return {
        name for model in [*models, BlueprintDocument, DesignSystemSection] for name in model.model_fields
    }


def _camel(attribute: str) -> str:
    head, *tail = attribute.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _problems(document: BlueprintDocument) -> set[tuple[str, str]]:
    return {(blocker.code, blocker.item) for blocker in readiness.assess(document)}


def _refuse_new_problems(before: set[tuple[str, str]], document: BlueprintDocument) -> None:
    """What would keep the plan from being built is said where it is typed."""
    new = {
        FIELD_OF_CODE[blocker.code]: blocker.message
        for blocker in readiness.assess(document)
        if blocker.code in FIELD_OF_CODE and (blocker.code, blocker.item) not in before
    }
    if new:
        raise Refused(new)
