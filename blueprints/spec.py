"""The plan as Markdown: what the spec phase commits and an engineer reads first.

Pure and deterministic: the same document gives the same bytes, so a diff of two specs is a diff of
two plans.
"""

from __future__ import annotations

from collections.abc import Iterator

from blueprints.schemas import BlueprintDocument, Entity, EntityField, Relation

RELATION_WORDS = {
    "belongs_to": "belongs to",
    "many_to_many": "has many, shared",
    "one_to_one": "has exactly one",
}


def render_spec(document: BlueprintDocument) -> str:
    """Markdown of the whole plan; sections that hold nothing are left out."""
    lines = [f"# Feature: {_line(document.feature_name)}", ""]
    lines += ["## Summary", "", document.summary.strip() or "No summary yet.", ""]
    for part in (
        _data_model, _endpoints, _components, _behaviors, _design, _dependencies, _references,
        _decisions, _assumptions, _open_questions,
    ):  # fmt: skip
        lines += part(document)
    return "\n".join(lines).rstrip("\n") + "\n"


def _data_model(document: BlueprintDocument) -> Iterator[str]:
    entities = document.sections.data_model.entities
    if entities:
        yield from ("## Data Model", "")
    names = {entity.id: entity.name for entity in entities}
    for entity in entities:
        yield from (f"### {_line(entity.name)}", "")
        if entity.description:
            yield from (_line(entity.description), "")
        yield from _fields(entity)
        if entity.relations:
            yield from (f"- {_relation(relation, names)}" for relation in entity.relations)
            yield ""


def _fields(entity: Entity) -> Iterator[str]:
    if entity.fields:
        yield from ("| Field | Type | Notes |", "|-------|------|-------|")
        for field in entity.fields:
            yield f"| {_cell(field.name)} | {field.type} | {_cell(_notes(field))} |"
        yield ""


def _notes(field: EntityField) -> str:
    notes = ["required" if field.required else "optional"]
    if field.unique:
        notes.append("unique")
    if field.choices:
        notes.append("one of " + ", ".join(field.choices))
    if field.default is not None:
        notes.append(f"default {field.default}")
    if field.minimum is not None:
        notes.append(f"at least {field.minimum:g}")
    if field.maximum is not None:
        notes.append(f"at most {field.maximum:g}")
    if field.help:
        notes.append(field.help)
    return "; ".join(notes)


def _relation(relation: Relation, names: dict[str, str]) -> str:
    target = names.get(relation.target, f"unknown ({relation.target})")
    optional = "" if relation.required else ", optional"
    return f"`{relation.name}`: {RELATION_WORDS[relation.kind]} {target}{optional}"


def _endpoints(document: BlueprintDocument) -> Iterator[str]:
    endpoints = document.sections.api_endpoints.endpoints
    if endpoints:
        yield from ("## API Endpoints", "")
        for endpoint in endpoints:
            yield _described(f"`{endpoint.method} {endpoint.path}`", endpoint.description, " - ")
        yield ""


def _components(document: BlueprintDocument) -> Iterator[str]:
    components = document.sections.ui_components.components
    if components:
        yield from ("## UI Components", "")
        for component in components:
            where = f" (`{component.route}`)" if component.route else ""
            yield _described(f"**{_line(component.name)}**", f"{component.purpose}{where}", ": ")
        yield ""


def _behaviors(document: BlueprintDocument) -> Iterator[str]:
    rules = document.sections.behaviors.rules
    if rules:
        yield from ("## Behaviors", "")
        for rule in rules:
            params = ", ".join(f"{key}: {_value(value)}" for key, value in sorted(rule.params.items()))
            kind = rule.kind if not params else f"{rule.kind} ({params})"
            yield f"- {_line(rule.text)}" + ("" if rule.kind == "free" else f" `{kind}`")
        yield ""


def _design(document: BlueprintDocument) -> Iterator[str]:
    design = document.sections.design_system
    facts: list[str] = []
    if design.style:
        facts.append(f"Style: {design.style}")
    if design.theme:
        facts.append(f"Theme: {design.theme}")
    facts += [
        f"Color {color.role}: `{color.value}`" + (f" ({_line(color.name)})" if color.name else "")
        for color in design.colors
    ]
    for face in design.typography:
        size = f" {face.size:g}px" if face.size is not None else ""
        weight = f" weight {face.weight}" if face.weight is not None else ""
        facts.append(f"Type {face.role}: {_line(face.family)}{size}{weight}")
    if design.spacing:
        facts.append("Spacing: " + ", ".join(f"{step}px" for step in design.spacing))
    if design.border_radius is not None:
        facts.append(f"Corner radius: {design.border_radius}px")
    if design.control_radius is not None:
        facts.append(f"Corner radius of buttons: {design.control_radius}px")
    facts += [f"Shadow: {_line(shadow)}" for shadow in design.shadows]
    facts += [f"Layout: {_line(fact)}" for fact in design.layout]
    if design.intent:
        facts.append(f"References: {'match exactly' if design.intent == 'match' else 'use as inspiration'}")
    if facts or design.inspiration_notes:
        yield from ("## Design System", "")
        yield from (f"- {fact}" for fact in facts)
        if design.inspiration_notes:
            yield from (
                ("", design.inspiration_notes.strip()) if facts else (design.inspiration_notes.strip(),)
            )
        yield ""


def _dependencies(document: BlueprintDocument) -> Iterator[str]:
    items = document.sections.dependencies.items
    if items:
        yield from ("## Dependencies", "")
        for item in items:
            yield _described(f"{_line(item.name)} ({item.kind})", item.purpose, ": ")
        yield ""


def _references(document: BlueprintDocument) -> Iterator[str]:
    if document.references:
        yield from ("## References", "")
        for reference in document.references:
            yield _described(f"{reference.type}: {_line(reference.origin)}", reference.notes, " - ")
        yield ""


def _decisions(document: BlueprintDocument) -> Iterator[str]:
    if document.decisions:
        yield from ("## Decisions", "")
        for decision in document.decisions:
            assumed = " (assumed)" if decision.assumed else ""
            yield f"- {_line(decision.question)} **{_line(decision.label or decision.value)}**{assumed}"
        yield ""


def _assumptions(document: BlueprintDocument) -> Iterator[str]:
    if document.assumptions:
        yield from ("## Assumptions", "")
        yield from (f"- {_line(assumption.text)}" for assumption in document.assumptions)
        yield ""


def _open_questions(document: BlueprintDocument) -> Iterator[str]:
    if document.open_questions:
        yield from ("## Open Questions", "")
        yield from (f"- {_line(question.question)}" for question in document.open_questions)
        yield ""


def _described(head: str, description: str, joint: str) -> str:
    text = _line(description)
    return f"- {head}{joint}{text}" if text else f"- {head}"


def _line(text: str) -> str:
    """Text that stays on its line, so that nobody's sentence can start a heading."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _value(value: object) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)
