"""Wishes about looks: colours with roles, themes, corners, fonts, layout."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, cast

from blueprints.architect.offline.naming import join_words
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.vocabulary import load_vocabulary
from blueprints.schemas import ColorToken, TypeToken

LONGEST_COLOR_NAME = 4  # words: "light goldenrod yellow" and one shift before it

_HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.I)
_DESIGN_WORDS = re.compile(
    r"\b(?:theme|colou?rs?|colou?red|palette|background|style|styled|styling|design|look|looks|looking|"
    r"accents?|dark mode|"
    r"light mode|corners|font|fonts|layout|minimal(?:ist)?|backdrop|hue|shade|tones?)\b",
    re.I,
)


_DESIGN_VERBS = re.compile(
    r"^(?:please |and |then |also )*(?:use|apply|set|style|color|colour|paint|choose|assign|select|implement|"
    r"define|specify|"
    r"establish|configure|initiali[sz]e|make|give|go with|with|i want|i'd like|i like|let)\b"
)


_PAINT = re.compile(
    r"\b(?:make|paint|turn|color|colour) (?:it|everything|all|the (?:app|"
    r"site|page|whole thing|website))\b"
)


@dataclass
class DesignWish:
    colors: dict[str, tuple[str, str]] = field(default_factory=dict)  # role → (value, name)
    style: str | None = None
    theme: Literal["light", "dark", "auto"] | None = None
    radius: int | None = None
    shadows: list[str] | None = None
    layout: list[str] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    intent: Literal["match", "inspiration"] | None = None

    def __bool__(self) -> bool:
        return bool(
            self.colors or self.style or self.theme or self.radius is not None or self.shadows is not None
            or self.layout or self.fonts or self.intent
        )  # fmt: skip


def read_design(clause: str) -> DesignWish:
    """What this clause says about looks; falsy when nothing."""
    text = clause.lower()
    wish = DesignWish()
    vocabulary = load_vocabulary("design")
    wish.colors = _colors(text)
    wish.theme = cast(Literal["light", "dark", "auto"] | None, _first_phrase(text, vocabulary["themes"]))
    wish.style = next((name for name, pattern in _style_patterns() if pattern.search(text)), None)
    for radius, phrases in vocabulary["radius"].items():
        if _has(text, phrases):
            wish.radius = int(radius)
            break
    for shadow, phrases in vocabulary["shadows"].items():
        if _has(text, phrases) and (_DESIGN_WORDS.search(text) or "shadow" in text or len(text.split()) <= 6):
            wish.shadows = [] if shadow == "none" else [shadow]
            break
    wish.layout = [name for name, phrases in vocabulary["layout"].items() if _has(text, phrases)]
    wish.fonts = [family for family, phrases in vocabulary["fonts"].items() if _has(text, phrases)][:1]
    if re.search(
        r"\b(?:use (?:it |them |this |that )?as (?:an )?inspiration|just inspiration|inspired by (?:it|this|that))\b",
        text,
    ):
        wish.intent = "inspiration"
    elif re.search(
        r"\bmatch (?:it |this |that |the (?:page|design|look) )?exactly\b|\bexact (?:match|copy)\b|"
        r"\bpixel[- ]perfect\b",
        text,
    ):
        wish.intent = "match"
    return wish


def apply_design(plan: Plan, wish: DesignWish) -> None:
    """Put a wish into the design section, leaving tokens a person locked as they are."""
    design = plan.document.sections.design_system
    said: list[str] = []
    parts_by_color: dict[str, list[str]] = {}
    for role, (value, name) in wish.colors.items():
        token = next((token for token in design.colors if token.role == role), None)
        if token is None:
            design.colors.append(
                ColorToken(id=plan.document.new_id("TOK"), source=plan.source, role=role, value=value, name=name,
                           provenance="asked for")
            )  # fmt: skip
        elif token.locked:
            plan.notes.refused.append(f"the {role} colour")
            continue
        else:
            token.value, token.name, token.source, token.provenance = value, name, plan.source, "asked for"
        parts_by_color.setdefault(name, []).append(_ROLE_WORDS.get(role, role))
    said += [f"{name} for the {join_words(parts)}" for name, parts in parts_by_color.items()]
    if wish.style:
        design.style = wish.style
        said.append(f"the *{wish.style}* style")
    if wish.theme:
        design.theme = wish.theme
        said.append(f"a {wish.theme} theme")
    if wish.radius is not None:
        design.border_radius, design.control_radius = wish.radius, None
        said.append("square corners" if wish.radius == 0 else "rounded corners")
    if wish.shadows is not None:
        design.shadows = wish.shadows
        said.append("soft shadows" if wish.shadows else "no shadows")
    for fact in wish.layout:
        if fact not in design.layout:
            design.layout.append(fact)
        said.append(f"a layout with {fact}" if fact != "grid" else "a grid layout")
    for family in wish.fonts:
        for role in ("heading", "body"):
            face = next((face for face in design.typography if face.role == role), None)
            if face is None:
                design.typography.append(
                    TypeToken(id=plan.document.new_id("TOK"), source=plan.source, role=role, family=family,
                              provenance="asked for")
                )  # fmt: skip
            elif not face.locked:
                face.family = family
        said.append(f"{family.split(',')[0]} type")
    if wish.intent:
        design.intent = wish.intent
        said.append(
            "the reference matched exactly" if wish.intent == "match" else "the reference as inspiration"
        )
    if said:
        plan.notes.design.append(join_words(said))


_ROLE_WORDS = {
    "primary": "controls",
    "accent": "accents",
    "link": "links",
    "border": "borders",
    "surface": "cards",
}


@lru_cache(maxsize=1)
def _role_phrases() -> list[tuple[str, str]]:
    pairs = [
        (phrase, role) for role, phrases in load_vocabulary("design")["roles"].items() for phrase in phrases
    ]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _colors(text: str) -> dict[str, tuple[str, str]]:
    """Colours paired with the parts of the page they are said for, in the order of the sentence."""
    text = _RGB.sub(lambda match: f" {_as_hex(match)} ", text)
    words = re.findall(r"#[0-9a-f]{3,6}\b|[a-z]+(?:-[a-z]+)*|,", text)
    taken: set[int] = set()  # words that are part of a colour or a role
    events: list[_Event] = []  # ("color", value, name, adjacent) or ("role", role, "", …)
    index, end = 0, -1
    while index < len(words):
        size, event = _event_at(words, index)
        if event is not None:
            repeated = events and events[-1][0] == event[0] == "role" and events[-1][1] == event[1]
            if not repeated:
                events.append((*event, index == end))
            end = index + size
            taken.update(range(index, end))
        index += size
    if any(event[:2] == ("role", "background") for event in events):
        events = [event for event in events if event[:2] != ("role", "canvas")]
    events = [
        ("role", "background", *event[2:]) if event[:2] == ("role", "canvas") else event for event in events
    ]
    colors = [event for event in events if event[0] == "color"]
    roles = [event for event in events if event[0] == "role"]
    only_looks = all(
        word in _LOOKS or word == "," or color_value([word]) or index in taken
        for index, word in enumerate(words)
    )
    if not colors or not (
        only_looks
        or _DESIGN_WORDS.search(text)
        or (roles and _DESIGN_VERBS.search(text))
        or _PAINT.search(text)
    ):
        return {}
    found: dict[str, tuple[str, str]] = {}
    if not roles:
        found["primary"] = (colors[0][1], colors[0][2])
        if len(colors) > 1:
            found["accent"] = (colors[1][1], colors[1][2])
        return found
    in_turn = "respectively" in text
    pairs = list(zip(roles, colors, strict=False)) if in_turn else _paired(events)
    for role, color in pairs:
        found.setdefault(role[1], (color[1], color[2]))
    if "accent" in found and "primary" not in found:
        found["primary"] = found["accent"]
    return found


_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/][^)]{0,8})?\)")


def _as_hex(match: re.Match[str]) -> str:
    return "#" + "".join(f"{min(255, int(part)):02x}" for part in match.groups())


# Words of a sentence that is about looks and nothing else: "black and white, very minimal".
_LOOKS = frozenset(
    "and or with in a an the very a bit lot of please mostly only all modern minimal minimalist clean simple "
    "warm cool dark light "
    "bright pastel soft bold elegant classic colors colours colour color theme look style design like make "
    "it rather more less some "
    "tones shades everything app site page should be is are for on muted vivid calm friendly fresh natural "
    "plain as old book".split()
)
_Event = tuple[str, str, str, bool]  # kind, role or value, name, whether it follows the one before at once


def _paired(events: list[_Event]) -> list[tuple[_Event, _Event]]:
    """(role, colour): first what stands together ("steel blue components"), then neighbours in order."""
    pairs: list[tuple[_Event, _Event]] = []
    left: list[_Event] = []
    for event in events:
        if event[0] == "role" and event[3] and left and left[-1][0] == "color":
            pairs.append((event, left.pop()))
        else:
            left.append(event)
    pending: _Event | None = None
    for event in left:
        if pending is not None and pending[0] != event[0]:
            pairs.append((event, pending) if event[0] == "role" else (pending, event))
            pending = None
        else:
            pending = event
    return pairs


def _event_at(words: list[str], index: int) -> tuple[int, tuple[str, str, str] | None]:
    for size in range(min(LONGEST_COLOR_NAME, len(words) - index), 0, -1):
        value = color_value(words[index : index + size])
        if value is not None:
            name = " ".join(words[index : index + size])
            return size, ("color", value, name)
    rest = " ".join(words[index : index + 3])
    for phrase, role in _role_phrases():
        if rest == phrase or rest.startswith(phrase + " "):
            return len(phrase.split()), ("role", role, "")
    return 1, None


def color_value(words: list[str]) -> str | None:
    """The hex value these words name, whole: CSS names, common names, "pale ash", "#fa0"; else None."""
    vocabulary = load_vocabulary("colors")
    names, shifts = vocabulary["colors"], vocabulary["shifts"]
    if len(words) == 1 and _HEX.fullmatch(words[0]):
        digits = words[0][1:].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    joined = "".join(words).replace("-", "")
    if joined in names:
        return str(names[joined])
    first, rest = words[0].replace("-", ""), "".join(words[1:]).replace("-", "")
    if rest in names and first in shifts:
        return _shifted(str(names[rest]), *shifts[first])
    if joined.endswith("ish") and joined[:-3] in names:
        return str(names[joined[:-3]])
    return None


def _shifted(value: str, lighter: float, fuller: float) -> str:
    red, green, blue = (int(value[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    light = min(0.96, max(0.08, light + lighter))
    full = min(1.0, max(0.0, full + fuller)) if full else 0.0
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, light, full))


@lru_cache(maxsize=1)
def _style_patterns() -> list[tuple[str, re.Pattern[str]]]:
    """A style's words count beside a word for looks ("like a newspaper", "playful design") or alone."""
    lead = r"(?:like|looks?|looking|styled?|styling|feels?|feeling|theme|design|make it|make them|more|very|really)"
    after = r"(?:styles?|looks?|theme|design|feel|feeling|vibe|aesthetics?|interface|ui|layout)"
    found = []
    for name, phrases in load_vocabulary("design")["styles"].items():
        words = "|".join(re.escape(phrase) for phrase in phrases)
        found.append((name, re.compile(
            rf"\b{lead}\s+(?:(?:an?|the|in|it|be|old|of|should|more|very|as)\s+){{0,3}}(?:{words})\b|"
            rf"\b(?:{words})[- ](?:and \w+ )?{after}\b|^(?:(?:an?|more|very|and)\s+)*(?:{words})[.!]*$"
        )))  # fmt: skip
    return found


def _has(text: str, phrases: list[str]) -> bool:
    return any(re.search(rf"\b{re.escape(phrase)}\b", text) for phrase in phrases)


def _first_phrase(text: str, groups: dict[str, list[str]]) -> str | None:
    return next((name for name, phrases in groups.items() if _has(text, phrases)), None)
