"""Colour arithmetic: sRGB to OKLCH and back, WCAG contrast, and the repair of pairs that fail it.

OKLab matrices from Björn Ottosson, https://bottosson.github.io/posts/oklab/; contrast from WCAG 2.1.
"""

from __future__ import annotations

from math import atan2, cos, hypot, sin

AA = 4.5
STEP = 0.02
Rgb = tuple[float, float, float]


def parse(value: str) -> Rgb:
    """ "#rrggbb" as three numbers from 0 to 1."""
    return tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def text(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in rgb)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(parse(one)), _luminance(parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def to_oklch(value: str) -> Rgb:
    """Lightness 0 to 1, chroma, hue in radians."""
    r, g, b = (_linear(part) for part in parse(value))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, hypot(a, b), atan2(b, a)


def to_oklab(value: str) -> Rgb:
    """Lightness 0 to 1, and the two axes of colour; distances in it are about as large as they look."""
    lightness, chroma, hue = to_oklch(value)
    return lightness, chroma * cos(hue), chroma * sin(hue)


def distance(one: str, other: str) -> float:
    """How different two colours look, in OKLab: 0.02 is just noticed, black and white are 1 apart."""
    (l1, a1, b1), (l2, a2, b2) = to_oklab(one), to_oklab(other)
    return hypot(l1 - l2, a1 - a2, b1 - b2)


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """The nearest sRGB colour: chroma eases until it fits."""
    while True:
        rgb = _rgb_of(lightness, chroma, hue)
        if chroma < 0.005 or all(-0.002 <= part <= 1.002 for part in rgb):
            return text(rgb)
        chroma *= 0.94


def readable(ink: str, *papers: str, least: float = AA) -> str:
    """`ink`, its lightness stepped away from the papers until every pair passes; black or white at last."""
    if all(contrast(ink, paper) >= least for paper in papers):
        return ink
    lightness, chroma, hue = to_oklch(ink)
    darker = sum(to_oklch(paper)[0] for paper in papers) / len(papers) > 0.55
    while 0 < lightness < 1:
        lightness = max(0.0, lightness - STEP) if darker else min(1.0, lightness + STEP)
        candidate = from_oklch(lightness, chroma, hue)
        if all(contrast(candidate, paper) >= least for paper in papers):
            return candidate
    return max(("#000000", "#ffffff"), key=lambda extreme: min(contrast(extreme, paper) for paper in papers))


def mirrored(value: str) -> str:
    """The same role in the other mode: lightness around .5, chroma eased by a tenth."""
    lightness, chroma, hue = to_oklch(value)
    return from_oklch(min(0.97, max(0.14, 1.0 - lightness)), chroma * 0.9, hue)


def ink_on(paper: str) -> str:
    """White or near-black, whichever reads better."""
    return max(("#ffffff", "#14110f"), key=lambda ink: contrast(ink, paper))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _luminance(rgb: Rgb) -> float:
    r, g, b = (_linear(part) for part in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _rgb_of(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
