"""What the offline Architect answers about the apps it plans, and what it does not take for a question."""

from __future__ import annotations

import pytest

from blueprints.architect.offline.abilities import about_the_apps
from blueprints.architect.port import Turn
from blueprints.schemas import BlueprintDocument
from tests.architect.holding import hold_turn


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Can I export my recipes?", "CSV"),
        ("can we download all the data", "CSV"),
        ("Is there a backup?", "CSV"),
        ("Does it export to Excel?", "CSV"),
        ("Will it work on my phone?", "responsive"),
        ("Can people use it on a tablet?", "responsive"),
        ("Will it work on her phone?", "responsive"),
        ("Is it mobile-friendly?", "responsive"),
        ("How do I publish it?", "not there yet"),
        ("When can I go live?", "not there yet"),
        ("How can I put it online?", "not there yet"),
        ("Where is my data?", "database of its own"),
        ("Where are the recipes stored?", "database of its own"),
        ("Can I get the source code?", "archive.zip"),
        ("Is there an API?", "REST API"),
        ("Is there an admin area?", "an admin"),
    ],
)
def test_a_question_about_the_apps_gets_an_honest_answer(question: str, words: str) -> None:
    answer = about_the_apps(question)
    assert answer is not None
    assert words in answer


@pytest.mark.parametrize(
    "order",
    [
        "users can export their orders",
        "can you add an export of orders",
        "contacts with name and phone",
        "can people post photos",
        "Can users publish articles?",
        "can I add a phone number to customers",
        "it should run on my phone",
        "where are the meetings held",
    ],
)
def test_what_is_said_about_the_plan_is_no_question_about_the_apps(order: str) -> None:
    assert about_the_apps(order) is None


def test_a_store_is_planned_with_cart_checkout_and_orders() -> None:
    turn = Turn(BlueprintDocument(feature_name="Lamps"), "An online store that sells lamps.", "1")
    _, proposal = hold_turn(turn)
    kinds = {rule.kind for rule in proposal.document.sections.behaviors.rules}
    assert {"shop.cart", "shop.checkout", "shop.orders"} <= kinds
