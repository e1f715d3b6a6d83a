"""What a plan consists of: frozen facts that templates, ledger and probes read and nobody changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from blueprints.schemas import DesignSystemSection, FieldType, RelationKind, Scalar

Parameters = Mapping[str, "Scalar | list[str]"]


@dataclass(frozen=True)
class ProjectFacts:
    """`template` is the slug of the project template ("social-world", "blank-service", …)."""

    name: str
    slug: str
    template: str = "blank-service"
    summary: str = ""


@dataclass(frozen=True)
class Choice:
    """`member` is the name in the TextChoices class, `value` what the database stores."""

    member: str
    value: str
    label: str


@dataclass(frozen=True)
class PlannedField:
    """One column. `label` are the words a person sees; `managed` columns are written by a block."""

    item_id: str
    name: str
    label: str
    type: FieldType
    required: bool = True
    unique: bool = False
    choices: tuple[Choice, ...] = ()
    default: Scalar | None = None
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""
    managed: bool = False

    @property
    def choices_class(self) -> str:
        name = "".join(part.capitalize() for part in self.name.split("_"))
        return "MetaChoice" if name == "Meta" else name


@dataclass(frozen=True)
class PlannedRelation:
    """A link, held by the entity it stands on. `target` and `source` are class names."""

    item_id: str
    name: str
    label: str
    kind: RelationKind
    target: str
    related_name: str
    required: bool = True
    managed: bool = False


@dataclass(frozen=True)
class PlannedUnique:
    """Columns in which no two records agree, those aside whose column `unless` holds `value`."""

    fields: tuple[str, ...]
    unless: str = ""
    value: str = ""
    message: str = ""


@dataclass(frozen=True)
class PlannedEntity:
    """One table with its pages and endpoints.

    `name` is the class, `snake` the attribute and file name, `slug` the path of pages and API.
    `managed` entities are written by a block: no forms, read-only API. `account` marks the one that is
    the sign-in account itself, `owner` names the relation to whoever made a record. `listed` ones appear in
    the navigation, but for `unlisted` ones, whose pages a block shows.
    """

    item_id: str
    name: str
    snake: str
    snake_plural: str
    slug: str
    label: str
    label_plural: str
    description: str
    fields: tuple[PlannedField, ...]
    relations: tuple[PlannedRelation, ...]
    managed: bool = False
    account: bool = False
    owner: str = ""
    listed: bool = True
    unlisted: bool = False
    unique: PlannedUnique | None = None
    icon: str = "list"

    @property
    def title_field(self) -> PlannedField | None:
        """The column that names a record to people."""
        texts = [f for f in self.fields if f.type in ("string", "email", "phone", "url", "text")]
        named = [f for f in texts if f.name in ("title", "name", "label", "subject", "headline", "username")]
        candidates = named or [f for f in texts if f.name.endswith(("_name", "_title"))] or texts
        return candidates[0] if candidates else None

    @property
    def editable_fields(self) -> tuple[PlannedField, ...]:
        return tuple(f for f in self.fields if not f.managed)

    @property
    def editable_relations(self) -> tuple[PlannedRelation, ...]:
        return tuple(r for r in self.relations if not r.managed)


Action = Literal["list", "read", "create", "update", "delete"]
ACTIONS: tuple[Action, ...] = ("list", "read", "create", "update", "delete")


@dataclass(frozen=True)
class ProbeSpec:
    """A request to the running app and what its answer must show. `contains` is text, entities decoded."""

    path: str
    method: str = "GET"
    status: int = 200
    contains: str = ""
    json_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What would prove an item: `tests` are ids (or prefixes at a dot), `location` "file" or "file::symbol"."""

    tests: tuple[str, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
    location: str = ""


Expectation = Literal["met", "partial", "unmet"]


@dataclass(frozen=True)
class Coverage:
    """How the plan stands to one item. `block` is "" when no block covers it; `reason` then says why."""

    item_id: str
    title: str
    block: str
    expectation: Expectation
    evidence: Evidence = Evidence()
    reason: str = ""


@dataclass(frozen=True)
class NavEntry:
    label: str
    path: str
    icon: str


@dataclass(frozen=True)
class PlannedScreen:
    """A component of any document. `entities` are class names, the first is what it is about. `item_id` is ""
    unless the current document holds it. `path` begins and ends with a slash; "" when a list of records or
    another screen answers there already."""

    kind: str
    name: str
    route: str
    purpose: str
    entities: tuple[str, ...] = ()
    item_id: str = ""
    path: str = ""


@dataclass(frozen=True)
class PlannedJob:
    """Recurring work of the worker: `action` is a class of the app's `jobs.actions`, `arguments` are its own.
    `writes` is the column of `entity` that nobody else fills in any more, "" for none."""

    name: str
    action: str
    arguments: tuple[tuple[str, Scalar], ...]
    entity: str
    writes: str = ""
    item_id: str = ""
    title: str = ""
    every: str = "hour"

    @property
    def constant(self) -> str:
        return self.name.replace("-", "_").upper()

    @property
    def test_class(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-")) + "Tests"

    @property
    def case(self) -> str:
        return f"{self.action}Case"


@dataclass(frozen=True)
class UsedBlock:
    """A block in this plan: its parameters by rule kind, the rule kinds the blueprint holds, and what the
    plan calls the entities, columns and links it needs ("Product.price" → "cost", "" for none)."""

    name: str
    params: Mapping[str, Parameters]
    active: frozenset[str]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything `render` and `ledger` need.

    `access` says per class name and action who may: anyone, signed_in, owner or a role. `identities` maps
    stable ids ("<feature>/FLD-3") to "Class.attribute", by which renames are found. `home` is the block
    behind "/", "" for the overview of the records. `refused` maps rule ids of the current document to why
    what they say cannot be. `notes` explains every decision that bent a wish.
    """

    project: ProjectFacts
    feature: str
    summary: str
    entities: tuple[PlannedEntity, ...]
    access: Mapping[str, Mapping[Action, str]]
    blocks: tuple[UsedBlock, ...]
    nav: tuple[NavEntry, ...]
    style: str
    design: DesignSystemSection
    coverage: tuple[Coverage, ...]
    identities: Mapping[str, str]
    notes: tuple[str, ...] = ()
    screens: tuple[PlannedScreen, ...] = ()
    home: str = ""
    jobs: tuple[PlannedJob, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    _by_name: dict[str, PlannedEntity] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({entity.name: entity for entity in self.entities})

    def entity(self, name: str) -> PlannedEntity:
        """The entity of this class name. Raises KeyError."""
        return self._by_name[name]

    @property
    def is_skeleton(self) -> bool:
        return not self.entities and not self.blocks

    def block(self, name: str) -> UsedBlock | None:
        return next((block for block in self.blocks if block.name == name), None)
