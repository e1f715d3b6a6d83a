"""Design tokens out of what was measured in a page: which colour plays which part, and how sure that is.

Colours that look the same are one (distance in OKLab); parts are given by area and use: the largest
ground is the background, the next paper that carries things is the surface, the ink of most characters
is the text, the fill of buttons is primary. `layout` facts are in `layout.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import pi
from typing import Literal, TypeVar

from blueprints.references.facts import Ink, PageFacts, Paint, Type
from studio.core import colour

# Closer than this, two shades of a page are one token (anti-aliasing, a hover state, a rounding).
SAME = 0.018
# Papers are flat: there a smaller difference is meant.
SAME_PAPER = 0.006
# The share of a page from which its own background is seen; the contrast from which an ink can be meant for it.
OWN_PAPER = 0.05
LEGIBLE = 2.5
# What is closer to a paper or an ink of the page is no accent on it.
NEAR_PAPER = 0.1
# Chroma from which on people call it a colour.
COLOURFUL = 0.045
ROLE_ORDER = ("background", "surface", "text", "muted", "primary", "on-primary", "accent", "border", "link")
GENERIC = {"serif", "sans-serif", "monospace", "system-ui", "ui-sans-serif", "ui-serif", "ui-monospace", "inherit",
           "-apple-system", "blinkmacsystemfont", "ui-rounded", "cursive", "fantasy", "emoji", "math"}  # fmt: skip


@dataclass(frozen=True)
class Color:
    """`value` is "#rrggbb"; `share` of the page's area (of its characters for an ink), 0 to 1."""

    role: str
    value: str
    share: float
    confidence: float
    provenance: str
    name: str = ""


@dataclass(frozen=True)
class Face:
    """`sizes` in CSS px, the most used first; `role` is heading, body, mono or label."""

    role: str
    family: str
    size: float
    weight: int
    sizes: tuple[float, ...]
    confidence: float
    provenance: str


@dataclass(frozen=True)
class Tokens:
    """What a reference looks like. `palette` are all colours that cover it, by share, with or without a part."""

    theme: Literal["light", "dark"]
    colors: tuple[Color, ...]
    palette: tuple[tuple[str, float], ...]
    typography: tuple[Face, ...] = ()
    scale: tuple[float, ...] = ()
    spacing: tuple[int, ...] = ()
    radius: int | None = None
    control_radius: int | None = None
    radii: tuple[float, ...] = ()
    shadows: tuple[str, ...] = ()
    layout: tuple[str, ...] = field(default=())


@dataclass
class Shade:
    """Colours that look the same, under the most used one; `paints` and `inks` are what they were."""

    value: str
    paints: list[Paint] = field(default_factory=list)
    inks: list[Ink] = field(default_factory=list)
    lines: float = 0.0

    @property
    def area(self) -> float:
        return max(0.0, sum(paint.area for paint in self.paints))

    @property
    def chroma(self) -> float:
        return colour.to_oklch(self.value)[1]

    @property
    def lightness(self) -> float:
        return colour.to_oklch(self.value)[0]

    def boxes(self, kind: Callable[[Paint], float]) -> float:
        return sum(kind(paint) for paint in self.paints)

    def characters(self, kind: Callable[[Ink], float]) -> float:
        return sum(kind(ink) for ink in self.inks)


def read(facts: PageFacts, layout: Sequence[str] = ()) -> Tokens:
    grounds = _shades(((paint.color, paint.area, paint, None) for paint in facts.paints), SAME_PAPER)
    inks = _shades(((ink.color, ink.characters, None, ink) for ink in facts.inks), SAME)
    whole = sum(shade.area for shade in grounds) or 1.0
    characters = sum(shade.characters(lambda ink: ink.characters) for shade in inks) or 1.0
    named = {variable.color: variable.name for variable in reversed(facts.variables)}
    colors = _parts(facts, grounds, inks, whole, characters, named)
    background = next((item.value for item in colors if item.role == "background"), "#ffffff")
    return Tokens(
        theme="dark" if colour.to_oklch(background)[0] < 0.5 else "light",
        colors=tuple(sorted(colors, key=lambda item: ROLE_ORDER.index(item.role))),
        palette=tuple(
            (shade.value, round(shade.area / whole, 4))
            for shade in sorted(grounds, key=lambda shade: -shade.area)
            if shade.area / whole >= 0.001
        ),
        typography=tuple(_faces(facts.types)),
        scale=tuple(
            sorted({size for size, _ in _weighted((row.size, row.characters) for row in facts.types)})
        ),
        spacing=_spacing(facts),
        radius=_radius(facts, "card"),
        control_radius=_radius(facts, "button"),
        radii=tuple(
            sorted(
                {float(row.radius) for row in facts.radii if row.radius != "round" and float(row.radius) > 0}
            )
        ),
        shadows=tuple(
            row.shadow for row in sorted(facts.shadows, key=lambda row: (-row.card, -row.count))[:3]
        ),
        layout=tuple(layout),
    )


