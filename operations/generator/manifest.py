"""Block manifests, parsed at the border: what each block covers, needs and hangs into an app."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from blueprints.schemas import FieldType, RelationKind, Scalar
from operations.generator.model import Action

BLOCKS = Path(__file__).parent / "blocks"
COMPONENTS = Path(__file__).parent / "components"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProbeEntry(Part):
    path: str
    method: str = "GET"
    status: int = 200
    contains: str = ""
    json_keys: list[str] = []


class EvidenceEntry(Part):
    """Strings may hold `[[ … ]]` over the template context."""

    location: str = ""
    tests: list[str] = []
    probes: list[ProbeEntry] = []


class Parameter(Part):
    default: Scalar | list[str]
    one_of: list[Scalar] | None = None
    minimum: float | None = None
    maximum: float | None = None

    def refusal(self, value: object) -> str:
        """Why this value cannot be used, "" when it can."""
        if self.one_of is not None:
            offered = ", ".join(str(option) for option in self.one_of)
            for one in value if isinstance(value, list) else [value]:
                if one not in self.one_of:
                    return f"“{one}” is not offered (only {offered})"
        if isinstance(self.default, bool) is not isinstance(value, bool):
            return f"“{value}” is not of the right kind"
        if isinstance(self.default, int | float) and not isinstance(self.default, bool):
            if not isinstance(value, int | float):
                return f"“{value}” is not a number"
            if self.minimum is not None and value < self.minimum:
                return f"{value} is less than {self.minimum:g}"
            if self.maximum is not None and value > self.maximum:
                return f"{value} is more than {self.maximum:g}"
        if isinstance(self.default, str | list) and not isinstance(value, type(self.default)):
            return f"“{value}” is not of the right kind"
        return ""


class NavItem(Part):
    """`front`: this entry leads to "/" where the block has the front page."""

    label: str
    path: str
    icon: str = "list"
    front: bool = False


class RuleEntry(Part):
    """The rule holds, written or not, when the plan keeps one of `entities` or has a screen of one of the
    kinds `screens`."""

    title: str = ""
    entities: list[str] = []
    screens: list[str] = []
    nav: NavItem | None = None
    params: dict[str, Parameter] = {}
    evidence: EvidenceEntry = EvidenceEntry()


class ComponentEntry(Part):
    """`nav` is the icon of an entry of the navigation for each screen of this kind."""

    nav: str = ""
    evidence: EvidenceEntry = EvidenceEntry()


class RequiredField(Part):
    """`known_as` are other names a plan may have for it; with `any_of_type` every column of one of `types`
    will do as well. A column of none of them is made one of `type`. One that is `optional` is used where
    it is and added nowhere."""

    name: str
    known_as: list[str] = []
    types: list[FieldType] = []
    any_of_type: bool = False
    optional: bool = False
    type: FieldType = "string"
    required: bool = True
    unique: bool = False
    choices: list[str] = []
    default: Scalar | None = None
    minimum: float | None = None
    maximum: float | None = None
    help: str = ""
    managed: bool = False


class RequiredRelation(Part):
    """`known_as` as for fields; with `any_target` a link to something else of the plan will do as
    well, but for those to avoid."""

    name: str
    known_as: list[str] = []
    any_target: bool = False
    avoid: list[str] = []
    optional: bool = False
    kind: RelationKind = "belongs_to"
    target: str
    required: bool = True
    managed: bool = False


class UniqueTogether(Part):
    """No two records agree in all `fields`, those aside whose `unless` column holds the value given."""

    fields: list[str]
    unless: dict[str, str] = {}
    message: str = ""


class RequiredEntity(Part):
    """`known_as`, `named_by` ("shop.cart.product": a rule and its parameter) and `shown_by` (a kind of
    component) say which entity of the plan it is; none of them, and it is added unless `optional`.

    `written` ones the block makes records of: what it knows nothing about may be empty. `unlisted` ones
    have pages of the block's own, so the navigation leads there. `sampled` ones get samples like any other
    although the block sows. `access` holds where no rule says else.
    """

    name: str
    known_as: list[str] = []
    named_by: str = ""
    shown_by: str = ""
    optional: bool = False
    written: bool = False
    unlisted: bool = False
    sampled: bool = False
    access: dict[Action, str] = {}
    unique: UniqueTogether | None = None
    plural: str = ""
    description: str = ""
    when: str = ""
    managed: bool = False
    fields: list[RequiredField] = []
    relations: list[RequiredRelation] = []


class Requirements(Part):
    entities: list[RequiredEntity] = []


class Url(Part):
    path: str
    include: str


class ConditionalFiles(Part):
    when: str
    files: list[str]


class Process(Part):
    """A command that runs beside the service, and the path at which the service tells whether it does."""

    serve: list[str]
    health: str = ""


class Front(Part):
    """A folder whose package.json builds what the service hands out, and where that is then."""

    folder: str
    output: str


class Manifest(Part):
    """See README.md beside this module for what each key means."""

    name: str
    title: str
    folder: Path = Path()
    dependencies: list[str] = []
    dependency: ComponentEntry = ComponentEntry()
    process: Process | None = None
    front: Front | None = None
    rules: dict[str, RuleEntry] = {}
    components: dict[str, ComponentEntry] = {}
    endpoints: dict[str, ComponentEntry] = {}
    requires: Requirements = Requirements()
    conflicts: list[str] = []
    needs: list[str] = []
    app: str = ""
    urls: list[Url] = []
    home: str = ""
    home_for: list[str] = []
    home_rank: int = 5
    nav: list[NavItem] = []
    topbar: str = ""
    lifespan: str = ""
    seed: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    styles: list[str] = []
    parts: list[ConditionalFiles] = []


@cache
def manifests() -> dict[str, Manifest]:
    """Every block, and every component that not each app has, by name. Raises `pydantic.ValidationError`
    on a manifest that breaks the contract."""
    found = {}
    for path in sorted([*BLOCKS.glob("*/manifest.yaml"), *COMPONENTS.glob("*/manifest.yaml")]):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        manifest = Manifest.model_validate({**content, "folder": path.parent})
        if manifest.name != path.parent.name:
            raise ValueError(f"{path}: the name must be that of its folder")
        found[manifest.name] = manifest
    return found
