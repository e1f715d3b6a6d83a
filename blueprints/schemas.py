"""The blueprint as a typed document: the contract between conversation, plan, generator and ledger.

Everything that enters a blueprint, from a model's tool call, a hand edit or a JSON column, is parsed
into these classes or raises `pydantic.ValidationError`. Python speaks snake_case, the wire camelCase.

Item ids (`ENT-1`, `FLD-4`, `API-3`) are stable for the life of a blueprint: they are handed out by
`BlueprintDocument.new_id`, never reused after a removal, and survive renames, so that migrations,
locks, comments and the ledger can point at an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Confidence = Annotated[float, Field(ge=0, le=1)]
SectionStatus = Literal["empty", "partial", "complete"]
Scalar = str | int | float | bool

FieldType = Literal[
    "string", "text", "integer", "decimal", "money", "boolean", "date", "time", "datetime",
    "duration", "email", "url", "phone", "color", "choice", "image", "file", "json", "uuid",
]  # fmt: skip
RelationKind = Literal["belongs_to", "many_to_many", "one_to_one"]
ComponentKind = Literal[
    "list", "detail", "form", "board", "calendar", "feed", "gallery", "world", "chat", "dashboard",
    "landing", "pricing", "auth", "search", "settings", "page",
]  # fmt: skip
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Schema(BaseModel):
    """Strict on the way in (unknown fields are errors), camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Item(Schema):
    """One addressable thing of the plan.

    `source` is the id of the `BlueprintMessage` it came from, None when a template or a hand edit
    brought it. `confidence` is the Architect's own, 1.0 for what a person said or edited.
    `locked` names the fields (wire names, or "*") a person edited: no Architect may change them.
    """

    id: str
    source: str | None = None
    confidence: Confidence = 1.0
    locked: list[str] = []


class EntityField(Item):  # FLD-n
    """One column. `name` is snake_case; `choices` only for type "choice"."""

    name: Name
    type: FieldType = "string"
    required: bool = True
    unique: bool = False
    choices: list[str] = []
    default: Scalar | None = None
    minimum: float | None = None
    maximum: float | None = None
    help: Sentence = ""


class Relation(Item):  # REL-n
    """A link, kept once, on the entity that holds it. `target` is an entity id.

    "A recipe has many comments" is stored on Comment as `belongs_to` Recipe.
    """

    name: Name
    kind: RelationKind = "belongs_to"
    target: str
    required: bool = True


class Entity(Item):  # ENT-n
    """A table. `name` is PascalCase and singular; `plural` is the words shown in the app."""

    name: Name
    plural: str = ""
    description: Sentence = ""
    fields: list[EntityField] = []
    relations: list[Relation] = []


class Endpoint(Item):  # API-n
    """An HTTP endpoint of the generated service; `path` starts with "/api/". `entity` is an id."""

    method: Method = "GET"
    path: str
    description: Sentence = ""
    entity: str | None = None


class Component(Item):  # UI-n
    """A screen or a part of one. `entities` are ids; `route` is the page's path, "" for a part."""

    name: Name
    kind: ComponentKind = "page"
    purpose: Sentence = ""
    entities: list[str] = []
    route: str = ""


class Dependency(Item):  # DEP-n
    """Something the app needs besides its own code: a component, a service, a library."""

    name: Name
    kind: Literal["component", "service", "library"] = "component"
    purpose: Sentence = ""


class Rule(Item):  # RULE-n
    """A behaviour. `kind` is a capability the generator's blocks declare ("conversation.trigger",
    "weather.cycle", "access.permission", …) or "free" for a sentence no capability fits; `params`
    are that capability's parameters ({"trigger": "proximity", "distance": 40}).
    """

    kind: str = "free"
    text: Sentence
    params: dict[str, Scalar | list[str]] = {}


class ColorToken(Item):  # TOK-n
    """`role` is a token of the generated apps' stylesheet: background, surface, text, primary, …"""

    role: str
    value: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
    name: str = ""
    provenance: str = ""


class TypeToken(Item):  # TOK-n
    """`role` is heading, body, mono or label; `size` in CSS px, None to keep the theme's scale."""

    role: str
    family: str
    size: float | None = None
    weight: int | None = None
    provenance: str = ""


class DataModelSection(Schema):
    status: SectionStatus = "empty"
    entities: list[Entity] = []


class ApiEndpointsSection(Schema):
    status: SectionStatus = "empty"
    endpoints: list[Endpoint] = []


class UiComponentsSection(Schema):
    status: SectionStatus = "empty"
    components: list[Component] = []


class DependenciesSection(Schema):
    status: SectionStatus = "empty"
    items: list[Dependency] = []


