"""The offline Architect, held to conversations written down in `conversations/*.yaml`.

A file holds several conversations; each turn says what a person writes and what must come of it.
`entities` lists fields that must be there ("title", "minutes: integer") and relations
("belongs_to Recipe"); `exactly` means no other entities. Every turn is also held to what no turn may break.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprints.architect.port import PastMessage, Proposal, Turn
from blueprints.editing import merge_candidate
from blueprints.schemas import BlueprintDocument, Entity
from tests.architect.holding import READY, hold_turn

FOLDER = Path(__file__).parent / "conversations"


def conversations() -> list[Any]:
    return [
        pytest.param(body, id=f"{path.stem}: {name}")
        for path in sorted(FOLDER.glob("*.yaml"))
        for name, body in yaml.safe_load(path.read_text()).items()
    ]


@pytest.mark.parametrize("conversation", conversations())
def test_a_conversation_leads_to_the_expected_plan(conversation: dict[str, Any]) -> None:
    document = BlueprintDocument(feature_name=conversation.get("name", "My app"))
    history: list[PastMessage] = []
    built = False
    for number, turn in enumerate(conversation["turns"], start=1):
        message = turn["say"]
        reply, proposal = hold_turn(
            Turn(
                document, message, f"message-{number}", tuple(history), document.feature_name,
                conversation.get("template", "blank-service"), built,
            )
        )  # fmt: skip
        merged = merge_candidate(document, proposal.document)
        assert merged == proposal.document, "the Architect's document needs no mending"
        check(turn, reply, proposal, document)
        document = merged
        built = built or proposal.build_requested
        history += [PastMessage("user", message), PastMessage("architect", reply)]


def check(expected: dict[str, Any], reply: str, proposal: Proposal, before: BlueprintDocument) -> None:
    document = proposal.document
    known = {
        "say", "entities", "exactly", "without", "asks", "ready", "build", "rules", "reply", "screens", "colors",
        "design", "decided", "name", "no_screens", "no_rules", "unchanged", "endpoints", "assumed", "fields_gone",
        "reply_without",
    }  # fmt: skip
    assert not set(expected) - known, f"unknown expectation {set(expected) - known}"
    for name, parts in expected.get("entities", {}).items():
        entity = document.entity(name)
        assert entity is not None, f"{name} is missing from {names(document)}"
        check_parts(document, entity, parts or [])
    if expected.get("exactly"):
        assert sorted(names(document)) == sorted(expected["entities"])
    for name in expected.get("without", []):
        assert document.entity(name) is None, f"{name} should not be in the plan"
    for name, fields in expected.get("fields_gone", {}).items():
        entity = document.entity(name)
        assert entity is not None
        assert not {field.name for field in entity.fields} & set(fields)
    if "asks" in expected:
        assert [question.topic for question in document.open_questions] == expected["asks"]
    if expected.get("ready"):
        assert reply.endswith(READY), reply
    assert proposal.build_requested == expected.get("build", False), reply
    for kind, params in expected.get("rules", {}).items():
        found = [rule.params for rule in document.sections.behaviors.rules if rule.kind == kind]
        for wanted in as_list(params):
            assert any(wanted.items() <= rule.items() for rule in found), (
                f"{kind} {wanted} is not among {found}"
            )
    kinds = {rule.kind for rule in document.sections.behaviors.rules}
    assert not kinds & set(expected.get("no_rules", []))
    for text in as_list(expected.get("reply", [])):
        assert text.lower() in reply.lower(), reply
    for text in as_list(expected.get("reply_without", [])):
        assert text.lower() not in reply.lower(), reply
    screens = {screen.name for screen in document.sections.ui_components.components}
    assert set(expected.get("screens", [])) <= screens, screens
    assert not set(expected.get("no_screens", [])) & screens
    paths = {f"{endpoint.method} {endpoint.path}" for endpoint in document.sections.api_endpoints.endpoints}
    assert set(expected.get("endpoints", [])) <= paths, paths
    colors = {token.role: token.value for token in document.sections.design_system.colors}
    assert expected.get("colors", {}).items() <= colors.items(), colors
    for attribute, value in expected.get("design", {}).items():
        assert getattr(document.sections.design_system, attribute) == value
    decided = {decision.topic: decision.value for decision in document.decisions}
    assert expected.get("decided", {}).items() <= decided.items(), decided
    assumed = {decision.topic for decision in document.decisions if decision.assumed}
    assert set(expected.get("assumed", [])) <= assumed
    if "name" in expected:
        assert document.feature_name == expected["name"]
    if expected.get("unchanged"):
        assert document.sections == before.sections


def check_parts(document: BlueprintDocument, entity: Entity, parts: list[str]) -> None:
    fields = {field.name: field for field in entity.fields}
    for part in parts:
        first, _, rest = part.partition(" ")
        if first in ("belongs_to", "many_to_many", "one_to_one"):
            target = document.entity(rest)
            assert target is not None, f"{rest} is missing"
            links = [(relation.kind, relation.target) for relation in entity.relations]
            assert (first, target.id) in links, f"{entity.name} {part}: {links}"
            continue
        name, _, kind = (piece.strip() for piece in part.partition(":"))
        assert name in fields, f"{entity.name}.{name} is not among {sorted(fields)}"
        if kind.startswith("["):
            assert fields[name].choices == yaml.safe_load(kind)
        elif kind:
            assert fields[name].type == kind, f"{entity.name}.{name} is {fields[name].type}"


def names(document: BlueprintDocument) -> list[str]:
    return [entity.name for entity in document.sections.data_model.entities]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
