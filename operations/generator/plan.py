"""Blueprint documents in, plan out: pure, and every decision explained.

The plan composes all documents of a project (the current one last), so that a later feature never
loses an earlier one; its coverage tells of the current document's items only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from blueprints.schemas import BlueprintDocument, DesignSystemSection, Rule, Scalar
from operations.generator import naming
from operations.generator.access import plan_access
from operations.generator.coverage import cover
from operations.generator.drafts import key_of, merge
from operations.generator.manifest import Manifest, RequiredEntity, manifests
from operations.generator.model import NavEntry, Plan, PlannedEntity, ProjectFacts, UsedBlock
from operations.generator.tables import plan_tables

__all__ = ["Plan", "ProjectFacts", "make_plan"]

STYLES = ("newspaper", "playful", "swiss", "console", "craft", "corporate", "nocturne", "riso")
TEMPLATE_STYLES = {
    "social-world": "craft",
    "photo-feed": "playful",
    "pricing-site": "swiss",
    "team-chat": "corporate",
    "dashboard": "nocturne",
}
DEFAULT_STYLE = "corporate"


def make_plan(documents: Sequence[BlueprintDocument], project: ProjectFacts) -> Plan:
    """The app these documents describe. Without documents, or with empty ones, the skeleton."""
    current = documents[-1] if documents else BlueprintDocument(feature_name=project.name)
    rules = {rule.kind: rule for document in documents for rule in document.sections.behaviors.rules}
    blocks, notes = _choose_blocks(documents, rules)
    tables = plan_tables(merge(documents, _required(blocks, rules)), documents)
    access = plan_access(documents, tables, accounts="accounts" in blocks)
    plan = Plan(
        project=project,
        feature=current.feature_name,
        summary=current.summary or project.summary,
        entities=access.entities,
        access=access.rules,
        blocks=tuple(_used_block(manifests()[name], rules) for name in blocks),
        nav=_nav(access.entities, blocks),
        style=_style(documents, project),
        design=_design(documents),
        identities=tables.identities,
        coverage=(),
        notes=(*notes, *tables.notes, *access.notes),
    )
    return replace(plan, coverage=tuple(cover(plan, current, tables, access)))


def _choose_blocks(
    documents: Sequence[BlueprintDocument], rules: Mapping[str, Rule]
) -> tuple[list[str], list[str]]:
    """Names of the blocks in use, in order of their names, and notes on those that had to stay away."""
    kinds = {c.kind for document in documents for c in document.sections.ui_components.components}
    chosen: list[str] = []
    notes: list[str] = []
    for name, manifest in manifests().items():
        asked = manifest.rules.keys() & rules.keys() or manifest.components.keys() & kinds
        if not asked and not (name == "accounts" and _needs_accounts(documents)):
            continue
        rival = next(
            (
                other
                for other in chosen
                if name in manifests()[other].conflicts or other in manifest.conflicts
            ),
            "",
        )
        if rival:
            notes.append(f"{manifest.title} is left out: it cannot live beside {manifests()[rival].title}.")
        else:
            chosen.append(name)
    return chosen, notes


def _needs_accounts(documents: Sequence[BlueprintDocument]) -> bool:
    """Someone has to be known: there are users, or a permission asks who a person is."""
    for document in documents:
        if any(key_of(entity.name) == "user" for entity in document.sections.data_model.entities):
            return True
        for rule in document.sections.behaviors.rules:
            if rule.kind == "access.permission" and rule.params.get("who", "anyone") != "anyone":
                return True
    return False


def _required(blocks: Iterable[str], rules: Mapping[str, Rule]) -> list[RequiredEntity]:
    wishes = [entity for name in blocks for entity in manifests()[name].requires.entities]
    return [entity for entity in wishes if not entity.when or entity.when in rules]


def _used_block(manifest: Manifest, rules: Mapping[str, Rule]) -> UsedBlock:
    """Parameters with defaults filled in; a value the block does not offer gives way to the default."""
    params: dict[str, dict[str, Scalar | list[str]]] = {}
    for kind, entry in manifest.rules.items():
        wished = rules[kind].params if kind in rules else {}
        params[kind] = {
            name: wished[name]
            if name in wished and not parameter.refusal(wished[name])
            else parameter.default
            for name, parameter in entry.params.items()
        }
    return UsedBlock(manifest.name, params, frozenset(manifest.rules.keys() & rules.keys()))


def _nav(entities: Sequence[PlannedEntity], blocks: Iterable[str]) -> tuple[NavEntry, ...]:
    """Blocks first, then what people keep in the app."""
    entries = [NavEntry(i.label, i.path, i.icon) for name in blocks for i in manifests()[name].nav]
    homes = any(manifests()[name].home for name in blocks)
    if entities:
        overview = NavEntry("Records", "/records/", "list") if homes else NavEntry("Overview", "/", "home")
        entries.insert(len(entries) if homes else 0, overview)
    listed = [entity for entity in entities if entity.listed and not (homes and entity.managed)]
    entries += [NavEntry(naming.sentence(e.label_plural), f"/{e.slug}/", e.icon) for e in listed]
    return tuple(entries)


def _style(documents: Sequence[BlueprintDocument], project: ProjectFacts) -> str:
    """The last style a document names and we have, else the template's."""
    wished = [document.sections.design_system.style for document in documents]
    known = [style for style in wished if style in STYLES]
    return known[-1] if known and known[-1] else TEMPLATE_STYLES.get(project.template, DEFAULT_STYLE)


def _design(documents: Sequence[BlueprintDocument]) -> DesignSystemSection:
    """The last document that says anything about looks."""
    spoken = [
        d.sections.design_system for d in documents if d.sections.design_system != DesignSystemSection()
    ]
    return spoken[-1] if spoken else DesignSystemSection()
