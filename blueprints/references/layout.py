"""How a page is laid out, in facts that a plan can use: "3-column grid of cards", "sticky header", "sidebar".

From the boxes that `tokens.js` measured: what stands side by side with like size is a row of a grid, and
so on. Each rule is a function that yields its fact or nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from blueprints.references.facts import Box, PageFacts

ALIKE = 0.12
AMOUNT = 2  # Box.price of one that names an amount of money


def read(facts: PageFacts) -> tuple[str, ...]:
    """Facts in words that do not change ("tiers:3", "grid:4", "masonry", "sidebar:left", "header:sticky",
    "hero:split", "width:1200"), the most telling first."""
    rules = (_tiers, _grid, _masonry, _sidebar, _header, _hero, _width, _pictures)
    found = [fact for rule in rules for fact in rule(facts)]
    same_row = {fact.replace("tiers", "grid") for fact in found if fact.startswith("tiers")}
    return tuple(fact for fact in found if fact not in same_row)


_WORDS = {
    "tiers": "{} tiers side by side",
    "grid": "a grid of {} columns",
    "masonry": "a masonry wall of pictures",
    "sidebar": "a sidebar on the {}",
    "header": "a header that stays while scrolling",
    "hero:split": "a hero with text beside a picture",
    "hero:centered": "a centred hero",
    "hero:left": "a hero set to the left",
    "width": "content held to {} px",
    "pictures": "mostly pictures",
}


def in_words(fact: str) -> str:
    """A layout fact as the Architect says it."""
    name, _, value = fact.partition(":")
    return _WORDS.get(fact, _WORDS.get(name, fact)).format(value)


def _rows(facts: PageFacts) -> Iterator[list[Box]]:
    """Boxes of one parent that stand side by side, alike in width; three or more, or two large ones."""
    by_parent: defaultdict[int, list[Box]] = defaultdict(list)
    for box in facts.boxes:
        by_parent[box.parent].append(box)
    for children in by_parent.values():
        lines: list[list[Box]] = []
        for box in sorted(children, key=lambda one: (one.y, one.x)):
            line = next(
                (line for line in lines if abs(line[0].y - box.y) < 24 and _alike(line[0].width, box.width)),
                None,
            )
            if line is None:
                lines.append([box])
            elif all(box.x >= other.x + other.width - 4 for other in line):
                line.append(box)
        yield from (line for line in lines if len(line) >= 2)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= ALIKE * max(one, other)


def _tiers(facts: PageFacts) -> Iterable[str]:
    """Two to five cards side by side that each name a price, or say "free" or "contact us". Several such
    rows are the shelves of a shop."""
    priced = [
        line
        for line in _rows(facts)
        if 2 <= len(line) <= 5
        and all(box.height > 180 and box.words > 30 and box.width < 640 and box.price for box in line)
        and sum(box.price == AMOUNT for box in line) * 2 >= len(line)
        and sum(box.width for box in line) > facts.width * 0.3
    ]
    shelves = Counter(line[0].parent for line in priced)
    tables = [line for line in priced if shelves[line[0].parent] == 1]
    if tables:
        yield f"tiers:{len(max(tables, key=lambda line: sum(box.width * box.height for box in line)))}"


def _grid(facts: PageFacts) -> Iterable[str]:
    """The usual number of columns where at least two rows, or one of three, repeat it."""
    counted = Counter[int]()
    for line in _rows(facts):
        if len(line) >= 2 and all(box.height > 70 and box.width > 120 for box in line):
            counted[min(len(line), 8)] += 1
    usual = [(columns, rows) for columns, rows in counted.items() if rows >= 2 or columns >= 3]
    if usual:
        yield f"grid:{max(usual, key=lambda item: (item[1], item[0]))[0]}"


def _masonry(facts: PageFacts) -> Iterable[str]:
    """CSS columns, or pictures in columns of one width whose tops do not line up."""
    if any(box.column_count >= 2 and box.height > 400 for box in facts.boxes):
        yield "masonry"
        return
    pictures = [box for box in facts.boxes if box.tag == "img" and box.width > 120 and box.height > 80]
    columns = Counter(round(box.x / 20) for box in pictures)
    lanes = [lane for lane, number in columns.items() if number >= 2]
    heights = {round(box.height / 30) for box in pictures}
    tops = Counter(round(box.y / 12) for box in pictures)
    if len(lanes) >= 3 and len(heights) >= 3 and len(pictures) >= 6 and len(tops) > len(pictures) * 0.7:
        yield "masonry"


def _sidebar(facts: PageFacts) -> Iterable[str]:
    for box in facts.boxes:
        narrow = 140 <= box.width <= 380 and box.height >= min(facts.height * 0.6, 700)
        if narrow and box.tag in ("aside", "nav", "div") and box.words > 10:
            if box.x <= 24:
                yield "sidebar:left"
                return
            if box.x + box.width >= facts.width - 24:
                yield "sidebar:right"
                return


def _header(facts: PageFacts) -> Iterable[str]:
    for box in facts.boxes:
        at_top = box.y <= 60 and box.width > facts.width * 0.6 and 30 <= box.height <= 160
        if at_top and box.position in ("fixed", "sticky"):
            yield "header:sticky"
            return


def _hero(facts: PageFacts) -> Iterable[str]:
    head = next((box for box in facts.boxes if box.tag == "h1" and box.y < 900), None)
    if head is None:
        return
    beside = any(
        box.tag in ("img", "video", "svg", "picture", "canvas", "figure")
        and box.width > facts.width * 0.2
        and abs(box.y + box.height / 2 - head.y) < 450
        and (box.x > head.x + head.width * 0.8 or box.x + box.width < head.x + head.width * 0.2)
        for box in facts.boxes
    )
    if beside:
        yield "hero:split"
    elif abs(head.x + head.width / 2 - facts.width / 2) < facts.width * 0.06:
        yield "hero:centered"
    else:
        yield "hero:left"


def _width(facts: PageFacts) -> Iterable[str]:
    """The width that wide blocks keep to, when it is not that of the window."""
    counted = Counter(
        int(box.width)
        for box in facts.boxes
        if 640 <= box.width <= facts.width * 0.93 and abs(box.x + box.width / 2 - facts.width / 2) < 30
    )
    if counted:
        width, number = counted.most_common(1)[0]
        if number >= 2:
            yield f"width:{width}"


def _pictures(facts: PageFacts) -> Iterable[str]:
    if facts.pictures > facts.width * facts.height * 0.4:
        yield "pictures"
