"""What a person says of one item of the plan: "remove this", "make it optional", "call it headline".

A comment names its item, so that orders about "this" and "it" are clear. What is no such order is read
like every other sentence, with the item's name for "it".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from blueprints.architect.offline.design import color_value
from blueprints.architect.offline.fields import said_type
from blueprints.architect.offline.naming import sentence_case, spaced
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.plan_words import type_words
from blueprints.architect.offline.planner import Planner
from blueprints.architect.offline.text import clean
from blueprints.architect.port import ItemComment
from blueprints.plan import items
from blueprints.plan.items import Found
from blueprints.schemas import (
    ColorToken,
    Component,
    Dependency,
    Endpoint,
    Entity,
    EntityField,
    OpenQuestion,
    Relation,
    Rule,
    TypeToken,
)
from studio.core.errors import NotFound

_THIS = (
    r"(?:this|it|that|them|these)"
    r"(?:\s+(?:one|field|column|link|entity|screen|page|endpoint|rule|colou?r|question|part|name))?"
)
_SO = r"(?:\s+(?:please|completely|entirely|too|now|again|instead))*"
_REMOVE = re.compile(
    r"(?:please\s+)?(?:remove|delete|drop|cut|scrap|skip|get rid of|take out|take away|leave out|throw out)"
    rf"(?:\s+{_THIS})?(?:\s+out)?{_SO}"
    rf"|(?:{_THIS}\s+)?(?:(?:is|are)\s+)?(?:not|no longer)\s+(?:needed|wanted|necessary)|(?:{_THIS}\s+is\s+)?unnecessary"
    rf"|(?:i|we)\s+(?:do not|don't)\s+(?:need|want)\s+{_THIS}|without\s+{_THIS}",
    re.I,
)
_MAY = r"(?:please\s+)?(?:(?:make|leave|keep|have)\s+)?(?:{this}\s+)?(?:(?:should|must|can|may|could)\s+be\s+|is\s+)?"
_OPTIONAL = re.compile(
    _MAY.format(this=_THIS) + r"(?:optional|not (?:required|mandatory|obligatory))" + _SO, re.I
)
_REQUIRED = re.compile(
    _MAY.format(this=_THIS) + r"(?:required|mandatory|obligatory|not optional)" + _SO, re.I
)
_UNIQUE = re.compile(_MAY.format(this=_THIS) + r"(not )?unique" + _SO, re.I)
_RENAME = re.compile(
    rf"(?:please\s+)?(?:rename|call|name|title)\s+(?:{_THIS}\s+)?(?:to\s+|as\s+|into\s+)?[\"“‘']?(?P<a>.+?)[\"”’']?"
    rf"|(?:{_THIS}\s+)?(?:should|must|could)\s+(?:rather\s+|better\s+)?be\s+(?:called|named)\s+[\"“‘']?(?P<b>.+?)[\"”’']?"
    rf"|(?:better|rather)(?:\s+(?:call|name)\s+{_THIS})?[:,]?\s+[\"“‘'](?P<c>.+?)[\"”’']",
    re.I,
)
_TYPE = re.compile(
    rf"(?:please\s+)?(?:make|change|turn)\s+{_THIS}\s+(?:to|into)?\s*(?:be\s+)?(?:an?\s+)?(?P<a>.+)"
    rf"|(?:{_THIS}\s+)?(?:should|must)\s+be\s+(?:an?\s+)?(?P<b>.+)|{_THIS}\s+is\s+(?:an?\s+)?(?P<c>.+)",
    re.I,
)
_CHOICES = re.compile(r"(?:.*\bone of|choices?(?: are)?:?|options?(?: are)?:?)\s+(.+)", re.I)
_AND = re.compile(r"\s*(?:;|\n|\.\s|,?\s+and\s+(?:then\s+)?|,\s+(?:and\s+)?)\s*", re.I)


def act(planner: Planner, comments: tuple[ItemComment, ...]) -> list[str]:
    """Do what the comments order; the sentences that are left to be read, "it" replaced by the item's name."""
    left: list[str] = []
    for comment in comments:
        text = clean(comment.text).strip().rstrip(".!")
        if comment.item_id in ("plan", "design"):
            left.append(text)
            continue
        try:
            found = items.find(planner.plan.document, comment.item_id)
        except NotFound:
            planner.plan.notes.unclear.append(
                f"what to do about “{comment.label}”: it is no longer in the plan"
            )
            continue
        orders = [order for part in _parts(text) if (order := _order(planner.plan, found, part)) is not None]
        if orders and len(orders) == len(_parts(text)):
            for order in orders:
                order()
            continue
        if (order := _order(planner.plan, found, text)) is not None:
            order()
            continue
        planner.focus = found.item if isinstance(found.item, Entity) else found.entity or planner.focus
        left.append(_about(found, text))
    return left


def _parts(text: str) -> list[str]:
    return [part for part in _AND.split(text) if part]


