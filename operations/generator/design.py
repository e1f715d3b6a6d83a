"""The blueprint's design system as custom properties of the app's style sheet.

Colours come by role, repaired until text can be read on its paper; the other mode is derived. What the
blueprint leaves open stays with the theme.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blueprints.schemas import ColorToken, DesignSystemSection, TypeToken
from studio.core import colour

ROLES = {
    "bg": "background",
    "page": "background",
    "card": "surface",
    "paper": "surface",
    "foreground": "text",
    "ink": "text",
    "body": "text",
    "secondary_text": "muted",
    "subtle": "muted",
    "brand": "primary",
    "action": "primary",
    "secondary": "accent",
    "highlight": "accent",
    "line": "border",
    "error": "danger",
    "ok": "success",
}
COLOUR_ROLES = (
    "background", "surface", "text", "muted", "primary", "on-primary", "accent", "on-accent", "border",
    "danger", "success", "warning", "info", "link",
)  # fmt: skip
FILLS = ("primary", "accent")
INKS = ("text", "muted", "danger", "success", "warning", "info", "link")
FONT_STACKS = {
    "mono": 'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace',
    "rounded": 'ui-rounded, "SF Pro Rounded", Nunito, Quicksand, "Arial Rounded MT Bold", system-ui, sans-serif',
    "old-style": '"Iowan Old Style", "Palatino Linotype", Palatino, P052, "Book Antiqua", serif',
    "modern": 'Didot, "Bodoni MT", "Playfair Display", "Noto Serif Display", Georgia, serif',
    "serif": 'Charter, Georgia, Cambria, "Times New Roman", serif',
    "geometric": 'Futura, Avenir, "Century Gothic", "URW Gothic", Montserrat, sans-serif',
    "grotesque": '"Helvetica Neue", Helvetica, Inter, Arial, sans-serif',
    "humanist": '"Gill Sans", Optima, Candara, "Trebuchet MS", "Noto Sans", sans-serif',
}
FONT_CLASSES = (
    ("mono", r"mono|code|courier|consol|menlo|plex mono|typewriter"),
    ("rounded", r"round|nunito|quicksand|comfortaa|fredoka|baloo|varela"),
    ("geometric", r"futura|avenir|montserrat|poppins|gothic|geometric|outfit|urbanist|jost|lexend|dm sans"),
    ("modern", r"didot|bodoni|playfair|abril|display"),
    ("old-style", r"palatino|iowan|garamond|caslon|goudy|baskerville|crimson|cormorant|minion|sabon"),
    (
        "humanist",
        r"gill|optima|candara|frutiger|trebuchet|verdana|lato|open sans|noto sans|source sans|calibri",
    ),
    ("grotesque", r"sans|helvetica|arial|inter|roboto|segoe|system-ui|grotesk|grotesque|work|sf pro|manrope"),
    ("serif", r"serif|georgia|times|merriweather|lora|charter|cambria|slab|bitter|book"),
)
# As the offline Architect marks what a person said; a captured page brings its own navigation.
ASKED_FOR = "asked for"
COMPONENTS_IN_PRIMARY = {
    "--nav-background": "var(--color-primary)",
    "--nav-text": "var(--color-on-primary)",
    "--nav-current-text": "var(--color-primary)",
    "--nav-current-background": "var(--color-on-primary)",
    "--nav-marker": "0 0 transparent",
    "--brand-text": "var(--color-on-primary)",
    "--brand-color": "var(--color-on-primary)",
    "--band-background": "var(--color-primary)",
    "--band-text": "var(--color-on-primary)",
    "--chart-1": "var(--color-primary)",
}
# What browsers answer for `box-shadow`: a colour and lengths, once or several times.
_ONE_SHADOW = r"rgba?\([\d., %/]{3,40}\)(?: -?\d{1,3}(?:\.\d{1,4})?px){2,4}"
SAFE_SHADOW = re.compile(rf"{_ONE_SHADOW}(?:, {_ONE_SHADOW}){{0,3}}")
SAFE_FAMILY = re.compile(r"[A-Za-z0-9 \-]{1,40}")


@dataclass(frozen=True)
class DesignToken:
    """`property` is "" for a role the sheet does not know; `value` is what design.css says."""

    item_id: str
    role: str
    wished: str
    property: str = ""
    value: str = ""
    note: str = ""


@dataclass(frozen=True)
class Design:
    """`declarations` in the order of the sheet; `mode` is "light", "dark" or "" for the visitor's own."""

    declarations: tuple[tuple[str, str], ...]
    tokens: tuple[DesignToken, ...]
    mode: str


