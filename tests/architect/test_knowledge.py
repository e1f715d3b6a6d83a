"""Every domain of the knowledge base makes a plan that can be built, whatever is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprints.architect.offline import knowledge
from blueprints.architect.offline.knowledge import (
    Domain,
    KnowledgeError,
    Option,
    Question,
    domains,
    read_domain,
)
from blueprints.architect.port import Turn
from blueprints.readiness import assess
from blueprints.schemas import BlueprintDocument
from tests.architect.holding import hold_turn

ALL = [pytest.param(entry, id=entry.name) for entry in domains()]
OPTIONS = [
    pytest.param(entry, question, option, id=f"{entry.name}-{question.topic}-{option.value}")
    for entry in domains()
    for question in entry.questions
    for option in question.options
]


def planned(entry: Domain) -> BlueprintDocument:
    return say(BlueprintDocument(feature_name="My app"), entry.triggers[0])


def say(document: BlueprintDocument, message: str) -> BlueprintDocument:
    _, proposal = hold_turn(Turn(document, message, "message-1"))
    return proposal.document


def test_there_is_a_file_for_each_domain() -> None:
    files = {path.stem for path in Path(knowledge.__file__).parent.glob("*.yaml")}
    assert {entry.name for entry in domains()} == files
    assert len(files) >= 40


@pytest.mark.parametrize("entry", ALL)
def test_its_name_brings_its_usual_things(entry: Domain) -> None:
    document = planned(entry)
    names = {entity.name for entity in document.sections.data_model.entities}
    assert {template.name for template in entry.contents.entities} <= names
    assert document.summary == entry.summary
    screens = {screen.name for screen in document.sections.ui_components.components}
    assert {screen.name for screen in entry.contents.screens} <= screens


@pytest.mark.parametrize("entry", ALL)
def test_its_plan_is_ready_once_must_questions_are_answered(entry: Domain) -> None:
    document = planned(entry)
    for _ in range(4):
        must = next((question for question in document.open_questions if question.must), None)
        if must is None:
            break
        document = say(document, must.options[0].label)
    assert assess(document) == []


@pytest.mark.parametrize(("entry", "question", "option"), OPTIONS)
def test_each_option_is_understood_by_its_label_and_by_number(
    entry: Domain, question: Question, option: Option
) -> None:
    for answer in (option.label, str(question.options.index(option) + 1), f"{option.label.lower()}, please"):
        document = planned(entry)
        for _ in range(4):
            if any(item.topic == question.topic for item in document.open_questions):
                break
            document = say(document, "you decide")
        else:
            pytest.fail(f"{question.topic} is never asked")
        document = say(document, answer)
        decision = document.decision(question.topic)
        assert decision is not None and decision.value == option.value, answer
        blocking = {blocker.code for blocker in assess(document)} - {"unanswered_question"}
        assert not blocking


@pytest.mark.parametrize("entry", ALL)
def test_its_parts_can_be_added_and_taken_out_again(entry: Domain) -> None:
    for part in entry.parts:
        document = say(planned(entry), f"add {part.title}")
        for template in part.contents.entities:
            assert document.entity(template.name) is not None, part.name
        assert not {blocker.code for blocker in assess(document)} - {"unanswered_question"}
        fresh = [
            t.name for t in part.contents.entities if all(t.name != e.name for e in entry.contents.entities)
        ]
        if fresh:
            document = say(document, f"remove {part.title}")
            assert document.entity(fresh[0]) is None, part.name


@pytest.mark.parametrize(
    "mistake",
    [
        {"title": "X", "summary": "Y", "colour": "red"},
        {"title": "X", "summary": "Y", "entities": {"A": [{"price": "coin"}]}},
        {"title": "X", "summary": "Y", "entities": {"A": {"fields": ["name"], "relations": ["has B"]}}},
        {
            "title": "X",
            "summary": "Y",
            "questions": [{"topic": "t", "ask": "?", "options": [{"value": "a", "label": "A"}]}],
        },
    ],
)
def test_a_mistake_in_a_file_is_named(mistake: dict[str, object]) -> None:
    with pytest.raises((KnowledgeError, ValueError)):
        read_domain("broken", mistake)
