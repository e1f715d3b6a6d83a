"""The plan edited by hand: forms of every kind of item, and two people at once."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from blueprints import services
from blueprints.models import Blueprint
from blueprints.schemas import OpenQuestion
from tests.blueprints.documents import recipe_box

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(blueprint: Blueprint, ada) -> Blueprint:
    services.edit_document(blueprint=blueprint, version=0, document=recipe_box(), by=ada)
    Blueprint.objects.filter(pk=blueprint.pk).update(feature_name="Recipe box")
    blueprint.refresh_from_db()
    return blueprint


class Person:
    """Somebody with the plan open in her browser: forms are read and sent as the browser does."""

    def __init__(self, user) -> None:
        self.client = Client()
        self.client.force_login(user)

    def open(self, path: str) -> dict[str, str]:
        """The values a form would send back as it is."""
        html = self.client.get(f"/projects/aeries/plan/{path}", headers=HTMX).text
        values = dict(
            re.findall(r'<input (?!type="checkbox")[^>]*name="(\w[\w:]*)"[^>]*value="([^"]*)"', html)
        )
        values |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', html))
        for name, options in re.findall(r'<select[^>]*name="([\w:]+)"[^>]*>(.*?)</select>', html, re.S):
            chosen = re.search(r'value="([^"]*)" selected', options)
            values[name] = chosen[1] if chosen else ""
        values |= dict.fromkeys(re.findall(r'type="checkbox" name="(\w+)" checked', html), "on")
        return {name: text for name, text in values.items() if name != "csrfmiddlewaretoken"}

    def send(self, path: str, values: dict[str, str]):
        return self.client.post(f"/projects/aeries/plan/{path}", values, headers=HTMX)

    def change(self, item: str, **values: str):
        return self.send(f"items/{item}/", self.open(f"items/{item}/") | values)


@pytest.fixture
def mine(ada) -> Person:
    return Person(ada)


@pytest.fixture
def bens(ben) -> Person:
    return Person(ben)


def toast(answer) -> dict[str, str]:
    return json.loads(answer.headers["HX-Trigger"])["toast"]


def item(plan: Blueprint, item_id: str):
    plan.refresh_from_db()
    return next(found for found in plan.document.items() if found.id == item_id)


@pytest.mark.parametrize(
    ("item_id", "values", "attribute", "expected"),
    [
        ("ENT-1", {"description": "What to cook"}, "description", "What to cook"),
        ("FLD-1", {"type": "text"}, "type", "text"),
        ("FLD-2", {"choices": "easy, hard, insane"}, "choices", ["easy", "hard", "insane"]),
        ("REL-1", {"kind": "one_to_one"}, "kind", "one_to_one"),
        ("API-1", {"description": "All of them"}, "description", "All of them"),
        ("UI-2", {"route": "/us/"}, "route", "/us/"),
        ("DEP-1", {"purpose": "Serves"}, "purpose", "Serves"),
        ("RULE-1", {"param:who": "owner"}, "params", {"entity": "ENT-1", "action": "delete", "who": "owner"}),
    ],
)
def test_every_kind_of_item_is_changed_in_its_form_and_locked(
    plan, mine, item_id, values, attribute, expected
):
    before = item(plan, item_id).model_dump()
    answer = mine.change(item_id, **values)
    assert answer.status_code == 200 and 'id="plan"' in answer.text
    after = item(plan, item_id)
    assert getattr(after, attribute) == expected
    assert {name for name, value in after.model_dump().items() if value != before[name]} <= {
        attribute,
        "locked",
    }
    assert after.locked and toast(answer)["undo"]


def test_a_change_is_undone_from_its_toast(plan, mine):
    undo = toast(mine.change("FLD-1", name="headline"))["undo"]
    assert item(plan, "FLD-1").name == "headline"
    mine.client.post(undo, headers=HTMX)
    assert item(plan, "FLD-1").name == "title"
    assert item(plan, "FLD-1").locked == ["*"]  # as it was: she had added it


def test_undo_takes_nothing_of_others_with_it(plan, mine, bens):
    undo = toast(mine.change("FLD-1", name="headline"))["undo"]
    bens.change("FLD-3", name="words")
    assert mine.client.post(undo, headers=HTMX).status_code == 409
    assert item(plan, "FLD-3").name == "words"


@pytest.mark.parametrize(
    ("path", "values", "told"),
    [
        ("items/FLD-1/", {"name": "  "}, "Write something here"),
        ("items/FLD-1/", {"name": "difficulty"}, "two fields called"),
        ("items/FLD-1/", {"minimum": "some"}, "A number is needed"),
        ("items/FLD-2/", {"choices": ""}, "has no choices"),
        ("items/API-1/", {"path": "/recipes/"}, "must start with /api/"),
        ("items/UI-2/", {"route": "/recipes/"}, "Two screens live at"),
        ("additions/entity/", {"name": "x" * 90}, "At most 80 characters"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_typed_is_lost(plan, mine, path, values, told):
    answer = mine.send(
        path, mine.open(path) | values | {"description": "a long thought", "help": "a long thought"}
    )
    assert told in answer.text and 'role="alert"' in answer.text
    assert 'id="plan"' not in answer.text
    assert not path.startswith(("items/FLD", "items/API")) or "a long thought" in answer.text
    plan.refresh_from_db()
    assert plan.version == 1


def test_names_are_brought_into_shape_and_the_plural_follows(plan, mine):
    mine.send("additions/entity/", mine.open("additions/entity/") | {"name": "cook book"})
    mine.send(
        "additions/field/",
        mine.open("additions/field/?in=ENT-1") | {"name": "Cooking time", "type": "integer"},
    )
    mine.change("ENT-2", name="remark")
    plan.refresh_from_db()
    entities = plan.document.sections.data_model.entities
    assert [(entity.name, entity.plural) for entity in entities] == [
        ("Recipe", "Recipes"),
        ("Remark", "Remarks"),
        ("CookBook", "Cook books"),
    ]
    assert entities[0].fields[-1].name == "cooking_time"


def test_an_entity_goes_with_what_hangs_on_it_and_comes_back_by_undo(plan, mine):
    answer = mine.send("items/ENT-1/removals/", mine.open("items/ENT-1/"))
    plan.refresh_from_db()
    left = {found.id for found in plan.document.items()}
    assert not left & {"ENT-1", "FLD-1", "REL-1", "API-1", "UI-1", "RULE-1"} and "ENT-2" in left
    mine.client.post(toast(answer)["undo"], headers=HTMX)
    assert item(plan, "REL-1").target == "ENT-1"


def test_name_and_design_are_edited_locked_and_unlocked(plan, mine):
    mine.change("plan", summary="Hers.")
    mine.change("design", theme="dark", spacing="4, 8, 16", border_radius="6")
    plan.refresh_from_db()
    design = plan.document.sections.design_system
    assert (plan.summary, design.theme, design.spacing, design.border_radius) == (
        "Hers.",
        "dark",
        [4, 8, 16],
        6,
    )
    mine.send("items/design/unlockings/", {"field": ""})
    plan.refresh_from_db()
    assert plan.document.locked == ["featureName", "summary"]


def test_an_open_question_is_answered_by_hand(plan, mine):
    document = plan.document
    document.open_questions = [
        OpenQuestion.model_validate(
            {
                "id": "Q-1",
                "topic": "who",
                "question": "Who may look?",
                "options": [{"value": "all", "label": "Everyone"}],
            }
        )
    ]
    services.edit_document(blueprint=plan, version=1, document=document, by=None)
    mine.send("items/Q-1/", mine.open("items/Q-1/") | {"answer": "Everyone"})
    plan.refresh_from_db()
    (decision,) = plan.document.decisions
    assert (decision.id, decision.value, decision.label, plan.document.open_questions) == (
        "Q-1",
        "all",
        "Everyone",
        [],
    )


# Two at once


def test_changes_of_different_things_meet_silently(plan, mine, bens):
    hers, his = mine.open("items/FLD-1/"), bens.open("items/FLD-1/")
    bens.send("items/FLD-1/", his | {"help": "Short"})
    assert "HX-Trigger" in mine.send("items/FLD-1/", hers | {"name": "headline"}).headers
    field = item(plan, "FLD-1")
    assert (field.name, field.help) == ("headline", "Short")


def test_the_second_sees_both_and_may_put_hers_on_top(plan, mine, bens):
    hers = mine.open("items/FLD-1/")
    bens.change("FLD-1", name="caption", help="Short")
    answer = mine.send("items/FLD-1/", hers | {"name": "headline"})
    assert "Meanwhile somebody made it “caption”" in answer.text and 'value="headline"' in answer.text
    assert "Save mine on top" in answer.text and item(plan, "FLD-1").name == "caption"
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    mine.send("items/FLD-1/", hers | {"name": "headline", "help": "Short", "version": version[1]})
    field = item(plan, "FLD-1")
    assert (field.name, field.help) == ("headline", "Short")


def test_what_was_removed_meanwhile_can_be_added_again_with_its_fields(plan, mine, bens):
    hers = mine.open("items/ENT-2/")
    bens.send("items/ENT-2/removals/", bens.open("items/ENT-2/"))
    answer = mine.send("items/ENT-2/", hers | {"description": "Opinions"})
    assert "removed this while you were editing" in answer.text and "Opinions" in answer.text
    mine.send("additions/entity/", hers | {"description": "Opinions", "again": "ENT-2"})
    plan.refresh_from_db()
    comment = plan.document.entity("Comment")
    assert comment.description == "Opinions" and [field.name for field in comment.fields] == ["text"]


def test_what_changed_meanwhile_is_shown_before_it_is_removed(plan, mine, bens):
    hers = mine.open("items/FLD-1/")
    bens.change("FLD-1", name="caption")
    answer = mine.send("items/FLD-1/removals/", hers)
    assert "Remove it all the same?" in answer.text and 'value="caption"' in answer.text
    assert item(plan, "FLD-1").name == "caption"


# History


def test_versions_are_listed_compared_viewed_and_restored(plan, mine, django_assert_max_num_queries):
    mine.change("FLD-1", name="headline")
    mine.send("items/ENT-2/removals/", mine.open("items/ENT-2/"))
    page = mine.client.get("/projects/aeries/plan/versions/?from=1&to=3").text
    assert "<del>title</del>" in page and "<ins>headline</ins>" in page
    assert ">removed<" in page and "Comment" in page
    assert "Edited Recipe.title" in page
    old = mine.client.get("/projects/aeries/plan/versions/1/").text
    assert 'id="ENT-2"' in old and "hx-get" not in old.split("plan-head")[1]
    mine.client.post("/projects/aeries/plan/versions/1/restorations/")
    assert item(plan, "FLD-1").name == "title" and item(plan, "ENT-2")
    shown = mine.client.get("/projects/aeries/").text
    assert "Lately" in shown
    with django_assert_max_num_queries(20):
        mine.client.get("/projects/aeries/plan/versions/")


def test_without_scripts_a_form_is_a_page_that_leads_back(plan, mine):
    page = mine.client.get("/projects/aeries/plan/items/FLD-1/")
    assert "<main" in page.text and "Edit Recipe.title" in page.text
    sent = mine.client.post(
        "/projects/aeries/plan/items/FLD-1/", mine.open("items/FLD-1/") | {"name": "headline"}
    )
    assert sent.headers["Location"] == "/projects/aeries/"


def test_a_looker_on_sees_locks_but_nothing_to_press(plan, vera):
    client = Client()
    client.force_login(vera)
    page = client.get("/projects/aeries/").text
    assert "the Architect will not change this" in page and "plan/items/" not in page