def plan_design(section: DesignSystemSection) -> Design:
    mode = _mode(section)
    colours, tokens = _colours(section.colors, dark=mode == "dark")
    declarations = dict(colours) | _in_place_of_the_theme(section)
    sized = section.intent != "inspiration"
    for token in section.typography:
        declared = _type(token, sized=sized)
        declarations.update(declared)
        property_, value = next(iter(declared.items()), ("", ""))
        tokens.append(DesignToken(token.id, token.role, token.family, property_, value))
    if section.border_radius is not None:
        radius = min(40, max(0, section.border_radius))
        declarations["--radius"] = f"{radius}px"
        declarations["--radius-control"] = f"{min(radius, 12)}px"
    if section.control_radius is not None and sized:
        declarations["--radius-control"] = f"{min(40, max(0, section.control_radius))}px"
    if section.intent == "match":
        declarations |= _as_measured(section)
    return Design(tuple(declarations.items()), tuple(tokens), mode)


def _as_measured(section: DesignSystemSection) -> dict[str, str]:
    """Of a page that is to be matched: its rhythm, its shadow and the size of its headings as well. As
    inspiration a page gives its colours, faces and corners, and the theme keeps its own scale."""
    declared: dict[str, str] = {}
    steps = sorted(step for step in section.spacing if 3 <= step <= 96)
    if steps:
        # The sheet's spaces are 1, 2, 3 … units; a page's smallest step is one or two of them.
        declared["--space-unit"] = f"{steps[0] if steps[0] <= 6 else min(6, round(steps[0] / 2))}px"
    shadow = next((one.strip() for one in section.shadows if SAFE_SHADOW.fullmatch(one.strip())), "")
    if shadow:
        declared["--shadow-1"] = shadow
    heading = next((t.size for t in section.typography if t.role == "heading" and t.size), None)
    if heading is not None:
        declared["--text-2xl"] = f"{min(56.0, max(18.0, heading)) / 16:g}rem"
    return declared


def _in_place_of_the_theme(section: DesignSystemSection) -> dict[str, str]:
    """Where a theme has colours of its own, those that were asked for in words stand instead."""
    asked = {_role(token.role) for token in section.colors if token.provenance == ASKED_FOR}
    declared: dict[str, str] = {}
    if "background" in asked:
        declared |= {"--table-head-background": "transparent", "--page-texture": "none"}
    if "primary" in asked:
        declared |= COMPONENTS_IN_PRIMARY
    return declared


def _mode(section: DesignSystemSection) -> str:
    """The mode the plan names, else that of a wished page: mirrored, the page would be another colour."""
    if section.theme is not None:
        return "" if section.theme == "auto" else section.theme
    pages = [token.value for token in section.colors if _role(token.role) == "background"]
    if not pages:
        return ""
    lightness, _, _ = colour.to_oklch(pages[-1])
    return "dark" if lightness < 0.5 else "light"


def _colours(wishes: list[ColorToken], *, dark: bool) -> tuple[dict[str, str], list[DesignToken]]:
    """Wished colours hold in the wished mode, light unless the design is dark; the other is mirrored."""
    roles = {token.id: _role(token.role) for token in wishes}
    wished = {roles[token.id]: token.value.lower() for token in wishes if roles[token.id]}
    given = _repaired(wished, dark)
    other = _repaired({role: _in_other_mode(role, value, dark) for role, value in wished.items()}, not dark)
    values = {
        role: f"light-dark({other[role]}, {given[role]})"
        if dark
        else f"light-dark({given[role]}, {other[role]})"
        for role in given
    }
    tokens = []
    for token in wishes:
        role = roles[token.id]
        if not role:
            tokens.append(DesignToken(token.id, token.role, token.value))
            continue
        bent = given[role] != token.value.lower()
        note = f"{token.value} became {given[role]}, so that it can be read." if bent else ""
        tokens.append(DesignToken(token.id, token.role, token.value, f"--color-{role}", values[role], note))
    return {f"--color-{role}": values[role] for role in COLOUR_ROLES if role in values}, tokens


