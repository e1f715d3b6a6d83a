"""What the offline Architect promises whatever is written to it."""

from __future__ import annotations

import random
import re
import time

import pytest

from blueprints.architect.offline import OfflineArchitect
from blueprints.architect.port import Delta, PastMessage, Proposal, Turn
from blueprints.editing import merge_candidate
from blueprints.readiness import assess
from blueprints.schemas import BlueprintDocument
from studio import catalog
from studio.workspace.views import SUGGESTIONS
from tests.architect.holding import hold_turn

RECIPES = "a recipe box: recipes with title, ingredients and minutes; recipes have many comments"

SCRAPS = (
    "a the each only users admins can delete edit view post tasks task photos with and , : ; . has"
    " have many belongs to title name status ( ) due date remove rename add build it no yes not red"
    " blue background dark theme comments one 30 agents walk talk weather recipes of for in by"
)

HOSTILE = [
    "",
    " ",
    "\n\n\n",
    ".",
    "???",
    "-",
    "\x00\x01\x02",
    "🍏🍐🍊 🍋",
    "👩‍👩‍👧‍👦 tasks with title and 🍋",
    "\u202eevil\u202c text",
    "'; DROP TABLE recipes; --",
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% for x in y %} ${jndi:ldap://x}",
    "../../etc/passwd",
    "((((((((((((((((((((",
    "with with with with with",
    "a: b: c: d: e: f: g",
    "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t",
    "remove",
    "remove everything",
    "rename to",
    "rename tasks to tasks",
    "add",
    "only can",
    "call it",
    "class with def, import, return and lambda",
    "None with True, False and id",
    "Model with pk, id and objects",
    "123 with 456 and 789",
    "things with the same name, the same name and the same name",
    "日本語のレシピ箱を作って",
    "Ich möchte eine Rezepte-App mit Titel und Zutaten",
    "приложение для рецептов",
    "a recipe belongs to a recipe",
    "each task belongs to a task and each task has many tasks",
    "no no no no",
    "yes",
    "1",
    "the first one",
    "you decide",
    "not " * 200,
    "with " * 300,
    "a project has many tasks. " * 60,
    "users can " + "view, " * 200 + "photos",
    "x" * 5_000,
    "((" * 2_000 + "))" * 2_000,
    "tasks with " + ", ".join(f"field {n}" for n in range(300)),
    "\n".join(f"thing{n} with name and price" for n in range(200)),
]  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_no_message_breaks_it(message: str) -> None:
    for document in (BlueprintDocument(feature_name="My app"), planned(RECIPES)):
        _, proposal = hold_turn(turn(document, message))
        merged = merge_candidate(document, proposal.document)
        assert merged == proposal.document
        assert BlueprintDocument.model_validate_json(merged.model_dump_json(by_alias=True)) == merged
        codes = {blocker.code for blocker in assess(merged)}
        assert codes <= {"empty_plan", "unanswered_question"}, assess(merged)


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "a, ",
        "with ",
        "(",
        "Tasks have many tags. ",
        "only x can y ",
        "red ",
        "1 ",
        "a" * 999 + " ",
        "é\n",
        ": ",
    ],
)
def test_a_hundred_thousand_characters_are_answered_within_a_second(unit: str) -> None:
    message = (unit * (100_000 // len(unit) + 1))[:100_000]
    hold_turn(turn(BlueprintDocument(feature_name="My app"), "warm up"))
    started = time.process_time()
    reply, _ = hold_turn(turn(planned(RECIPES), message))
    assert time.process_time() - started < 1.0
    assert "12,000 characters" in reply or "could not read" in reply


def test_random_sentences_never_make_an_invalid_plan() -> None:
    words = re.findall(r"\S+", SCRAPS)
    dice = random.Random(7)
    for _ in range(60):
        document = BlueprintDocument(feature_name="My app")
        for _ in range(3):
            message = " ".join(dice.choices(words, k=dice.randint(1, 25)))
            _, proposal = hold_turn(turn(document, message))
            assert {blocker.code for blocker in assess(proposal.document)} <= {
                "empty_plan",
                "unanswered_question",
            }, message
            assert merge_candidate(document, proposal.document) == proposal.document, message
            document = proposal.document


def test_the_same_turn_gets_the_same_answer() -> None:
    first, second = (
        list(OfflineArchitect().reply(turn(planned(RECIPES), "add a rating to recipes"))) for _ in range(2)
    )
    assert first == second


def test_the_stored_document_is_not_touched() -> None:
    document = planned(RECIPES)
    before = document.model_copy(deep=True)
    hold_turn(turn(document, "remove comments, rename recipes to dishes, dark theme"))
    assert document == before


def test_the_reply_streams_in_words_and_ends_with_the_proposal() -> None:
    events = list(OfflineArchitect().reply(turn(BlueprintDocument(feature_name="x"), RECIPES)))
    pieces = [event.text for event in events if isinstance(event, Delta)]
    assert len(pieces) > 20
    assert all(len(piece.split()) <= 1 for piece in pieces)
    assert isinstance(events[-1], Proposal)


def test_a_turn_is_answered_in_a_moment() -> None:
    document = planned(RECIPES)
    times = []
    for _ in range(5):
        started = time.process_time()
        hold_turn(
            turn(
                document,
                "tasks with title, due date and priority; a project has many tasks; only admins can delete tasks",
            )
        )
        times.append(time.process_time() - started)
    assert min(times) < 0.05


def test_new_items_carry_the_message_they_came_from() -> None:
    document = planned(RECIPES)
    recipe = document.entity("Recipe")
    assert recipe is not None and recipe.source == "message-1"
    _, proposal = hold_turn(turn(document, "add a rating to recipes", number=2))
    changed = proposal.document.entity("Recipe")
    assert changed is not None
    assert [field.source for field in changed.fields] == ["message-1"] * 3 + ["message-2"]


def test_what_a_person_locked_is_left_alone_and_said_so() -> None:
    document = planned(RECIPES)
    comment = document.entity("Comment")
    assert comment is not None
    comment.fields[0].locked = ["name"]
    reply, proposal = hold_turn(turn(document, "remove comments"))
    assert proposal.document.entity("Comment") == comment
    assert "edited that by hand" in reply


def test_guesses_are_less_confident_than_what_was_said() -> None:
    document = planned("jokes with title, and a list of zorbles")
    joke, zorble = document.entity("Joke"), document.entity("Zorble")
    assert joke is not None and zorble is not None
    assert joke.confidence == 1.0
    assert zorble.confidence < 0.7


def test_ready_is_only_asked_of_a_ready_plan_and_a_yes_then_builds() -> None:
    document = planned(RECIPES)
    reply, proposal = hold_turn(turn(document, "anyone"))
    assert reply.endswith("Plan looks complete. Ready to build?")
    history = (PastMessage("user", "anyone"), PastMessage("architect", reply))
    _, answer = hold_turn(turn(proposal.document, "yes", history=history))
    assert answer.build_requested


def turn(
    document: BlueprintDocument, message: str, *, number: int = 1, history: tuple[PastMessage, ...] = ()
) -> Turn:
    return Turn(document, message, f"message-{number}", history, document.feature_name)


def planned(message: str) -> BlueprintDocument:
    _, proposal = hold_turn(turn(BlueprintDocument(feature_name="My app"), message))
    return proposal.document


@pytest.mark.parametrize(
    ("template", "offered"),
    [(seed.slug, prompt) for seed in catalog.templates() for prompt in seed.prompts]
    + [("blank-service", suggestion) for suggestion in SUGGESTIONS],
)
def test_every_sentence_that_the_studio_offers_is_understood_to_the_end(template: str, offered: str) -> None:
    document = BlueprintDocument(feature_name="My app")
    reply, proposal = hold_turn(Turn(document, offered, "message-1", (), "My app", template, False))
    assert not re.search("less sure|could not make out|Kept in your words", reply), reply
    entities = proposal.document.sections.data_model.entities
    assert entities
    names = [field.name for entity in entities for field in entity.fields]
    assert [name for name in names if name.count("_") > 2 or re.search("_(by|and|in|with)_", name)] == []


VILLAGE = (
    "A village where agents walk around. Click an agent to see what it says. They talk when they come close "
    "to each other. Weather changes."
)


@pytest.mark.parametrize(
    "praise", ["Looks good", "looks great", "This looks fine to me", "it seems perfect so far"]
)
def test_praise_answers_no_question_about_looks(praise):
    """The open question offers "for the eye only" and hears "look" as that."""
    _, asked, _ = talk(VILLAGE)
    assert "weather.effect" in {question.topic for question in asked.open_questions}
    _, after, builds = talk(VILLAGE, praise)
    assert after.rule("weather.effect") is not None and after.decision("weather.effect") is None
    assert not builds
    _, built, builds = talk(VILLAGE, f"{praise}, build it")
    decision = built.decision("weather.effect")
    assert builds and decision is not None and decision.assumed and built.rule("weather.effect") is not None


def test_the_same_question_is_answered_by_its_own_words():
    _, after, _ = talk(VILLAGE, "only how it looks")
    assert after.rule("weather.effect") is None


def talk(*messages):
    """(the last reply, the plan after it, whether the build was asked for)."""
    document, text, builds = BlueprintDocument(feature_name="Pear"), "", False
    for message in messages:
        text = ""
        for event in OfflineArchitect().reply(
            Turn(document=document, message=message, message_id="m", template="social-world")
        ):
            if isinstance(event, Delta):
                text += event.text
            elif isinstance(event, Proposal):
                document, builds = event.document, event.build_requested
    return text, document, builds
