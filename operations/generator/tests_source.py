"""The Python of each entity's test module."""

from __future__ import annotations

from collections.abc import Mapping

from operations.generator.coverage import demanded, searchable, tested_actions
from operations.generator.model import Plan, PlannedEntity
from operations.generator.python_source import call, import_line, indented, literal
from operations.generator.records_source import form_fields, model_of


def test_imports(entity: PlannedEntity, plan: Plan) -> list[str]:
    lines = ["from django.test import TestCase", ""]
    lines.append("from accounts.models import User" if entity.account else "from records import models")
    cases = {*api_cases(entity).split(", "), *page_cases(entity).split(", "), "ModelCase"}
    if tested_access(entity, plan):
        cases.add("AccessCase")
    if entity.account:
        cases.remove("ModelCase")
    lines.append(import_line("records.tests.cases", sorted(cases)))
    return lines


def test_class(entity: PlannedEntity, subject: str, cases: str) -> str:
    bases = [f"{entity.name}Facts", *cases.split(", "), "TestCase"]
    return call(f"class {entity.name}{subject}Tests", bases, indent=0, suffix=":")


def test_facts(entity: PlannedEntity) -> str:
    title = entity.title_field
    lines = [f"model = {model_of(entity)}", f"path = {literal(f'/api/{entity.slug}/')}"]
    if title:
        lines.append(f"title = {literal(title.name)}")
    if words := word_field(entity):
        lines.append(f"words = {literal(words)}")
    shown = [column.name for column in entity.fields] + [relation.name for relation in entity.relations]
    lines.append(call("shown = ", map(literal, shown), indent=1, brackets="[]"))
    if not entity.managed and not entity.account:
        lines.append(call("writable = ", map(literal, form_fields(entity)), indent=1, brackets="[]"))
        if missing := demanded(entity):
            lines.append(call("demanded = ", map(literal, missing), indent=1, brackets="[]"))
        if any(column.type in ("image", "file") for column in entity.editable_fields):
            lines.append("uploads = True")
    return indented(lines)


def word_field(entity: PlannedEntity) -> str:
    """A searchable column whose sample is never empty."""
    title = entity.title_field
    candidates = [title.name] if title else []
    candidates += [name for name in searchable(entity) if name not in candidates]
    managed = {column.name for column in entity.fields if column.managed}
    return next((name for name in candidates if name not in managed), "") if not entity.account else ""


def api_cases(entity: PlannedEntity) -> str:
    if entity.managed or entity.account:
        return "ReadOnlyApiCase"
    cases = ["DemandingApiCase" if demanded(entity) else "ApiCase"]
    return ", ".join(([] if not word_field(entity) else ["SearchCase"]) + cases)


def page_cases(entity: PlannedEntity) -> str:
    searched = ["SearchPageCase"] if word_field(entity) and not entity.managed else []
    if entity.managed or entity.account:
        return ", ".join([*searched, "ReadPageCase"])
    return ", ".join([*searched, "DemandingPageCase" if demanded(entity) else "PageCase"])


def tested_access(entity: PlannedEntity, plan: Plan) -> Mapping[str, str]:
    rules = plan.access[entity.name]
    return {action: rules[action] for action in tested_actions(entity)} if plan.block("accounts") else {}