def _shades(rows: Iterable[tuple[str, float, Paint | None, Ink | None]], same: float) -> list[Shade]:
    shades: list[Shade] = []
    for value, _, paint, ink in sorted(rows, key=lambda row: -row[1]):
        shade = next((one for one in shades if colour.distance(one.value, value) < same), None)
        if shade is None:
            shade = Shade(value)
            shades.append(shade)
        shade.paints += [paint] if paint else []
        shade.inks += [ink] if ink else []
    return shades


def _parts(
    facts: PageFacts,
    grounds: list[Shade],
    inks: list[Shade],
    whole: float,
    characters: float,
    named: dict[str, str],
) -> list[Color]:
    found: dict[str, Color] = {}

    def give(role: str, value: str, share: float, confidence: float, provenance: str) -> None:
        found[role] = Color(
            role,
            value,
            round(share, 4),
            round(min(0.99, max(0.05, confidence)), 2),
            provenance,
            named.get(value, ""),
        )

    by_area = sorted(grounds, key=lambda shade: -shade.area)
    # What the page itself is painted with, as long as some of it is seen; else what covers most.
    own = next((shade for shade in by_area if shade.boxes(lambda paint: paint.page) > 0), None)
    if own is not None and own.area / whole >= OWN_PAPER:
        by_area = [own, *(shade for shade in by_area if shade is not own)]
    if by_area:
        first = by_area[0]
        share = first.area / whole
        give("background", first.value, share, 0.5 + share / 2, f"covers {share:.0%} of the page")
        _give_surface(give, first, by_area[1:], whole)
    running = sorted(inks, key=lambda shade: -shade.characters(lambda ink: ink.text + ink.heading))
    # The ink of another paper (a dark footer) is none of this one.
    running = [
        shade for shade in running if not by_area or colour.contrast(shade.value, by_area[0].value) >= LEGIBLE
    ] or running
    if running:
        text = running[0]
        share = text.characters(lambda ink: ink.characters) / characters
        # The ink of headings, where the text that runs is a lighter shade of it.
        heads = max(inks, key=lambda shade: shade.characters(lambda ink: ink.heading))
        if by_area and heads is not text and heads.characters(lambda ink: ink.heading) > 0:
            paper = by_area[0].value
            if (
                colour.contrast(heads.value, paper) > colour.contrast(text.value, paper)
                and heads.chroma < COLOURFUL
            ):
                text, running = heads, [heads, *(shade for shade in running if shade is not heads)]
        give("text", text.value, share, 0.5 + share / 2, "the colour of headings and running text")
        paper = by_area[0].value if by_area else "#ffffff"
        for shade in running[1:]:
            part = shade.characters(lambda ink: ink.text) / characters
            weaker = colour.contrast(shade.value, paper) < colour.contrast(text.value, paper) - 0.5
            if part > 0.02 and weaker and shade.chroma < 0.09 and colour.contrast(shade.value, paper) > 1.8:
                give("muted", shade.value, part, 0.5 + part, f"the second colour of text, {part:.0%} of it")
                break
    _give_primary(give, found, grounds, inks, characters)
    _give_accent(give, found, grounds, inks, whole)
    if facts.lines:
        lines = Counter[str]()
        for line in facts.lines:
            same = next((value for value in lines if colour.distance(value, line.color) < SAME), line.color)
            lines[same] += int(line.length)
        text_value = found["text"].value if "text" in found else "#000000"
        usual = [
            (value, length)
            for value, length in lines.most_common()
            if colour.distance(value, text_value) > 0.15
        ]
        if usual:
            value, length = usual[0]
            share = length / (sum(lines.values()) or 1)
            give("border", value, share, 0.4 + share / 2, f"drawn along {length} px of edges")
    return list(found.values())


