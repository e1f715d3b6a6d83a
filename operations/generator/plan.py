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
from operations.generator.binding import bind
from operations.generator.coverage import brings, cover, strings
from operations.generator.drafts import key_of, merge, settle
from operations.generator.jobs import plan_jobs
from operations.generator.manifest import Manifest, manifests
from operations.generator.model import (
    NavEntry,
    Plan,
    PlannedEntity,
    PlannedScreen,
    ProjectFacts,
    UsedBlock,
)
from operations.generator.screens import plan_screens
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
    rules = {**_implied(documents), **rules}
    blocks, notes = _choose_blocks(documents, rules)
    drafts = merge(documents)
    bound = {name: bind(drafts, manifests()[name], rules, documents) for name in blocks}
    settle(drafts)
    tables = plan_tables(drafts, documents, bound)
    screens = plan_screens(documents, tables)
    access = plan_access(documents, tables, accounts="accounts" in blocks)
    used = tuple(replace(_used_block(manifests()[name], rules), names=tables.names[name]) for name in blocks)
    jobs = plan_jobs(documents, tables, access.entities)
    plan = Plan(
        project=project,
        feature=current.feature_name,
        summary=current.summary or project.summary,
        entities=jobs.entities,
        access=access.rules,
        blocks=used,
        nav=_nav(access.entities, used, screens),
        style=_style(documents, project),
        design=_design(documents),
        identities=tables.identities,
        coverage=(),
        notes=(*notes, *tables.notes, *access.notes),
        screens=screens,
        home=home.name if (home := home_of(blocks, screens)) else "",
        jobs=jobs.jobs,
        refused=jobs.refused,
    )
    return replace(plan, coverage=tuple(cover(plan, current, tables, access)))


def _implied(documents: Sequence[BlueprintDocument]) -> dict[str, Rule]:
    """Rules nobody wrote down, but what the plan keeps calls for them: comments are there to be written
    below what they are about."""
    held = {key_of(entity.name) for d in documents for entity in d.sections.data_model.entities}
    kinds = {screen.kind for d in documents for screen in d.sections.ui_components.components}
    return {
        kind: Rule(id="", kind=kind, text="")
        for manifest in manifests().values()
        for kind, entry in manifest.rules.items()
        if held & {key_of(name) for name in entry.entities} or kinds & set(entry.screens)
    }


def _choose_blocks(
    documents: Sequence[BlueprintDocument], rules: Mapping[str, Rule]
) -> tuple[list[str], list[str]]:
    """Names of the blocks in use, in order of their names, and notes on those that had to stay away."""
    kinds = {c.kind for document in documents for c in document.sections.ui_components.components}
    wanted = {item.name for document in documents for item in document.sections.dependencies.items}
    chosen: list[str] = []
    notes: list[str] = []
    for name, manifest in manifests().items():
        asked = bool(manifest.rules.keys() & rules.keys() or manifest.components.keys() & kinds)
        asked = asked or any(brings(manifest, name) for name in wanted)
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
    needed = {other for name in chosen for other in manifests()[name].needs}
    wishes = [wish for name in chosen for wish in manifests()[name].requires.entities]
    if any(set(w.access.values()) - {"anyone"} for w in wishes if not w.when or w.when in rules):
        needed.add("accounts")
    return sorted({*chosen, *needed}), notes


def _needs_accounts(documents: Sequence[BlueprintDocument]) -> bool:
    """Someone has to be known: there are users, or a permission asks who a person is."""
    for document in documents:
        if any(key_of(entity.name) == "user" for entity in document.sections.data_model.entities):
            return True
        for rule in document.sections.behaviors.rules:
            if rule.kind == "access.permission" and rule.params.get("who", "anyone") != "anyone":
                return True
    return False


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


def home_of(blocks: Iterable[str], screens: Sequence[PlannedScreen]) -> Manifest | None:
    """The block behind "/": one that always is, or one with a screen that the plan puts there; of several
    the highest rank, then the first name."""
    first = {screen.kind for screen in screens if screen.route == "/"}
    having = [manifests()[name] for name in blocks if manifests()[name].home]
    able = [one for one in having if not one.home_for or first & set(one.home_for)]
    return max(able, key=lambda one: one.home_rank, default=None)


def _nav(
    entities: Sequence[PlannedEntity], blocks: Sequence[UsedBlock], screens: Sequence[PlannedScreen]
) -> tuple[NavEntry, ...]:
    """Blocks first, then what people keep in the app, then what blocks offer for one of their rules."""
    home = home_of([block.name for block in blocks], screens)
    by_class = {entity.name: entity for entity in entities}
    entries = [
        NavEntry(
            label=filled(item.label, block.names, by_class),
            path="/"
            if item.front and manifests()[block.name] is home
            else filled(item.path, block.names, by_class),
            icon=item.icon,
        )
        for block in blocks
        for item in manifests()[block.name].nav
    ]
    icons = {kind: e.nav for b in blocks for kind, e in manifests()[b.name].components.items() if e.nav}
    entries += [
        NavEntry(screen.name, screen.path, icons[screen.kind])
        for screen in screens
        if screen.kind in icons and screen.path not in ("", "/", *(entry.path for entry in entries))
    ]
    if home and home.home_for:
        if not any(entry.path == "/" for entry in entries):
            entries.insert(0, NavEntry("Home", "/", "home"))
    elif entities and not (home and any(item.front for item in home.nav)):
        overview = NavEntry("Records", "/records/", "list") if home else NavEntry("Overview", "/", "home")
        entries.insert(len(entries) if home else 0, overview)
    listed = [e for e in entities if e.listed and not e.unlisted and not (home and e.managed)]
    entries += [NavEntry(naming.sentence(e.label_plural), f"/{e.slug}/", e.icon) for e in listed]
    entries += [
        NavEntry(rule.nav.label, rule.nav.path, rule.nav.icon)
        for block in blocks
        for kind, rule in manifests()[block.name].rules.items()
        if rule.nav and kind in block.active
    ]
    return tuple(entries)


def filled(text: str, names: Mapping[str, str], entities: Mapping[str, PlannedEntity]) -> str:
    """Words of a manifest with what the plan calls things in their `[[ … ]]`."""
    return strings.from_string(text).render(names=names, entities=entities, sentence=naming.sentence)


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
