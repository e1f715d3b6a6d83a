"""How much a built screen looks like its reference: palette and layout, each part with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from blueprints.references import layout
from blueprints.references.tokens import Tokens, hue_name
from studio.core.colour_difference import delta_e

# At ΔE00 of 2 few see a difference; at 25 two colours have nothing to do with each other.
SAME, OTHER = 2.0, 25.0
# Colours that cover less than this of a page do not make its look.
SMALLEST_SHARE = 0.005
LEADING = ("background", "surface", "text", "primary", "accent", "border")
# "width" is how a page is held, not how it is laid out.
NOT_COMPARED = ("width", "pictures")
WEIGHTS = {"palette": 40, "leading colours": 20, "layout": 40}


@dataclass(frozen=True)
class Part:
    """`score` is 0 to 100; `weight` says how much it counts beside the others; `reasons` are for people."""

    name: str
    score: int
    weight: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Likeness:
    """`score` is the weighted mean of the parts, 0 to 100."""

    score: int
    parts: tuple[Part, ...]


def likeness(reference: Tokens, built: Tokens) -> Likeness:
    """A part of which the reference says nothing (a picture has no layout) is left out."""
    parts = tuple(
        part
        for part in (_palette(reference, built), _leading(reference, built), _layout(reference, built))
        if part
    )
    weights = sum(part.weight for part in parts)
    return Likeness(round(sum(part.score * part.weight for part in parts) / weights) if weights else 0, parts)


def _palette(reference: Tokens, built: Tokens) -> Part | None:
    """By area, in both directions: what is missing counts like what is too much."""
    wanted, shown = _covering(reference), _covering(built)
    if not wanted or not shown:
        return None
    there = _found(wanted, shown)
    back = _found(shown, wanted)
    reasons = [
        f"{hue_name(value)} {value} covers {share:.0%}: {_nearness(value, shown)}"
        for value, share in sorted(wanted, key=lambda item: -item[1])[:4]
    ]
    return Part("palette", round(50 * (there + back)), WEIGHTS["palette"], tuple(reasons))


def _covering(tokens: Tokens) -> list[tuple[str, float]]:
    return [(value, share) for value, share in tokens.palette if share >= SMALLEST_SHARE]


def _found(wanted: Sequence[tuple[str, float]], shown: Sequence[tuple[str, float]]) -> float:
    whole = sum(share for _, share in wanted)
    return (
        sum(share * _alike(min(delta_e(value, other) for other, _ in shown)) for value, share in wanted)
        / whole
    )


def _nearness(value: str, shown: Sequence[tuple[str, float]]) -> str:
    difference, other = min((delta_e(value, other), other) for other, _ in shown)
    return "there" if difference <= SAME else f"nearest is {other} (ΔE {difference:.0f})"


def _alike(difference: float) -> float:
    return max(0.0, min(1.0, (OTHER - difference) / (OTHER - SAME)))


def _leading(reference: Tokens, built: Tokens) -> Part | None:
    """What each colour is for: the same red as text and as ground are two looks."""
    wanted = {color.role: color.value for color in reference.colors if color.role in LEADING}
    shown = {color.role: color.value for color in built.colors}
    if not wanted:
        return None
    scores, reasons = [], []
    for role, value in wanted.items():
        other = shown.get(role)
        difference = delta_e(value, other) if other else OTHER
        scores.append(_alike(difference))
        if difference > SAME:
            reasons.append(
                f"{role} is {other or 'missing'} instead of {value}"
                + (f" (ΔE {difference:.0f})" if other else "")
            )
    told = tuple(reasons) or (f"{', '.join(wanted)} as in the reference",)
    return Part("leading colours", round(100 * sum(scores) / len(scores)), WEIGHTS["leading colours"], told)


def _layout(reference: Tokens, built: Tokens) -> Part | None:
    wanted = [fact for fact in reference.layout if fact.partition(":")[0] not in NOT_COMPARED]
    if not wanted:
        return None
    judged = list(_facts(wanted, built.layout))
    score = round(100 * sum(worth for worth, _ in judged) / len(judged))
    return Part("layout", score, WEIGHTS["layout"], tuple(reason for _, reason in judged))


def _facts(wanted: Sequence[str], shown: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Each fact with what it is worth: 1 where it is there, a share where its number or side differs."""
    kinds = {fact.partition(":")[0]: fact for fact in reversed(shown)}
    for fact in wanted:
        kind, _, value = fact.partition(":")
        said = layout.in_words(fact)
        if fact in shown:
            yield 1.0, f"{said}: there"
            continue
        # Cards side by side are cards side by side, whether or not they name a price.
        other = kinds.get(kind) or (
            kinds.get("grid") if kind == "tiers" else kinds.get("tiers") if kind == "grid" else None
        )
        if other is None:
            yield 0.0, f"{said}: missing"
            continue
        other_kind, _, other_value = other.partition(":")
        if value.isdecimal() and other_value.isdecimal():
            fewer, more = sorted((int(value), int(other_value)))
            worth = (fewer / more) * (1.0 if other_kind == kind else 0.7)
        else:
            worth = 0.5
        yield worth, f"{said}: here {layout.in_words(other)}"
