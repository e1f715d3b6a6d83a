"""Which block covers which item of the current document, what would prove it, and what stays unmet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

from blueprints.schemas import BlueprintDocument, Component, Dependency, Endpoint, Rule
from operations.generator import naming
from operations.generator.access import Access
from operations.generator.design import plan_design
from operations.generator.drafts import key_of
from operations.generator.manifest import EvidenceEntry, Manifest, manifests
from operations.generator.model import (
    ACTIONS,
    Action,
    Coverage,
    Evidence,
    Plan,
    PlannedEntity,
    PlannedJob,
    PlannedScreen,
    ProbeSpec,
)
from operations.generator.python_source import literal
from operations.generator.tables import Tables

GIVEN = frozenset(
    """
    service web backend frontend api django djangorestframework restframework drf python database sqlite
    postgres postgresql restapi server website webapp admin html css uvicorn whitenoise pillow
    """.split()
)
LIST_TESTS = {"GET": "test_lists", "POST": "test_creates_with_every_value"}
ITEM_TESTS = {
    "GET": "test_shows_one",
    "PUT": "test_replaces",
    "PATCH": "test_changes_one_value",
    "DELETE": "test_deletes",
}
PAGE_TESTS = {
    "list": ("test_list_page_shows_records",),
    "search": ("test_list_page_finds_by_words",),
    "gallery": ("test_list_page_shows_records",),
    "detail": ("test_detail_page_shows_values",),
    "form": ("test_form_creates", "test_form_explains_mistakes"),
    "page": ("test_list_page_shows_records", "test_detail_page_shows_values"),
}
OPEN_TESTS: dict[Action, str] = {
    "list": "test_lists",
    "read": "test_shows_one",
    "create": "test_creates_with_every_value",
    "update": "test_replaces",
    "delete": "test_deletes",
}
strings = Environment(
    undefined=StrictUndefined,
    variable_start_string="[[",
    variable_end_string="]]",
    autoescape=False,  # noqa: S701
)


def cover(plan: Plan, document: BlueprintDocument, tables: Tables, access: Access) -> Iterator[Coverage]:
    """One coverage per item of the document, in its order."""
    items = _Items(plan, document, tables, access)
    sections = document.sections
    for entity in sections.data_model.entities:
        yield items.entity(entity.id, entity.name)
        for column in entity.fields:
            yield items.column(column.id, f"{entity.name}: {column.name}", entity.id)
        for relation in entity.relations:
            yield items.relation(relation.id, f"{entity.name}: {relation.name}", entity.id)
    for endpoint in sections.api_endpoints.endpoints:
        yield items.endpoint(endpoint)
    for component in sections.ui_components.components:
        yield items.component(component)
    for dependency in sections.dependencies.items:
        yield items.dependency(dependency)
    for rule in sections.behaviors.rules:
        yield items.rule(rule)
    yield from items.tokens()


@dataclass(frozen=True)
class _Items:
    plan: Plan
    document: BlueprintDocument
    tables: Tables
    access: Access

    def entity(self, item_id: str, title: str) -> Coverage:
        entity = self._entity_of(item_id)
        if entity is None:
            return _unmet(item_id, title, "The plan has no table for it.")
        evidence = Evidence(
            tests=(proof_in(entity),), probes=(self._list_probe(entity),), location=_model(entity)
        )
        return Coverage(item_id, title, "records", "met", evidence)

    def column(self, item_id: str, title: str, entity_id: str) -> Coverage:
        entity, name = self._entity_of(entity_id), self.tables.places.get(item_id, "").partition(".")[2]
        if entity is None or not name:
            return _unmet(item_id, title, self.tables.lost.get(item_id, "A link of the same name says more."))
        test = (
            "ModelTests.test_remembers_its_times"
            if name in ("created_at", "updated_at")
            else "ApiTests.test_shows_every_value"
        )
        if entity.account and name not in {column.name for column in entity.fields}:
            return Coverage(
                item_id,
                title,
                "accounts",
                "met",
                Evidence(("accounts.tests",), (), "accounts/models.py::User"),
            )
        location = "records/record.py::Record" if "times" in test else f"{_model(entity)}.{name}"
        return Coverage(item_id, title, "records", "met", Evidence((proof_in(entity, test),), (), location))

    def relation(self, item_id: str, title: str, entity_id: str) -> Coverage:
        entity, name = self._entity_of(entity_id), self.tables.places.get(item_id, "").partition(".")[2]
        if entity is None or not name:
            return _unmet(item_id, title, self.tables.lost.get(item_id, "Its target is not in the plan."))
        tests = (proof_in(entity, f"ModelTests.test_{name}_links_both_ways"),)
        return Coverage(item_id, title, "records", "met", Evidence(tests, (), f"{_model(entity)}.{name}"))

    def endpoint(self, endpoint: Endpoint) -> Coverage:
        title = f"{endpoint.method} {endpoint.path}"
        if of_block := self._block_endpoint(endpoint):
            return of_block
        segments = [part for part in endpoint.path.split("?")[0].split("/") if part]
        if segments[:1] != ["api"] or len(segments) not in (2, 3):
            return _unmet(endpoint.id, title, "No block answers a path of this shape.")
        entity = next((e for e in self.plan.entities if e.slug == segments[1]), None)
        if entity is None:
            return _unmet(endpoint.id, title, f"No entity of the plan lives at /api/{segments[1]}/.")
        one = len(segments) == 3
        if one and not re.fullmatch(r"[{<:\[].*|\d+", segments[2]):
            return _unmet(endpoint.id, title, f"No block answers “{segments[2]}” below a list.")
        test = (ITEM_TESTS if one else LIST_TESTS).get(endpoint.method)
        if test is None:
            return _unmet(
                endpoint.id, title, f"{endpoint.method} does not apply to a {'record' if one else 'list'}."
            )
        if (entity.managed or entity.account) and endpoint.method != "GET":
            return _unmet(endpoint.id, title, _why_read_only(entity))
        probes = (self._list_probe(entity),) if not one and endpoint.method == "GET" else ()
        location = f"records/api.py::{entity.name}ViewSet"
        evidence = Evidence((proof_in(entity, f"ApiTests.{test}"),), probes, location)
        return Coverage(endpoint.id, title, "records", "met", evidence)

    def component(self, component: Component) -> Coverage:
        block = next((b for b in self.plan.blocks if component.kind in manifests()[b.name].components), None)
        screen = next((s for s in self.plan.screens if s.item_id == component.id), None)
        listed = component.kind in PAGE_TESTS and screen is not None and screen.path in ("", "/")
        if block is not None and not listed:
            entry = manifests()[block.name].components[component.kind]
            return self._of_block(component.id, component.name, block.name, entry.evidence, screen=screen)
        if component.kind not in PAGE_TESTS:
            return _unmet(
                component.id,
                component.name,
                f"No building block draws a {component.kind} yet; lists, details and forms of its records are there.",
            )
        entity = next((e for reference in component.entities if (e := self._entity_of(reference))), None)
        if entity is None:
            if component.kind == "page" and component.route in ("", "/") and self.plan.entities:
                return self._overview(component)
            return _unmet(component.id, component.name, "It names no entity whose records it could show.")
        return self._page(component, entity)

    def _overview(self, component: Component) -> Coverage:
        evidence = Evidence(
            ("records.tests.test_overview",),
            (ProbeSpec("/records/", contains="Overview"),),
            "records/views.py::overview",
        )
        return Coverage(component.id, component.name, "records", "met", evidence)

    def _page(self, component: Component, entity: PlannedEntity) -> Coverage:
        if component.kind == "search" and not searchable(entity):
            return _unmet(
                component.id,
                component.name,
                f"{naming.sentence(entity.label_plural)} hold no text to search.",
            )
        pictured = any(column.type == "image" for column in entity.fields)
        if component.kind == "gallery" and not pictured:
            return _unmet(
                component.id,
                component.name,
                f"{naming.sentence(entity.label_plural)} have no picture to show.",
            )
        if component.kind == "form" and (entity.managed or entity.account):
            return _unmet(component.id, component.name, _why_read_only(entity))
        named = [
            t for t in PAGE_TESTS[component.kind] if demanded(entity) or t != "test_form_explains_mistakes"
        ]
        tests = tuple(proof_in(entity, f"PageTests.{test}") for test in named)
        probes: tuple[ProbeSpec, ...] = ()
        if component.kind in ("list", "search", "page", "gallery"):
            probes = (self._page_probe(entity),)
        if component.kind == "gallery" and self.plan.access[entity.name]["list"] == "anyone":
            # With samples, as on staging: the list of what has pictures is drawn as a wall of them.
            probes = (ProbeSpec(f"/{entity.slug}/", contains='<ul class="gallery"'),)
        view = {"detail": "Detail", "form": "Create"}.get(component.kind, "List")
        location = f"records/views.py::{entity.name}{view}"
        return Coverage(component.id, component.name, "records", "met", Evidence(tests, probes, location))

    def dependency(self, dependency: Dependency) -> Coverage:
        for block in self.plan.blocks:
            manifest = manifests()[block.name]
            if brings(manifest, dependency.name):
                return self._of_block(
                    dependency.id, dependency.name, block.name, manifest.dependency.evidence
                )
        if key_of(dependency.name) in GIVEN:
            evidence = Evidence(
                ("config.tests",), (ProbeSpec("/healthz", json_keys=("status",)),), "requirements.txt"
            )
            return Coverage(dependency.id, dependency.name, "service", "met", evidence)
        if dependency.kind == "service":
            return _unmet(
                dependency.id,
                dependency.name,
                "Platform services are added to the project, not built into its code.",
            )
        return _unmet(dependency.id, dependency.name, "No building block brings this dependency.")

    def rule(self, rule: Rule) -> Coverage:
        title = rule.text or rule.kind
        if rule.kind == "access.permission":
            return self._permission(rule, title)
        for block in self.plan.blocks:
            manifest = manifests()[block.name]
            if rule.kind in manifest.rules:
                return self._rule_of(manifest, rule, title)
        why = (
            "No building block covers this sentence yet."
            if rule.kind == "free"
            else f"No building block offers {rule.kind}."
        )
        return _unmet(rule.id, title, why)

    def _permission(self, rule: Rule, title: str) -> Coverage:
        if rule.id in self.access.refused:
            return _unmet(rule.id, title, self.access.refused[rule.id])
        name, actions = self.access.placed[rule.id]
        entity = self.plan.entity(name)
        if (entity.managed or entity.account) and not {"list", "read"} & set(actions):
            return _unmet(rule.id, title, _why_read_only(entity))
        if not self.plan.block("accounts"):
            tests = tuple(proof_in(entity, f"ApiTests.{OPEN_TESTS[action]}") for action in actions)
        else:
            tested = set(actions) & set(tested_actions(entity))
            tests = tuple(proof_in(entity, f"AccessTests.test_{action}") for action in sorted(tested))
        return Coverage(rule.id, title, "accounts", "met", Evidence(tests, (), f"records/access.py::{name}"))

    def _rule_of(self, manifest: Manifest, rule: Rule, title: str) -> Coverage:
        entry = manifest.rules[rule.kind]
        refusals = [
            f"{name}: {why}"
            for name, value in rule.params.items()
            if (
                why := entry.params[name].refusal(value)
                if name in entry.params
                else "not a parameter of this block"
            )
        ]
        if refusals:
            return _unmet(rule.id, title, "; ".join(refusals) + ".")
        if rule.id in self.plan.refused:
            return _unmet(rule.id, title, self.plan.refused[rule.id])
        job = next((job for job in self.plan.jobs if job.item_id == rule.id), None)
        return self._of_block(rule.id, title, manifest.name, entry.evidence, job=job)

    def _block_endpoint(self, endpoint: Endpoint) -> Coverage | None:
        path = re.sub(r"[{<:][^/]*", "{id}", endpoint.path.split("?")[0]).rstrip("/")
        for block in self.plan.blocks:
            entry = manifests()[block.name].endpoints.get(f"{endpoint.method} {path}")
            if entry:
                return self._of_block(
                    endpoint.id, f"{endpoint.method} {endpoint.path}", block.name, entry.evidence
                )
        return None

    def _of_block(
        self,
        item_id: str,
        title: str,
        block: str,
        entry: EvidenceEntry,
        *,
        screen: PlannedScreen | None = None,
        job: PlannedJob | None = None,
    ) -> Coverage:
        context = {**block_context(self.plan, block), "screen": screen, "job": job}

        def fill(text: str) -> str:
            return strings.from_string(text).render(context)

        probes = tuple(
            ProbeSpec(fill(p.path), p.method, p.status, fill(p.contains), tuple(p.json_keys))
            for p in entry.probes
        )
        evidence = Evidence(tuple(fill(test) for test in entry.tests), probes, fill(entry.location))
        return Coverage(item_id, title, block, "met", evidence)

    def tokens(self) -> Iterator[Coverage]:
        design = plan_design(self.document.sections.design_system)
        for token in design.tokens:
            title = f"{token.role}: {token.wished}"
            if not token.property:
                yield _unmet(token.item_id, title, "The style sheet has no such role.")
                continue
            probe = ProbeSpec("/static/css/design.css", contains=f"{token.property}: {token.value};")
            location = f"static/css/design.css::{token.property}"
            yield Coverage(token.item_id, title, "web", "met", Evidence((), (probe,), location), token.note)

    def _entity_of(self, item_id: str) -> PlannedEntity | None:
        wished = self.document.entity(item_id)
        name = self.tables.places.get(wished.id, "") if wished else ""
        return self.plan.entity(name) if name else None

    def _list_probe(self, entity: PlannedEntity) -> ProbeSpec:
        if self.plan.access[entity.name]["list"] != "anyone":
            return ProbeSpec(f"/api/{entity.slug}/", status=403)
        return ProbeSpec(f"/api/{entity.slug}/", json_keys=("count", "results"))

    def _page_probe(self, entity: PlannedEntity) -> ProbeSpec:
        if self.plan.access[entity.name]["list"] != "anyone":
            return ProbeSpec(f"/{entity.slug}/", status=302)
        return ProbeSpec(f"/{entity.slug}/", contains=naming.sentence(entity.label_plural))


def brings(manifest: Manifest, dependency: str) -> bool:
    """Whether this block or component is what a dependency of this name asks for."""
    return key_of(dependency) in {key_of(name) for name in (manifest.name, *manifest.dependencies)}


def proof_in(entity: PlannedEntity, test: str = "") -> str:
    """The id of an entity's test module, or of one test in it ("ApiTests.test_lists")."""
    module = f"records.tests.test_{entity.snake}"
    return f"{module}.{entity.name}{test}" if test else module


