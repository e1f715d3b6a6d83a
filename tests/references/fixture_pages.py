"""Pages whose CSS is known: what they declare, beside the HTML that declares it.

`covers` are the colours of boxes that make up at least one percent of the page, `sizes` the font sizes of its
text and `radii` the corners of its boxes, both in CSS px; `layout` are facts that must be found, `not_layout`
such as must not be claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class FixturePage:
    name: str
    html: bytes
    covers: tuple[str, ...]
    roles: dict[str, str]
    sizes: tuple[float, ...]
    radii: tuple[float, ...]
    theme: str
    layout: tuple[str, ...] = ()
    not_layout: tuple[str, ...] = ()


def fixture_pages() -> list[FixturePage]:
    declared = yaml.safe_load((FOLDER / "declared.yaml").read_text())
    return [
        FixturePage(
            name,
            (FOLDER / f"{name}.html").read_bytes(),
            tuple(entry["covers"]),
            entry["roles"],
            tuple(entry["sizes"]),
            tuple(entry["radii"]),
            entry["theme"],
            tuple(entry.get("layout", ())),
            tuple(entry.get("notLayout", ())),
        )
        for name, entry in declared.items()
    ]