class DesignSystemSection(Schema):
    """`style` names one of the generated apps' themes; tokens override it one by one.

    `border_radius` is that of cards, `control_radius` that of buttons and fields where it differs (CSS px).
    `intent` decides what the generator takes of a reference: everything, or colours, faces and corners.
    """

    status: SectionStatus = "empty"
    style: str | None = None
    theme: Literal["light", "dark", "auto"] | None = None
    colors: list[ColorToken] = []
    typography: list[TypeToken] = []
    spacing: list[int] = []
    border_radius: int | None = None
    control_radius: int | None = None
    shadows: list[str] = []
    layout: list[str] = []
    intent: Literal["match", "inspiration"] | None = None
    inspiration_notes: str = ""


class BehaviorsSection(Schema):
    status: SectionStatus = "empty"
    rules: list[Rule] = []


class Sections(Schema):
    data_model: DataModelSection = DataModelSection()
    api_endpoints: ApiEndpointsSection = ApiEndpointsSection()
    ui_components: UiComponentsSection = UiComponentsSection()
    dependencies: DependenciesSection = DependenciesSection()
    design_system: DesignSystemSection = DesignSystemSection()
    behaviors: BehaviorsSection = BehaviorsSection()


class Reference(Item):  # REF-n
    """A page or picture the person gave. Capture and tokens are filled by `blueprints.references`."""

    type: Literal["url", "screenshot"]
    origin: str
    title: str = ""
    thumbnail: str = ""
    status: Literal["pending", "captured", "failed"] = "pending"
    notes: str = ""


class Option(Schema):
    value: str
    label: str
    recommended: bool = False


class OpenQuestion(Item):  # Q-n
    """`topic` is the stable key by which an answered question is never asked again.

    A `must` question blocks the build until answered or, at "build it", assumed.
    """

    topic: str
    question: Sentence
    why: Sentence = ""
    options: list[Option] = []
    must: bool = True


class Decision(Item):  # keeps the Q-n of the question it answers
    """An answered question. `value` is the option's value, or the person's own words."""

    topic: str
    question: Sentence
    value: str
    label: str = ""
    assumed: bool = False


class Assumption(Item):  # ASM-n
    """What the Architect inferred and says so; `topic` as in `OpenQuestion`."""

    topic: str = ""
    text: Sentence


class Blocker(Schema):
    """Why a blueprint is not ready. `item` is the id to show, "" for the document itself."""

    code: str
    message: str
    item: str = ""


class BlueprintDocument(Schema):
    """The whole plan. `counters` holds the last number given per id prefix.

    `derived` names what an Architect has worked out once ("ENT-3": its endpoints and screens,
    "domain:recipe-box": that domain's usual parts), so that what a person removes stays removed.
    `locked` names what a person edited that is part of no item: "featureName", "summary", and settings
    of the design ("designSystem.theme").
    """

    feature_name: Name
    summary: Sentence = ""
    sections: Sections = Field(default_factory=Sections)
    references: list[Reference] = []
    open_questions: list[OpenQuestion] = []
    decisions: list[Decision] = []
    assumptions: list[Assumption] = []
    counters: dict[str, int] = {}
    derived: list[str] = []
    locked: list[str] = []

    def new_id(self, prefix: str) -> str:
        """Hand out the next id of `prefix`, e.g. "ENT" → "ENT-4". Never one given before."""
        number = self.counters.get(prefix, 0) + 1
        self.counters[prefix] = number
        return f"{prefix}-{number}"

    def items(self) -> Iterator[Item]:
        """Every addressable item, parents before their children, in the order of the plan."""
        sections = self.sections
        for entity in sections.data_model.entities:
            yield entity
            yield from entity.fields
            yield from entity.relations
        yield from sections.api_endpoints.endpoints
        yield from sections.ui_components.components
        yield from sections.dependencies.items
        yield from sections.design_system.colors
        yield from sections.design_system.typography
        yield from sections.behaviors.rules
        yield from self.references
        yield from self.open_questions
        yield from self.decisions
        yield from self.assumptions

    def entity(self, key: str) -> Entity | None:
        """The entity with this id or (case-insensitive) name, or None."""
        for entity in self.sections.data_model.entities:
            if entity.id == key or entity.name.lower() == key.lower():
                return entity
        return None

    def rule(self, kind: str) -> Rule | None:
        """The first rule of this kind, or None."""
        return next((rule for rule in self.sections.behaviors.rules if rule.kind == kind), None)

    def decision(self, topic: str) -> Decision | None:
        return next((decision for decision in self.decisions if decision.topic == topic), None)
