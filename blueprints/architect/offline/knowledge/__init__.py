"""The knowledge base: what applications of a domain usually hold, show, do and leave open.

One YAML file per domain beside this module; README.md there explains the format. Files are parsed
once into frozen objects, and a mistake in one is a `KnowledgeError` that names the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

import yaml

from blueprints.architect.offline.fields import FieldDraft, infer, said_type
from blueprints.architect.offline.naming import plural, spaced
from blueprints.architect.offline.vocabulary import SAFE_LOADER, load_vocabulary
from blueprints.schemas import ComponentKind, Method, RelationKind, Scalar


class KnowledgeError(ValueError):
    """A knowledge file says something that no plan can hold."""


@dataclass(frozen=True)
class RelationTemplate:
    kind: RelationKind
    target: str
    name: str
    required: bool = True


@dataclass(frozen=True)
class EntityTemplate:
    """`part`: lives on its parent's page (a comment), so it gets no list of its own.

    `endpoints` and `screens` say what is derived for it: "crud", "read" or "none".
    """

    name: str
    plural: str
    fields: tuple[FieldDraft, ...]
    relations: tuple[RelationTemplate, ...] = ()
    description: str = ""
    words: tuple[str, ...] = ()
    goes_by: tuple[str, ...] = ()  # words that, when a person uses them for it, become its name
    part: bool = False
    keep: bool = False  # keeps its own name when called by another word ("shopping cart" → CartItem)
    endpoints: str = "crud"
    screens: str = "crud"


@dataclass(frozen=True)
class RuleTemplate:
    kind: str
    text: str
    params: Mapping[str, Scalar | list[str]] = field(default_factory=dict)
    entity: str = ""  # name, put into params as an id
    confidence: float = 0.8


@dataclass(frozen=True)
class ScreenTemplate:
    name: str
    kind: ComponentKind
    purpose: str
    entities: tuple[str, ...] = ()
    route: str = ""


@dataclass(frozen=True)
class EndpointTemplate:
    method: Method
    path: str
    description: str
    entity: str


def _nothing() -> Contents:
    return Contents()


@dataclass(frozen=True)
class Option:
    """`says` count in any message, `hears` only once the question was asked."""

    value: str
    label: str
    says: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    recommended: bool = False
    brings: Contents = field(default_factory=_nothing)
    drops: tuple[str, ...] = ()  # entity, screen or rule-kind names


@dataclass(frozen=True)
class Question:
    """A must question blocks the build. The recommended option of any other is what the plan already
    holds, so that it can be built unanswered.
    """

    topic: str
    ask: str
    options: tuple[Option, ...]
    why: str = ""
    must: bool = False
    about: tuple[str, ...] = ()  # entities without which it makes no sense


@dataclass(frozen=True)
class Number:
    """A figure people say ("30 agents") and the rule parameter it sets."""

    pattern: re.Pattern[str]
    rule: str
    param: str
    text: str
    least: int
    most: int


@dataclass(frozen=True)
class Contents:
    """What a domain, a part or an answer brings into a plan."""

    entities: tuple[EntityTemplate, ...] = ()
    rules: tuple[RuleTemplate, ...] = ()
    screens: tuple[ScreenTemplate, ...] = ()
    endpoints: tuple[EndpointTemplate, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Something people add to a plan of this domain by naming it ("a weather system")."""

    name: str
    title: str
    triggers: tuple[str, ...]
    contents: Contents
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Domain:
    name: str
    title: str
    summary: str
    triggers: tuple[str, ...]
    combinations: tuple[tuple[tuple[str, ...], ...], ...]
    templates: tuple[str, ...]
    contents: Contents
    extra: tuple[EntityTemplate, ...]
    questions: tuple[Question, ...]
    numbers: tuple[Number, ...]
    parts: tuple[Part, ...]
    closed: bool = False  # its own sentences are taken as a whole: no new nouns from them
    whole: bool = False  # comes with all its usual things even when a person described some of them
    access: str = ""  # the entity of "who may add and change …?", "" to leave that unasked

    def entity(self, name: str) -> EntityTemplate | None:
        everything = [*self.contents.entities, *self.extra]
        everything += [entity for part in self.parts for entity in part.contents.entities]
        return next((entity for entity in everything if entity.name == name), None)


