"""References as the workspace shows them: chips in the composer and messages, cards in the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import reverse

from blueprints.models import Blueprint, BlueprintReference, ReferenceComparison
from blueprints.references import comparing, layout
from blueprints.references.capturing import TOKENS
from blueprints.references.likeness import Part as LikenessPart
from blueprints.references.tokens import Color, Face, Tokens, hue_name


@dataclass(frozen=True)
class Part:
    """A colour of a reference; `sure` says how sure its role is, in a word."""

    role: str
    value: str
    name: str
    why: str
    sure: str


@dataclass(frozen=True)
class ComparisonCard:
    """The last build beside the reference. `state` is pending, done or failed, `told` why it failed;
    `parts` say what the score (0 to 100) is made of."""

    state: str
    told: str
    score: int
    verdict: str
    version: int
    parts: tuple[LikenessPart, ...]
    thumbnail: str
    picture: str


@dataclass(frozen=True)
class ReferenceCard:
    """`name` is short ("stripe.com/pricing", "shot.png"); `state` is pending, captured or failed, and
    `told` what happens or what went wrong. Picture addresses are "" where there is no picture."""

    id: str
    item: str
    is_page: bool
    name: str
    source: str
    title: str
    state: str
    told: str
    retryable: bool
    thumbnail: str
    desktop: str
    phone: str
    theme: str = ""
    parts: tuple[Part, ...] = ()
    faces: tuple[Face, ...] = ()
    facts: tuple[str, ...] = ()
    radius: str = ""
    comparison: ComparisonCard | None = None


def cards(rows: Iterable[BlueprintReference]) -> tuple[ReferenceCard, ...]:
    return tuple(_card(row) for row in rows)


def of_plan(blueprint: Blueprint | None) -> tuple[ReferenceCard, ...]:
    if blueprint is None or not blueprint.references:
        return ()
    rows = blueprint.given_references.defer("facts").select_related("blueprint")
    return cards(rows.prefetch_related("comparisons"))


def to_send(blueprint: Blueprint | None, user_id: int) -> tuple[ReferenceCard, ...]:
    """What this person has given and not yet spoken about: it goes with her next message."""
    if blueprint is None or not blueprint.references:
        return ()
    rows = blueprint.given_references.filter(message=None, by_id=user_id).defer("facts", "tokens")
    return cards(rows.select_related("blueprint"))


def _card(row: BlueprintReference) -> ReferenceCard:
    pending = row.status in BlueprintReference.UNFINISHED
    error = row.error or {}
    waiting = row.progress or "Waiting to be looked at"
    told = waiting if pending else str(error.get("message", ""))
    captured = row.status == BlueprintReference.Status.CAPTURED
    deferred = "tokens" in row.get_deferred_fields()
    tokens = TOKENS.validate_python(row.tokens) if captured and not deferred and row.tokens else None
    return ReferenceCard(
        id=str(row.pk),
        item=row.item_id,
        is_page=row.kind == BlueprintReference.Kind.URL,
        name=_name(row),
        source=row.source,
        title=row.title,
        state="pending" if pending else row.status,
        told=told,
        retryable=row.status == BlueprintReference.Status.FAILED,
        thumbnail=_address(row, "thumbnail"),
        desktop=_address(row, "desktop"),
        phone=_address(row, "phone"),
        theme=tokens.theme if tokens else "",
        parts=tuple(_part(color) for color in tokens.colors) if tokens else (),
        faces=tokens.typography if tokens else (),
        facts=tuple(layout.in_words(fact) for fact in tokens.layout) if tokens else (),
        radius=_corners(tokens) if tokens else "",
        comparison=_comparison(row) if tokens else None,
    )


def _comparison(row: BlueprintReference) -> ComparisonCard | None:
    last = comparing.newest(row)
    if last is None:
        return None
    score = last.score or 0
    return ComparisonCard(
        state="pending" if last.status in ReferenceComparison.UNFINISHED else last.status,
        told=str((last.error or {}).get("message", "")),
        score=score,
        verdict="Very alike"
        if score >= 85
        else "Alike"
        if score >= 65
        else "Loosely alike"
        if score >= 40
        else "Different",
        version=last.version,
        parts=tuple(LikenessPart(**part) for part in last.parts),
        thumbnail=f"{_address(row, 'built-thumbnail')}?v={last.pk}" if last.thumbnail else "",
        picture=f"{_address(row, 'built')}?v={last.pk}" if last.picture else "",
    )


def _part(color: Color) -> Part:
    sure = "sure" if color.confidence >= 0.75 else "likely" if color.confidence >= 0.5 else "a guess"
    return Part(color.role, color.value, hue_name(color.value), color.provenance, sure)


def _corners(tokens: Tokens) -> str:
    said = []
    for what, corner in (("cards", tokens.radius), ("buttons", tokens.control_radius)):
        if corner is not None:
            said.append(f"{what} fully round" if corner >= 999 else f"{what} {corner} px")
    return ", ".join(said)


def _name(row: BlueprintReference) -> str:
    if row.kind != BlueprintReference.Kind.URL:
        return row.source
    parts = urlsplit(row.source)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def _address(row: BlueprintReference, name: str) -> str:
    if not getattr(row, name, True):
        return ""
    blueprint = row.blueprint
    return reverse("reference-picture", args=[str(blueprint.project_id), blueprint.pk, row.item_id, name])
