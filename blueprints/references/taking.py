"""What a plan takes over from a reference, exactly or as inspiration. Pure: a document in, changed in place.

Taken tokens say in their provenance where they come from ("REF-1: fills 3 buttons"). A wish in words
("asked for") and what a person edited stand above them, except that "match exactly" said later undoes
earlier wishes.
"""

from __future__ import annotations

from typing import Literal

from blueprints.references import layout
from blueprints.references.tokens import Color, Face, Tokens, hue_name
from blueprints.schemas import BlueprintDocument, ColorToken, Decision, OpenQuestion, TypeToken
from studio.core import colour

Intent = Literal["match", "inspiration"]
TOPIC = "reference.intent"
QUESTION = "Should I match it exactly, or use it as inspiration?"
LABELS: dict[Intent, str] = {"match": "Match exactly", "inspiration": "Use as inspiration"}
ASKED_FOR = "asked for"
# A pill says something of buttons, nothing of the corners of cards.
ROUNDEST = 40
# What changes sides when a page turns: (lightness, most chroma) in OKLCH. The hue stays, and with it the
# mood; a fill keeps its colour.
SIDES: dict[str, dict[str, tuple[float, float]]] = {
    "light": {"background": (0.975, 0.012), "surface": (0.995, 0.006), "text": (0.24, 0.05), "muted": (0.47, 0.04),
              "border": (0.89, 0.02)},
    "dark": {"background": (0.2, 0.035), "surface": (0.25, 0.035), "text": (0.95, 0.015), "muted": (0.74, 0.03),
             "border": (0.36, 0.03)},
}  # fmt: skip


def take_over(
    document: BlueprintDocument, item_id: str, tokens: Tokens, *, source: str | None, exactly: bool = False
) -> None:
    """Fill the design with the tokens of reference `item_id`. `exactly` also replaces what was asked for in
    words before the message `source`."""
    design = document.sections.design_system
    design.theme = tokens.theme
    kept_colors = [
        token for token in design.colors if _stays(token, source, exactly) or not _taken(token.provenance)
    ]
    fixed = {token.role for token in kept_colors if _stays(token, source, exactly)}
    roles = {color.role for color in tokens.colors}
    before = {token.role: token.id for token in design.colors}
    design.colors = [token for token in kept_colors if token.role in fixed or token.role not in roles]
    for color in tokens.colors:
        if color.role not in fixed:
            design.colors.append(
                _color(color, before.get(color.role) or document.new_id("TOK"), item_id, source)
            )
    faces = {face.role: face for face in tokens.typography}
    known = {token.role: token.id for token in design.typography}
    held = {token.role for token in design.typography if _stays(token, source, exactly)}
    design.typography = [
        token for token in design.typography if token.role in held or token.role not in faces
    ]
    for role, face in faces.items():
        if role not in held:
            design.typography.append(_face(face, known.get(role) or document.new_id("TOK"), item_id, source))
    design.spacing = list(tokens.spacing) or design.spacing
    corner = tokens.radius if tokens.radius is not None else tokens.control_radius
    if corner is not None:
        design.border_radius = min(corner, ROUNDEST)
    if tokens.control_radius is not None:
        design.control_radius = min(tokens.control_radius, ROUNDEST)
    design.shadows = list(tokens.shadows) or design.shadows
    design.layout = [layout.in_words(fact) for fact in tokens.layout] or design.layout
    design.inspiration_notes = f"{item_id}: {describe(tokens)}"


def adapt(document: BlueprintDocument, tokens: Tokens) -> None:
    """After wishes in words: what was taken over follows them. A page wished light turns what is dark
    around; a wished leading colour takes the ink and the links of the old one along."""
    design = document.sections.design_system
    asked = {token.role for token in design.colors if token.provenance == ASKED_FOR}
    if "primary" in asked:
        design.colors = [
            token
            for token in design.colors
            if token.role not in ("on-primary", "link") or not _taken(token.provenance) or token.locked
        ]
    if design.theme not in ("light", "dark") or design.theme == tokens.theme:
        return
    for token in design.colors:
        taken = next((color for color in tokens.colors if color.role == token.role), None)
        as_taken = taken is not None and _taken(token.provenance) and token.value == taken.value
        side = SIDES[design.theme].get(token.role)
        if side is not None and as_taken and not token.locked:
            _, chroma, hue = colour.to_oklch(token.value)
            token.value = colour.from_oklch(side[0], min(chroma, side[1]), hue)
            token.name = hue_name(token.value)
            token.provenance = f"{token.provenance}; turned {design.theme}"


def decide(document: BlueprintDocument, intent: Intent, *, source: str | None) -> None:
    """The choice, as an answer that is never asked for again."""
    document.sections.design_system.intent = intent
    asked = next((item for item in document.open_questions if item.topic == TOPIC), None)
    document.open_questions = [item for item in document.open_questions if item.topic != TOPIC]
    decision = document.decision(TOPIC)
    if decision is None:
        decision = Decision(
            id=asked.id if asked else document.new_id("Q"), topic=TOPIC, question=QUESTION, value=intent
        )
        document.decisions.append(decision)
    decision.value, decision.label, decision.source, decision.assumed = intent, LABELS[intent], source, False


def describe(tokens: Tokens) -> str:
    """What one sees, in words: "a light page, warm white with deep blue; 3 tiers side by side; Georgia"."""
    named = {color.role: hue_name(color.value) for color in tokens.colors}
    said = f"a {tokens.theme} page"
    if "background" in named:
        said += f" on {named['background']}"
    leading = [named[role] for role in ("primary", "accent") if role in named]
    if leading:
        said += " with " + " and ".join(dict.fromkeys(leading))
    parts = [said]
    facts = [fact for fact in tokens.layout if not fact.startswith("width")]
    if facts:
        parts.append(", ".join(layout.in_words(fact) for fact in facts[:4]))
    faces = list(dict.fromkeys(face.family for face in tokens.typography if face.role in ("heading", "body")))
    if faces:
        body = next((face for face in tokens.typography if face.role == "body"), None)
        parts.append("set in " + " and ".join(faces[:2]) + (f" at {body.size:g} px" if body else ""))
    if tokens.control_radius is not None:
        shape = (
            "pill-shaped buttons"
            if tokens.control_radius >= ROUNDEST
            else "square buttons"
            if tokens.control_radius == 0
            else f"buttons with corners of {tokens.control_radius} px"
        )
        parts.append(shape)
    return "; ".join(parts)


def is_open(questions: list[OpenQuestion]) -> bool:
    return any(question.topic == TOPIC for question in questions)


def _taken(provenance: str) -> bool:
    return provenance.startswith("REF-")


def _stays(token: ColorToken | TypeToken, source: str | None, exactly: bool) -> bool:
    if token.locked:
        return True
    return token.provenance == ASKED_FOR and (not exactly or (source is not None and token.source == source))


def _color(color: Color, id_: str, item_id: str, source: str | None) -> ColorToken:
    return ColorToken(
        id=id_, source=source, role=color.role, value=color.value, name=hue_name(color.value),
        confidence=color.confidence, provenance=f"{item_id}: {color.provenance}",
    )  # fmt: skip


def _face(face: Face, id_: str, item_id: str, source: str | None) -> TypeToken:
    return TypeToken(
        id=id_, source=source, role=face.role, family=face.family, size=face.size, weight=face.weight,
        confidence=face.confidence, provenance=f"{item_id}: {face.provenance}",
    )  # fmt: skip
