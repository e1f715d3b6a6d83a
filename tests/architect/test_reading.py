"""The pieces of reading: sentences cut, fields told in words, rights, wishes that nothing answers to."""

from __future__ import annotations

import pytest

from blueprints.architect.offline.grammar import read_clause
from blueprints.architect.offline.sentence import simple_sentences
from blueprints.architect.offline.statements import HasFields, Permits, Relates, Statement
from blueprints.architect.offline.told_fields import read_field
from blueprints.architect.port import Turn
from blueprints.schemas import BlueprintDocument
from tests.architect.holding import hold_turn


@pytest.mark.parametrize(
    ("clause", "sentences"),
    [
        (
            "a job has an address, a date, and is assigned to one worker",
            ["a job has an address, a date", "a job is assigned to one worker"],
        ),
        (
            "tasks have a title and each project has many tasks",
            ["tasks have a title", "each project has many tasks"],
        ),
        ("tasks with title, due date and priority", ["tasks with title, due date and priority"]),
        ("everyone can edit, only admins delete", ["everyone can edit", "only admins delete"]),
        ("remove the photo and make it orange", ["remove the photo", "make it orange"]),
        ("users can add, edit and remove posts", ["users can add, edit and remove posts"]),
        ("tags (has a name, is short) and notes", ["tags (has a name, is short) and notes"]),
        ("name, who did it, how many there are", ["name, who did it, how many there are"]),
    ],
)
def test_a_clause_is_cut_into_simple_sentences(clause: str, sentences: list[str]) -> None:
    assert simple_sentences(clause) == sentences


@pytest.mark.parametrize(
    ("told", "name", "kind"),
    [
        ("how many seats it has", "seats", "integer"),
        ("how much it costs", "cost", "money"),
        ("where it stands", "location", "string"),
        ("when i last watered it", "last_watered", "date"),
        ("when it started", "started_at", "datetime"),
        ("who did it", "done_by", "string"),
        ("why they want it", "reason", "text"),
        ("whether it's confirmed", "confirmed", "boolean"),
        ("if we already bought it", "bought", "boolean"),
        ("billable or not", "billable", "boolean"),
        ("queen seen yes or no", "queen_seen", "boolean"),
        ("left or right", "side", "choice"),
        ("full or part time", "kind", "choice"),
        ("rating from 1 to 5", "rating", "integer"),
        ("max 20 people", "max_people", "integer"),
        ("price per day", "price_per_day", "money"),
        ("weight in grams", "weight_in_grams", "decimal"),
        ("days left", "days_left", "integer"),
        ("photo of the receipt", "photo_of_the_receipt", "image"),
        ("comment optional", "comment", "text"),
    ],
)
def test_a_field_told_in_words_gets_its_name_and_type(told: str, name: str, kind: str) -> None:
    draft = read_field(told.replace("it's", "it is"))
    assert draft is not None
    assert (draft.name, draft.type) == (name, kind)


@pytest.mark.parametrize(
    ("clause", "statement"),
    [
        ("a player is in one team", Relates("player", "belongs_to", "team")),
        ("albums belong to an artist", Relates("album", "belongs_to", "artist")),
        ("a card can have several labels", Relates("card", "has_many", "label")),
        ("students can be in several courses", Relates("student", "many_to_many", "course")),
        ("a setlist is a list of songs", Relates("setlist", "many_to_many", "song")),
        (
            "jobs can be planned, running or billed",
            HasFields("job", ("status (planned, running, billed)",), add=True),
        ),
        (
            "ticket: subject, status open, waiting or closed",
            HasFields("ticket", ("subject", "status (open, waiting, closed)")),
        ),
        ("nurses apply with their name and email", HasFields("application", ("name", "email"))),
        (
            "teachers can delete books, nobody else",
            Permits("teacher", "delete", "book", "Teachers can delete books, nobody else."),
        ),
        (
            "guests can read but not write",
            Permits("signed_in", "create", "", "Guests can read but not write."),
        ),
        ("only vets can edit visits", Permits("vet", "update", "visit", "Only vets can edit visits.")),
    ],
)
def test_a_sentence_is_read_as_what_it_states(clause: str, statement: Statement) -> None:
    found = read_clause(clause)
    if isinstance(statement, HasFields):
        bare = [
            HasFields(i.subject, tuple(x.removeprefix("their ") for x in i.items), i.add)
            for i in found
            if isinstance(i, HasFields)
        ]
        assert statement in bare, found
    else:
        assert statement in found, found


@pytest.mark.parametrize(
    "clause",
    ["I run a bicycle repair shop", "we are six friends", "my name is Ada", "I'm a freelance designer"],
)
def test_who_is_speaking_is_nothing_the_app_holds(clause: str) -> None:
    assert read_clause(clause) == []


def test_a_listed_function_that_nothing_answers_to_is_kept_as_a_wish() -> None:
    document = said(
        "Please implement a choir site. The site should have functionalities for song management, voice training, and search."
    )
    wishes = [rule.text for rule in document.sections.behaviors.rules if rule.kind == "free"]
    assert wishes == ["Voice training."]
    assert document.entity("Song") is not None


def test_technology_is_put_aside_aloud() -> None:
    reply, proposal = hold_turn(
        Turn(BlueprintDocument(feature_name="x"), "A todo app with React, Node.js and PostgreSQL", "m")
    )
    assert "React, Node.js and PostgreSQL I leave aside" in reply
    assert [entity.name for entity in proposal.document.sections.data_model.entities] == ["Task"]


def test_what_the_plan_holds_can_be_asked() -> None:
    document = said("recipes with title and minutes")
    reply, proposal = hold_turn(Turn(document, "what have you got so far?", "m"))
    assert "**Recipes**: title and minutes" in reply
    assert proposal.document.sections == document.sections


def test_a_thing_takes_the_name_a_person_gives_it() -> None:
    document = said("Appointment booking for my hair salon")
    assert document.entity("Staff") is not None
    _, proposal = hold_turn(Turn(document, "every appointment is with one stylist", "m"))
    assert proposal.document.entity("Stylist") is not None
    assert proposal.document.entity("Staff") is None


def test_a_described_thing_loses_the_fields_nobody_asked_for() -> None:
    document = said("crm")
    _, proposal = hold_turn(Turn(document, "a company has a name, a city and a founding year", "m"))
    company = proposal.document.entity("Company")
    assert company is not None
    assert [field.name for field in company.fields] == ["name", "city", "founding_year"]


def test_once_built_nothing_a_person_may_have_filled_in_is_dropped() -> None:
    document = said("crm")
    before = document.entity("Company")
    assert before is not None
    _, proposal = hold_turn(
        Turn(document, "a company has a name, a city and a founding year", "m", built=True)
    )
    company = proposal.document.entity("Company")
    assert company is not None
    assert {field.name for field in before.fields} <= {field.name for field in company.fields}


def said(message: str) -> BlueprintDocument:
    _, proposal = hold_turn(Turn(BlueprintDocument(feature_name="My app"), message, "message-1"))
    return proposal.document