def _order(plan: Plan, found: Found, text: str) -> Callable[[], object] | None:
    """What the text orders to do with the item; None where it is no order about it."""
    item, label = found.item, items.label(plan.document, found.item.id)
    if isinstance(item, OpenQuestion):
        return None
    if _REMOVE.fullmatch(text):
        return lambda: _remove(plan, found, label)
    if isinstance(item, EntityField | Relation):
        if _OPTIONAL.fullmatch(text):
            return lambda: _set(plan, item, label, "is now optional", required=False)
        if _REQUIRED.fullmatch(text):
            return lambda: _set(plan, item, label, "must now be filled in", required=True)
    if match := _RENAME.fullmatch(text):
        return lambda: _rename(plan, found, label, next(name for name in match.groups() if name))
    if isinstance(item, EntityField):
        return _about_values(plan, item, label, text)
    if isinstance(item, ColorToken) and (value := _color(text)) is not None:
        return lambda: _set(plan, item, label, f"is now {value}", value=value, name="")
    return None


def _about_values(plan: Plan, item: EntityField, label: str, text: str) -> Callable[[], object] | None:
    if match := _UNIQUE.fullmatch(text):
        unique = match[1] is None
        return lambda: _set(plan, item, label, f"is {'' if unique else 'not '}unique now", unique=unique)
    if match := _CHOICES.fullmatch(text):
        choices = [part.strip() for part in re.split(r",|\bor\b|\band\b|/", match[1]) if part.strip()]
        if len(choices) > 1:
            told = f"is one of {', '.join(choices)} now"
            return lambda: _set(plan, item, label, told, type="choice", choices=choices, default=None)
    if match := _TYPE.fullmatch(text):
        said = next(words for words in match.groups() if words)
        kind = said_type(said)
        if kind is not None:
            told = f"is now {type_words(item.model_copy(update={'type': kind, 'choices': []}))}"
            return lambda: _set(plan, item, label, told, type=kind, choices=[], default=None)
    return None


def _set(
    plan: Plan, item: EntityField | Relation | ColorToken, label: str, told: str, **values: object
) -> None:
    if plan.may_touch(item, label):
        for name, value in values.items():
            setattr(item, name, value)
        plan.notes.changed.append(f"{label} {told}")


def _remove(plan: Plan, found: Found, label: str) -> None:
    match found.item:
        case Entity():
            plan.remove_entity(found.item)
        case EntityField() | Relation() if found.entity is not None:
            plan.remove_field(found.entity, found.item)
        case Component():
            plan.remove_screen(found.item)
        case Endpoint():
            plan.remove_endpoint(found.item)
        case _:
            if plan.may_touch(found.item, f"“{label}”"):
                found.siblings.remove(found.item)
                plan.notes.removed.append(f"“{label}”")


def _rename(plan: Plan, found: Found, label: str, name: str) -> None:
    name = name.strip()[:80]
    item = found.item
    match item:
        case Entity():
            done = plan.rename_entity(item, name)
        case EntityField() | Relation() if found.entity is not None:
            done = plan.rename_field(found.entity, item, name)
        case Component() | Dependency() | ColorToken():
            done = plan.may_touch(item, label)
            if done:
                item.name = sentence_case(name)
                plan.notes.renamed.append((label, item.name))
        case TypeToken():
            done = plan.may_touch(item, label)
            if done:
                item.family = name
                plan.notes.changed.append(f"{label} is now {name}")
        case Rule():
            done = plan.may_touch(item, f"“{label}”")
            if done:
                item.text = sentence_case(name)
                plan.notes.changed.append(f"the rule now says “{item.text}”")
        case _:
            done = False
    if not done and not plan.notes.refused:
        plan.notes.unclear.append(f"how to call {label} “{name}”")


def _color(text: str) -> str | None:
    hexadecimal = re.search(r"#[0-9a-f]{6}\b", text, re.I)
    if hexadecimal is not None:
        return hexadecimal[0].lower()
    words = re.findall(r"[a-z]+", text.lower())
    slices = [words[at : at + size] for size in (3, 2, 1) for at in range(len(words) - size + 1)]
    return next((value for part in slices if (value := color_value(part)) is not None), None)


def _about(found: Found, text: str) -> str:
    """The comment as a sentence that says by itself what it is about."""
    if isinstance(found.item, OpenQuestion):
        return text
    named = found.item if isinstance(found.item, Entity) else found.entity
    if named is None:
        return text
    one = spaced(named.name)
    if re.match(r"(?:also\s+)?(?:add|include|give)\b", text, re.I) and not re.search(r"\b(?:to|for)\b", text):
        return f"{text} to {named.plural.lower() or one}"
    subject = one if isinstance(found.item, Entity) else f"the {spaced(found.item.name)} of {one}"
    return re.sub(r"\b(?:it|this)\b", subject, text, count=1, flags=re.I)
