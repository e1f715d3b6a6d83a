"""What `tokens.js` measured in a page, parsed: a page may answer anything, also rubbish of great length."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Amount = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
ROWS = 5_000


class Fact(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Paint(Fact):
    """A background colour: `area` in square CSS px that is really seen, the others count boxes of a kind."""

    color: Hex
    area: Amount = 0
    boxes: Amount = 0
    page: Amount = 0
    band: Amount = 0
    card: Amount = 0
    button: Amount = 0
    badge: Amount = 0
    field: Amount = 0
    gradient: Amount = 0


class Ink(Fact):
    """A text colour, in characters. `on_fill` are those on a painted button."""

    color: Hex
    characters: Amount = 0
    text: Amount = 0
    heading: Amount = 0
    link: Amount = 0
    control: Amount = 0
    on_fill: Amount = 0


class Line(Fact):
    """A border colour; `length` in CSS px."""

    color: Hex
    length: Amount = 0
    count: Amount = 0


class Type(Fact):
    """Text set in one family, size (CSS px) and weight. `line_height` (a ratio), `tracking` (px), `upper`
    and `h1` are weighted by characters."""

    family: Annotated[str, StringConstraints(max_length=200)]
    size: Annotated[float, Field(ge=1, le=2_000, allow_inf_nan=False)]
    weight: Annotated[int, Field(ge=1, le=1_000)]
    role: Annotated[str, StringConstraints(pattern="^(heading|body|mono|label)$")]
    characters: Amount = 0
    line_height: Amount = 0
    tracking: Amount = 0
    upper: Amount = 0
    h1: Amount = 0


class Radius(Fact):
    """`radius` in CSS px, or "round" for half of the box."""

    radius: Annotated[str, StringConstraints(pattern=r"^(round|\d{1,4}(\.\d+)?)$")]
    count: Amount = 0
    card: Amount = 0
    button: Amount = 0
    field: Amount = 0
    badge: Amount = 0


class Shadow(Fact):
    shadow: Annotated[str, StringConstraints(max_length=300)]
    count: Amount = 0
    card: Amount = 0


class Gap(Fact):
    """A padding, margin or gap in CSS px."""

    gap: Annotated[str, StringConstraints(pattern=r"^\d{1,3}$")]
    count: Amount = 0


class Variable(Fact):
    """A custom property of the root that is a colour."""

    name: Annotated[str, StringConstraints(max_length=60)]
    color: Hex


class Heading(Fact):
    level: Annotated[str, StringConstraints(max_length=10)]
    text: Annotated[str, StringConstraints(max_length=120)]


class Box(Fact):
    """A box of the layout, in CSS px from the top left of the page; `parent` is an index into the boxes.
    `words` counts characters; `price` is 2 where an amount of money stands in it, 1 for "free" or "contact us".
    """

    tag: Annotated[str, StringConstraints(max_length=40)]
    kind: Annotated[str, StringConstraints(max_length=10)]
    x: Amount
    y: Amount
    width: Amount
    height: Amount
    parent: int = -1
    position: Annotated[str, StringConstraints(max_length=20)] = ""
    display: Annotated[str, StringConstraints(max_length=30)] = ""
    columns: int = 0
    column_count: int = 0
    direction: Annotated[str, StringConstraints(max_length=20)] = ""
    words: Amount = 0
    price: Annotated[int, Field(ge=0, le=2)] = 0


class PageFacts(Fact):
    """Everything measured in one page; sizes in CSS px, `pictures` in square px."""

    width: Annotated[float, Field(ge=1, le=20_000)]
    height: Annotated[float, Field(ge=1, le=20_000)]
    pictures: Amount = 0
    truncated: bool = False
    paints: Annotated[list[Paint], Field(max_length=ROWS)] = []
    inks: Annotated[list[Ink], Field(max_length=ROWS)] = []
    lines: Annotated[list[Line], Field(max_length=ROWS)] = []
    types: Annotated[list[Type], Field(max_length=ROWS)] = []
    radii: Annotated[list[Radius], Field(max_length=ROWS)] = []
    shadows: Annotated[list[Shadow], Field(max_length=ROWS)] = []
    gaps: Annotated[list[Gap], Field(max_length=ROWS)] = []
    variables: Annotated[list[Variable], Field(max_length=200)] = []
    headings: Annotated[list[Heading], Field(max_length=40)] = []
    text: Annotated[str, StringConstraints(max_length=6_000)] = ""
    boxes: Annotated[list[Box], Field(max_length=ROWS)] = []


def parse(measured: object) -> PageFacts | None:
    """None where a page has spoiled its own measuring."""
    try:
        return PageFacts.model_validate(measured)
    except ValidationError:
        return None
