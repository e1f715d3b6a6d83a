"""Colours a request asks for, read apart from the Architect: by CSS's own names and the words beside them."""

from __future__ import annotations

import re
from typing import Literal

from PIL import ImageColor

Part = Literal["background", "components"]
_BESIDE: dict[Part, re.Pattern[str]] = {
    "background": re.compile(r"background|base|canvas|backdrop|page|screen|layout", re.I),
    "components": re.compile(r"component|element|button|card|interface|detail|accent|widget|control", re.I),
}
_BEFORE = frozenset(
    "a an and apply as assign be by choose color colour define for have in into is like make of on pick select set "
    "style the theme to use using via with all elements components background page layout it".split()
)
_CLAUSES = re.compile(r"[;,.]|\band\b|\bwith\b(?= \w+(?: \w+)? (?:components|elements|buttons))|\bthen\b")


def wished_colors(message: str) -> dict[Part, str]:
    """ "Use pale green for the background and forest green for components" → both parts with "#rrggbb".

    A colour counts for the part named in its own clause; a part named twice or not at all is left out.
    """
    found: dict[Part, str] = {}
    for clause in _CLAUSES.split(message):
        colors = named_colors(clause)
        parts = [part for part, words in _BESIDE.items() if words.search(clause)]
        if len(colors) == 1 and parts:
            # "background layout" names the background; "for the page's buttons" the components.
            found.setdefault(parts[-1] if "component" in clause.lower() else parts[0], colors[0])
    return found


def named_colors(text: str) -> list[str]:
    """CSS colours named in `text`, the longest name at each place, as "#rrggbb"."""
    words = re.findall(r"[a-z]+", text.lower())
    found: list[str] = []
    place = 0
    while place < len(words):
        for length in (4, 3, 2, 1):
            value = ImageColor.colormap.get("".join(words[place : place + length]))
            if value and place + length <= len(words):
                if place and words[place - 1] not in _BEFORE:
                    place += length  # "ice blue" is a colour of its own, and CSS does not know it
                    break
                found.append("#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(str(value))[:3]))
                place += length
                break
        else:
            place += 1
    return found