def _in_other_mode(role: str, value: str, dark: bool) -> str:
    """Papers and inks are mirrored; a fill keeps its character and only moves as far as it must."""
    if role not in FILLS:
        return colour.mirrored(value)
    lightness, chroma, hue = colour.to_oklch(value)
    return colour.from_oklch(min(lightness, 0.58) if dark else max(lightness, 0.68), chroma, hue)


def _repaired(wished: dict[str, str], dark: bool) -> dict[str, str]:
    """The wished roles, and those they make necessary, with every pair of APPS' contract readable."""
    colours = dict(wished)
    if "background" in colours and "surface" not in colours:
        lightness, chroma, hue = colour.to_oklch(colours["background"])
        lifted = min(1.0, lightness + (0.045 if dark else 0.03))
        colours["surface"] = colour.from_oklch(lifted, chroma * 0.6, hue)
    papers = [colours[role] for role in ("background", "surface") if role in colours]
    if len(papers) == 2 and not any(_reads(ink, papers) for ink in ("#000000", "#ffffff")):
        colours["surface"] = colours["background"]  # no ink reads on both, and the page counts more
        papers = [colours["background"]] * 2
    if papers and "text" not in colours:
        colours["text"] = colour.ink_on(papers[0])
    if papers and "muted" not in colours:
        lightness, chroma, hue = colour.to_oklch(colours["text"])
        colours["muted"] = colour.from_oklch(lightness + (-0.24 if dark else 0.26), chroma, hue)
    if papers and "border" not in colours:
        lightness, chroma, hue = colour.to_oklch(papers[-1])
        colours["border"] = colour.from_oklch(lightness + (0.09 if dark else -0.09), chroma, hue)
    for role in INKS if papers else ():
        if role in colours:
            colours[role] = colour.readable(colours[role], *papers)
    for fill in FILLS:
        if fill in colours:
            colours[f"on-{fill}"] = colour.readable(
                colours.get(f"on-{fill}", colour.ink_on(colours[fill])), colours[fill]
            )
    if papers and "primary" in colours and "link" not in colours:
        colours["link"] = colour.readable(colours["primary"], *papers)
    return colours


def _reads(ink: str, papers: list[str]) -> bool:
    return all(colour.contrast(ink, paper) >= colour.AA for paper in papers)


def _role(role: str) -> str:
    known = role.strip().lower().replace("_", "-").removeprefix("color-")
    known = ROLES.get(known.replace("-", "_"), known)
    return known if known in COLOUR_ROLES else ""


def _type(token: TypeToken, *, sized: bool = True) -> dict[str, str]:
    role = token.role.strip().lower()
    if role not in ("heading", "body", "mono", "label"):
        return {}
    family = token.family.split(",")[0].strip().strip("\"'")
    stack = FONT_STACKS[font_class(token.family)]
    safe = SAFE_FAMILY.fullmatch(family) and f'"{family}"' not in stack and family not in FONT_STACKS
    declared = {
        f"--font-{role}": f'"{family}", {stack}'
        if safe and family.lower() not in ("serif", "sans-serif")
        else stack
    }
    if token.weight and role in ("heading", "label"):
        declared[f"--{role}-weight"] = str(min(900, max(100, token.weight)))
    if token.size and role == "body" and sized:
        declared["--text-base"] = f"{min(20.0, max(14.0, token.size)) / 16:g}rem"
    return declared


def font_class(family: str) -> str:
    """The class of stack a family belongs to: "Courier New" → "mono"; grotesque when nothing is known."""
    lowered = family.lower().replace("sans-serif", "sans")
    return next((name for name, pattern in FONT_CLASSES if re.search(pattern, lowered)), "grotesque")
