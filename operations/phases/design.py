"""Build, second phase: what will be generated for each item of the plan, before it is."""

from __future__ import annotations

from collections.abc import Iterator

from operations.engine.workflow import Checkpoint, PhaseContext
from operations.generator.model import ACTIONS, Coverage, Plan, PlannedEntity
from operations.workshop.commits import MAIN, commit, repository_of, tell_files
from operations.workshop.plans import feature_path, plan_of

WORDS = {"met": "yes", "partial": "in part", "unmet": "no"}


def run(context: PhaseContext) -> Checkpoint:
    slug = context.checkpoint_of("spec")["feature"]
    plan = plan_of(context)
    for note in plan.notes:
        context.log(note)
    unmet = [item for item in plan.coverage if item.expectation == "unmet"]
    for item in unmet:
        context.log(f"Not covered: {item.title} ({item.reason})")
    before = repository_of(context).head(MAIN)
    sha = commit(
        context,
        branch=MAIN,
        files={
            feature_path(slug, "design.md"): render_design(plan),
            feature_path(slug, "tasks.md"): render_tasks(plan),
        },
        message=f"Design {plan.feature}",
    )
    tell_files(context, before, sha)
    return {"commit": sha, "entities": len(plan.entities), "items": len(plan.coverage), "unmet": len(unmet)}


def render_design(plan: Plan) -> str:
    """The technical design as Markdown: tables, permissions, blocks, and how each item is covered."""
    return "\n".join(_design(plan)) + "\n"


def render_tasks(plan: Plan) -> str:
    """What is to be done, one task per item; what no block covers stays unticked."""
    lines = [f"# Tasks: {_line(plan.feature)}", ""]
    for item in plan.coverage:
        tick = " " if item.expectation == "unmet" else "x"
        by = f" ({item.block})" if item.block else ""
        lines.append(f"- [{tick}] {item.item_id} {_line(item.title)}{by}")
    return "\n".join(lines) + "\n"


def _design(plan: Plan) -> Iterator[str]:
    yield from (f"# Design: {_line(plan.feature)}", "")
    if plan.summary:
        yield from (plan.summary.strip(), "")
    if plan.entities:
        yield from ("## Tables", "")
        for entity in plan.entities:
            yield from _table(entity)
    if plan.access:
        yield from (
            "## Permissions",
            "",
            f"| table | {' | '.join(ACTIONS)} |",
            "|---" * (len(ACTIONS) + 1) + "|",
        )
        for name, who in plan.access.items():
            yield f"| {name} | {' | '.join(who[action] for action in ACTIONS)} |"
        yield ""
    if plan.blocks:
        yield from ("## Building blocks", "")
        for block in plan.blocks:
            active = ", ".join(sorted(block.active))
            yield f"- {block.name}" + (f": {active}" if active else "")
        yield ""
    if plan.notes:
        yield from ("## Decisions", "", *(f"- {_line(note)}" for note in plan.notes), "")
    yield from (
        "## Coverage",
        "",
        "| item | what | covered | by | code | test |",
        "|---|---|---|---|---|---|",
    )
    yield from (_covered(item) for item in plan.coverage)


def _table(entity: PlannedEntity) -> Iterator[str]:
    yield from (f"### {entity.name}", "")
    if entity.description:
        yield from (entity.description, "")
    yield from ("| column | type | notes |", "|---|---|---|")
    for field in entity.fields:
        notes = ["required" if field.required else "optional"] + (["unique"] if field.unique else [])
        yield f"| {field.name} | {field.type} | {', '.join(notes)} |"
    for relation in entity.relations:
        yield f"| {relation.name} | {relation.kind} {relation.target} | {'required' if relation.required else 'optional'} |"
    yield ""


def _covered(item: Coverage) -> str:
    tests = ", ".join(item.evidence.tests)
    cells = (
        item.item_id,
        item.title,
        WORDS[item.expectation],
        item.block or item.reason,
        item.evidence.location,
        tests,
    )
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _line(text: str) -> str:
    return " ".join(text.split())