Give = Callable[[str, str, float, float, str], None]


def _give_surface(give: Give, background: Shade, others: list[Shade], whole: float) -> None:
    """The paper of cards and fields: near the background, and in several places or over a good part."""
    candidates = [
        shade
        for shade in others
        if abs(shade.lightness - background.lightness) < 0.35
        and shade.chroma < max(COLOURFUL * 1.6, background.chroma + COLOURFUL)
        and shade.area / whole > 0.004
        and (shade.boxes(lambda paint: paint.card + paint.field) >= 2 or shade.area / whole > 0.05)
    ]
    if candidates:
        chosen = max(candidates, key=lambda shade: (shade.boxes(lambda paint: paint.card) > 0, shade.area))
        share = chosen.area / whole
        give(
            "surface",
            chosen.value,
            share,
            0.45 + min(0.5, share * 3),
            f"the paper of cards, {share:.0%} of the page",
        )


def _give_primary(
    give: Give, found: dict[str, Color], grounds: list[Shade], inks: list[Shade], characters: float
) -> None:
    """The fill of buttons; the most colourful one where there are several. Without any, the colour of links."""
    paper = found["background"].value if "background" in found else "#ffffff"
    fills = [
        shade
        for shade in grounds
        if shade.boxes(lambda paint: paint.button) > 0 and colour.distance(shade.value, paper) > 0.1
    ]
    links = [
        shade for shade in inks if shade.characters(lambda ink: ink.link) > 0 and shade.chroma > COLOURFUL
    ]
    if fills:
        colourful = [shade for shade in fills if shade.chroma > COLOURFUL]
        chosen = max(
            colourful or fills, key=lambda shade: (shade.boxes(lambda paint: paint.button), shade.chroma)
        )
        count = int(chosen.boxes(lambda paint: paint.button))
        give(
            "primary",
            chosen.value,
            0,
            0.6 + min(0.35, count / 20),
            f"fills {count} button{'s' if count > 1 else ''}",
        )
        on_fill = [shade for shade in inks if shade.characters(lambda ink: ink.on_fill) > 0]
        readable = [shade for shade in on_fill if colour.contrast(shade.value, chosen.value) > 2.5]
        if readable:
            ink = max(readable, key=lambda shade: shade.characters(lambda ink: ink.on_fill))
            give("on-primary", ink.value, 0, 0.7, "the text on those buttons")
    elif links:
        chosen = max(links, key=lambda shade: shade.characters(lambda ink: ink.link))
        give("primary", chosen.value, 0, 0.5, "the colour of links; no button is filled")
    if links:
        chosen = max(links, key=lambda shade: shade.characters(lambda ink: ink.link))
        share = chosen.characters(lambda ink: ink.link) / characters
        if "primary" not in found or colour.distance(chosen.value, found["primary"].value) > SAME:
            give("link", chosen.value, share, 0.6, "the colour of links")


def _give_accent(
    give: Give, found: dict[str, Color], grounds: list[Shade], inks: list[Shade], whole: float
) -> None:
    """The colour that is left: colourful, and of another hue than primary."""
    primary = found.get("primary")
    papers = [found[role].value for role in ("background", "surface", "text", "muted") if role in found]
    candidates: list[tuple[float, Shade]] = []
    for shade in [*grounds, *inks]:
        used = shade.area / whole * 1000 + shade.characters(lambda ink: ink.characters) / 50
        used += shade.boxes(lambda paint: paint.badge + paint.band) * 2
        apart = primary is None or _hue_apart(shade.value, primary.value) > 40
        apart = apart and all(colour.distance(shade.value, paper) > NEAR_PAPER for paper in papers)
        if shade.chroma > COLOURFUL * 1.3 and apart and used > 0.2:
            candidates.append((used * (1 + shade.chroma * 4), shade))
    if candidates:
        _, shade = max(candidates, key=lambda item: item[0])
        give("accent", shade.value, shade.area / whole, 0.5, "the second colour that stands out")