def searchable(entity: PlannedEntity) -> tuple[str, ...]:
    """Columns in which people look for words."""
    return tuple(
        f.name for f in entity.fields if f.type in ("string", "text", "email", "url", "phone", "choice")
    )


def demanded(entity: PlannedEntity) -> tuple[str, ...]:
    """What a person must give: leaving one of these out is a mistake."""
    filled = ("boolean", "json", "uuid")
    columns = [f for f in entity.editable_fields if f.required and f.type not in filled and f.default is None]
    return (*(f.name for f in columns), *(r.name for r in entity.editable_relations if r.required))


def tested_actions(entity: PlannedEntity) -> tuple[Action, ...]:
    """Actions that exist at all for this entity."""
    return ("list", "read") if entity.managed or entity.account else ACTIONS


def block_context(plan: Plan, block: str) -> Mapping[str, object]:
    """What a block's files and evidence may name; see README.md."""
    used = plan.block(block)
    entities = {entity.name: entity for entity in plan.entities}
    return {
        "project": plan.project,
        "plan": plan,
        "entities": entities,
        "params": used.params if used else {},
        "active": used.active if used else frozenset(),
        "names": used.names if used else {},
        "literal": literal,
    }


def _model(entity: PlannedEntity) -> str:
    return "accounts/models.py::User" if entity.account else f"records/models.py::{entity.name}"


def _why_read_only(entity: PlannedEntity) -> str:
    if entity.account:
        return "Accounts are made by signing up and changed by their owner; nobody writes them for others."
    return f"{naming.sentence(entity.label_plural)} are written by the app itself, not by people."


def _unmet(item_id: str, title: str, reason: str) -> Coverage:
    return Coverage(item_id, title, "", "unmet", reason=reason)
