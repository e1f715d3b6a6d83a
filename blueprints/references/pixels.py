"""Design tokens out of a picture alone: what can be seen, and no more.

A screenshot's colours are few and flat, so they are counted as they are and gathered by how alike they
look (OKLab). Fonts, radii and spacing cannot be read from pixels with any honesty and stay open.
"""

from __future__ import annotations

from collections import Counter

from PIL import Image

from blueprints.references.tokens import COLOURFUL, ROLE_ORDER, Color, Tokens
from studio.core import colour

# Enough to count by, small enough to count at once.
LONGER_SIDE = 480
ALIKE = 0.045
SHARE = 0.0015
# Inks are often a very dark shade of some colour.
INK_CHROMA = 0.08


def read(image: Image.Image) -> Tokens:
    """`image` is RGB."""
    shares = palette(image)
    colors = _parts(shares)
    background = colors[0].value if colors else "#ffffff"
    return Tokens(
        theme="dark" if colour.to_oklch(background)[0] < 0.5 else "light",
        colors=tuple(sorted(colors, key=lambda item: ROLE_ORDER.index(item.role))),
        palette=tuple((value, round(share, 4)) for value, share in shares),
    )


def palette(image: Image.Image) -> list[tuple[str, float]]:
    """Colours with their share of the picture, the largest first; nearest-neighbour scaling keeps them exact."""
    scale = LONGER_SIDE / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.NEAREST)
    whole = image.width * image.height
    counted: list[tuple[int, tuple[int, int, int]]] = sorted(image.getcolors(whole) or (), reverse=True)  # type: ignore[arg-type]
    gathered: list[tuple[str, int]] = []
    rest: Counter[str] = Counter()
    for number, (red, green, blue) in counted[:2_000]:
        value = f"#{red:02x}{green:02x}{blue:02x}"
        home = next((known for known, _ in gathered if colour.distance(known, value) < ALIKE), None)
        if home is not None:
            rest[home] += number
        elif len(gathered) < 64:
            gathered.append((value, number))
    shares = [(value, (number + rest[value]) / whole) for value, number in gathered]
    return sorted(((value, share) for value, share in shares if share >= SHARE), key=lambda item: -item[1])


def _parts(shares: list[tuple[str, float]]) -> list[Color]:
    if not shares:
        return []
    paper, covers = shares[0]
    parts = [Color("background", paper, covers, 0.5 + covers * 0.4, f"covers {covers:.0%} of the picture")]
    lightness = colour.to_oklch(paper)[0]
    others = shares[1:]
    greys = [(value, share) for value, share in others if colour.to_oklch(value)[1] < COLOURFUL]
    surface = next(
        (item for item in greys if abs(colour.to_oklch(item[0])[0] - lightness) < 0.2 and item[1] > 0.01),
        None,
    )
    if surface:
        parts.append(Color("surface", *surface, 0.5, f"the second paper, {surface[1]:.0%} of the picture"))
    quiet = [item for item in others if colour.to_oklch(item[0])[1] < INK_CHROMA]
    inks = sorted(quiet, key=lambda item: -colour.contrast(item[0], paper))
    if inks and colour.contrast(inks[0][0], paper) >= 3:
        value, share = inks[0]
        parts.append(Color("text", value, share, 0.6, "stands out most from the background"))
        softer = [
            item
            for item in inks[1:]
            if 2.5 <= colour.contrast(item[0], paper) < colour.contrast(value, paper) * 0.8
        ]
        if softer:
            muted = max(softer, key=lambda item: item[1])
            parts.append(Color("muted", *muted, 0.4, "a softer ink"))
    vivid = sorted(
        ((value, share) for value, share in others if colour.to_oklch(value)[1] >= COLOURFUL * 1.5),
        key=lambda item: -item[1] * (0.2 + colour.to_oklch(item[0])[1]),
    )
    if vivid:
        parts.append(
            Color("primary", *vivid[0], 0.5, f"the strongest colour, {vivid[0][1]:.1%} of the picture")
        )
        second = next((item for item in vivid[1:] if colour.distance(item[0], vivid[0][0]) > 0.12), None)
        if second:
            parts.append(Color("accent", *second, 0.4, "the second colour that stands out"))
    return parts