def _hue_apart(one: str, other: str) -> float:
    """Degrees between two hues, 0 to 180; 180 where one has none."""
    (_, c1, h1), (_, c2, h2) = colour.to_oklch(one), colour.to_oklch(other)
    if min(c1, c2) < COLOURFUL / 2:
        return 180.0
    turn = abs(h1 - h2) % (2 * pi)
    return min(turn, 2 * pi - turn) * 180 / pi


def _faces(types: list[Type]) -> Iterable[Face]:
    whole = sum(row.characters for row in types) or 1.0
    for role in ("heading", "body", "mono", "label"):
        rows = [row for row in types if row.role == role]
        if not rows:
            continue
        families = Counter[str]()
        for row in rows:
            families[_family(row.family)] += int(row.characters) or 1
        family, characters = families.most_common(1)[0]
        ours = [row for row in rows if _family(row.family) == family]
        if role == "heading":
            lead = max(ours, key=lambda row: (row.h1 > 0, row.size))
        else:
            lead = max(ours, key=lambda row: row.characters)
        sizes = [size for size, _ in _weighted((row.size, row.characters) for row in ours)]
        share = characters / whole
        yield Face(
            role, family, lead.size, lead.weight, tuple(sizes[:6]), round(min(0.98, 0.6 + share / 2), 2),
            f"{characters} characters of the page",
        )  # fmt: skip


def _family(stack: str) -> str:
    """The first family of a stack that is one: what the designer asked for, whether it was installed or not."""
    names = [name.strip().strip("\"'") for name in stack.split(",")]
    return next((name for name in names if name.lower() not in GENERIC and name), names[0] or "sans-serif")[
        :80
    ]


Value = TypeVar("Value", float, int)


def _weighted(rows: Iterable[tuple[Value, float]]) -> list[tuple[Value, float]]:
    """Values with the sum of their weights, the heaviest first."""
    sums: dict[Value, float] = {}
    for value, weight in rows:
        sums[value] = sums.get(value, 0) + weight
    return sorted(sums.items(), key=lambda item: -item[1])


def _spacing(facts: PageFacts) -> tuple[int, ...]:
    """The steps of the rhythm: at most eight gaps that are used again and again, smallest first."""
    counted = Counter({int(row.gap): int(row.count) for row in facts.gaps if int(row.gap) >= 4})
    often = max(counted.values(), default=0) / 12
    return tuple(sorted(gap for gap, count in counted.most_common(8) if count >= max(2, often)))


def _radius(facts: PageFacts, kind: Literal["card", "button"]) -> int | None:
    """The usual corner of cards, or of buttons, in px; 999 for a pill, None where there are none."""
    counted = Counter[str]()
    for row in facts.radii:
        number = int(row.card if kind == "card" else row.button + row.field)
        if number:
            counted[row.radius] += number
    if not counted:
        return None
    radius = counted.most_common(1)[0][0]
    return 999 if radius == "round" else round(float(radius))


def hue_name(value: str) -> str:
    """A colour in a word, for what the Architect says: "deep blue", "warm white"."""
    lightness, chroma, hue = colour.to_oklch(value)
    degrees = (hue * 180 / pi) % 360
    if lightness >= 0.93 and chroma < 0.03:
        tint = "warm " if 30 < degrees < 120 else "cool " if 190 < degrees < 310 else ""
        return (tint if chroma >= 0.004 else "") + "white"
    if chroma < 0.02:
        for least, name in ((0.85, "light grey"), (0.6, "grey"), (0.3, "dark grey")):
            if lightness >= least:
                return name
        return "near black"
    names = ((12, "pink"), (33, "red"), (75, "orange"), (112, "yellow"), (132, "lime"), (168, "green"), (205, "teal"),
             (240, "sky blue"), (285, "blue"), (318, "purple"), (342, "magenta"), (361, "pink"))  # fmt: skip
    word = next(name for limit, name in names if degrees < limit)
    if word in ("orange", "yellow") and lightness < 0.55 and chroma < 0.14:
        word = "brown"
    tone = (
        "pale " if lightness > 0.9 else "light " if lightness > 0.78 else "deep " if lightness < 0.42 else ""
    )
    return tone + word