@lru_cache(maxsize=1)
def domains() -> tuple[Domain, ...]:
    """Every domain, by name."""
    folder = files(__package__)
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name
    )
    found: list[Domain] = []
    for path in paths:
        try:
            found.append(
                read_domain(path.name.removesuffix(".yaml"), _load(path.read_text(encoding="utf-8")))
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise KnowledgeError(f"{path.name}: {error!r}") from error
    return tuple(found)


def domain(name: str) -> Domain | None:
    return next((entry for entry in domains() if entry.name == name), None)


@lru_cache(maxsize=1)
def usual_entities() -> Mapping[str, EntityTemplate]:
    """Entities any application may hold, by singular spaced word ("line item"): the common list first,
    then what the domains bring by unmistakable names, except closed ones, whose things make no sense outside.
    """
    known: dict[str, EntityTemplate] = {}
    for name, body in load_vocabulary("entities")["entities"].items():
        template = _entity(name, body)
        for word in (spaced(name), *template.words):
            known.setdefault(word, template)
    taken = _words_of_other_kinds()
    for entry in domains():
        for template in () if entry.closed else (*entry.contents.entities, *entry.extra):
            name = spaced(template.name)
            # What a domain calls an "update" or a "reading" is one in that domain alone.
            if name not in taken:
                known.setdefault(name, template)
            for word in template.words:
                if " " in word:
                    known.setdefault(word, template)
    return known


def _words_of_other_kinds() -> frozenset[str]:
    raw = load_vocabulary("words")
    verbs = {verb for group in raw["verbs"].values() for verb in group}
    fields = {str(name) for group in load_vocabulary("fields")["names"] for name in group["names"]}
    return frozenset(verbs | fields | set(raw["empty_nouns"]) | set(raw["tails"]))


def read_domain(name: str, raw: Mapping[str, Any]) -> Domain:
    """One parsed file. Raises KeyError, TypeError or ValueError for what does not fit the format."""
    _only(raw, "title summary triggers combinations templates entities extra rules permissions screens endpoints "
               "assumptions questions numbers parts access closed whole")  # fmt: skip
    return Domain(
        name=name,
        title=raw["title"],
        summary=raw["summary"],
        triggers=_words(raw.get("triggers")),
        combinations=tuple(
            tuple(_words(group) for group in groups) for groups in raw.get("combinations", ())
        ),
        templates=_words(raw.get("templates")),
        contents=_contents(raw),
        extra=tuple(_entity(key, body) for key, body in raw.get("extra", {}).items()),
        questions=tuple(_question(entry) for entry in raw.get("questions", ())),
        numbers=tuple(_number(entry) for entry in raw.get("numbers", ())),
        parts=tuple(_part(entry) for entry in raw.get("parts", ())),
        closed=raw.get("closed", False),
        whole=raw.get("whole", False),
        access=raw.get("access", ""),
    )


WRITING = {"create": "add", "update": "edit", "delete": "delete"}
_READING = {"read": "see", "list": "see", "*": "manage"}
_WHO = {"signed_in": "people who sign in", "owner": "their owner"}


def permission_sentence(who: str, action: str, many: str) -> str:
    """ "Only admins can delete recipes." """
    verb = {**WRITING, **_READING}.get(action, "use")
    if who == "anyone":
        return f"Anyone can {verb} {many}."
    return f"Only {_WHO.get(who) or plural(who.replace('_', ' '))} can {verb} {many}."


def _permissions(entity: str, actions: list[str], who: str) -> Iterator[RuleTemplate]:
    many = plural(spaced(entity))
    for action in actions:
        text = permission_sentence(who, action, many)
        yield RuleTemplate("access.permission", text, {"action": action, "who": who}, entity)


def access_question(entity: str, plural_words: str) -> Question:
    """Who may change the app's main things: asked of every data app that did not say so itself."""
    signed_in = tuple(_permissions(entity, list(WRITING), "signed_in"))
    return Question(
        topic="access.write",
        ask=f"Who may add and change {plural_words}? Anyone who opens the app, or only people who sign in?",
        about=(entity,),
        options=(
            Option(
                "anyone", "Anyone", recommended=True,
                says=("anyone can add", "everyone can add", "anyone can edit", "no login", "no sign in",
                      "without an account", "no account"),
                hears=("anyone", "everyone", "everybody", "anybody", "all", "public", "open", "whoever"),
            ),
            Option(
                "signed_in", "Only people who sign in",
                says=("only signed in", "must sign in", "need to sign in", "need an account", "must log in",
                      "have to log in", "have to sign in", "only logged in", "only registered", "only members"),
                hears=("sign in", "signed in", "login", "log in", "logged in", "account", "members", "only",
                       "registered", "private", "just me", "users"),
                brings=Contents(rules=signed_in),
            ),
        ),
    )  # fmt: skip


def _load(text: str) -> Any:
    return yaml.load(text, Loader=SAFE_LOADER)  # noqa: S506


def _only(raw: Mapping[str, Any], allowed: str) -> None:
    unknown = set(raw) - set(allowed.split())
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")


def _words(raw: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in raw or ())


def _contents(raw: Mapping[str, Any]) -> Contents:
    return Contents(
        entities=tuple(_entity(name, body) for name, body in raw.get("entities", {}).items()),
        rules=(
            *(RuleTemplate(**entry) for entry in raw.get("rules", ())),
            *(rule for entry in raw.get("permissions", ()) for rule in _permissions(**entry)),
        ),
        screens=tuple(
            ScreenTemplate(**{**entry, "entities": _words(entry.get("entities"))})
            for entry in raw.get("screens", ())
        ),
        endpoints=tuple(_endpoint(entry) for entry in raw.get("endpoints", ())),
        assumptions=_words(raw.get("assumptions")),
    )


def _entity(name: str, body: Any) -> EntityTemplate:
    if isinstance(body, list):
        body = {"fields": body}
    _only(body, "fields relations plural description words goes_by part keep endpoints screens")
    return EntityTemplate(
        name=name,
        plural=body.get("plural", plural(spaced(name)).capitalize()),
        fields=tuple(_field(entry) for entry in body["fields"]),
        relations=tuple(_relation(entry) for entry in body.get("relations", ())),
        description=body.get("description", ""),
        words=(*_words(body.get("words")), *_words(body.get("goes_by"))),
        goes_by=_words(body.get("goes_by")),
        part=body.get("part", False),
        keep=body.get("keep", False),
        endpoints=body.get("endpoints", "crud"),
        screens=body.get("screens", "crud"),
    )


def _field(entry: Any) -> FieldDraft:
    """ "title", "photo?" (optional), {minutes: integer}, {difficulty: [easy, hard]}, {photo?: image}."""
    name, kind = next(iter(entry.items())) if isinstance(entry, dict) else (entry, None)
    optional = name.endswith("?")
    draft = infer(name.rstrip("?"))
    if draft is None:
        raise ValueError(f"{name!r} is no field name")
    changes: dict[str, Any] = {"confidence": 0.8}
    if isinstance(kind, list):
        changes |= {"type": "choice", "choices": tuple(map(str, kind)), "default": str(kind[0])}
        changes |= {"minimum": None, "maximum": None}
    elif kind is not None:
        if (known := said_type(kind)) is None:
            raise ValueError(f"{kind!r} is no field type")
        if known != draft.type:
            changes |= {"type": known, "choices": (), "default": None, "minimum": None, "maximum": None}
            if known == "boolean":
                changes |= {"default": False, "required": False}
    attributes = {**draft.__dict__, **changes}
    if optional:
        attributes["required"] = False
    return FieldDraft(**attributes)


_RELATION = re.compile(r"(belongs_to|many_to_many|one_to_one) (\w+)(?: as (\w+))?(\?)?$")


def _relation(entry: str) -> RelationTemplate:
    match = _RELATION.match(entry)
    if match is None:
        raise ValueError(f"{entry!r} is no relation: write “belongs_to Recipe as recipe?”")
    kind = cast(RelationKind, match[1])
    name = match[3] or spaced(plural(match[2]) if kind == "many_to_many" else match[2]).replace(" ", "_")
    return RelationTemplate(kind, match[2], name, required=not match[4] and kind != "many_to_many")


def _endpoint(entry: Mapping[str, str]) -> EndpointTemplate:
    method, path = entry["call"].split()
    return EndpointTemplate(cast(Method, method), path, entry["text"], entry["entity"])


def _question(raw: Mapping[str, Any]) -> Question:
    _only(raw, "topic ask why must about options")
    options = tuple(_option(entry) for entry in raw["options"])
    if sum(option.recommended for option in options) != 1:
        raise ValueError(f"question {raw['topic']} needs exactly one recommended option")
    return Question(
        topic=raw["topic"], ask=raw["ask"], why=raw.get("why", ""), must=raw.get("must", False),
        about=_words(raw.get("about")), options=options,
    )  # fmt: skip


def _option(raw: Mapping[str, Any]) -> Option:
    _only(
        raw,
        "value label says hears recommended drops entities rules permissions screens endpoints assumptions",
    )
    return Option(
        value=str(raw["value"]), label=raw["label"], says=_words(raw.get("says")), hears=_words(raw.get("hears")),
        recommended=raw.get("recommended", False), brings=_contents(raw), drops=_words(raw.get("drops")),
    )  # fmt: skip


def _number(raw: Mapping[str, Any]) -> Number:
    return Number(
        pattern=re.compile(raw["pattern"], re.I), rule=raw["rule"], param=raw["param"], text=raw["text"],
        least=raw["least"], most=raw["most"],
    )  # fmt: skip


def _part(raw: Mapping[str, Any]) -> Part:
    _only(raw, "name title triggers entities rules permissions screens endpoints assumptions questions")
    return Part(
        name=raw["name"], title=raw["title"], triggers=_words(raw["triggers"]), contents=_contents(raw),
        questions=tuple(_question(entry) for entry in raw.get("questions", ())),
    )  # fmt: skip
