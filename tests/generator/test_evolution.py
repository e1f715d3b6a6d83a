"""A second build on a database that people have used: nothing they typed is lost, nobody is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blueprints.schemas import BlueprintDocument, EntityField
from operations.generator.plan import make_plan
from tests.generator.documents import ORCHARD, entity, link, recipe_box
from tests.generator.generated import GeneratedApp

FILL = """
tag = apps.get_model('records.Tag').objects.create(name='quick')
for title in ('Lemon tart', 'Lemon tart', 'Soup'):
    recipe = apps.get_model('records.Recipe').objects.create(title=title, ingredients='Lemons', minutes=30)
    recipe.tags.add(tag)
    apps.get_model('records.Comment').objects.create(recipe=recipe, author='Ada', text='Good')
"""


@pytest.fixture
def evolved(tmp_path: Path) -> Callable[[Callable[[BlueprintDocument], object]], GeneratedApp]:
    """Build the recipe box, fill it, change the blueprint, build again, migrate."""

    def evolve(change: Callable[[BlueprintDocument], object]) -> GeneratedApp:
        app = GeneratedApp(tmp_path / "app")
        document = recipe_box()
        app.build(make_plan([document], ORCHARD))
        app.run("manage.py", "migrate", "--noinput")
        app.shell(FILL)
        change(document)
        app.build(make_plan([document], ORCHARD))
        app.run("manage.py", "migrate", "--noinput")
        return app

    return evolve


def values(app: GeneratedApp, model: str, *names: str) -> list[list[object]]:
    wanted = ", ".join(repr(name) for name in names)
    rows = f"apps.get_model('{model}').objects.order_by('pk').values_list({wanted})"
    printed = app.shell(f"import json; print(json.dumps([list(row) for row in {rows}], default=str))")
    return json.loads(printed)  # type: ignore[no-any-return]


def archived(app: GeneratedApp) -> list[dict[str, object]]:
    return [row[0] for row in values(app, "archive.ArchivedRecord", "values")]  # type: ignore[misc]


Evolved = Callable[[Callable[[BlueprintDocument], object]], GeneratedApp]


def test_a_new_field_and_a_new_entity_leave_the_data_alone(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        recipe = document.sections.data_model.entities[0]
        recipe.fields.append(EntityField(id=document.new_id("FLD"), name="servings", type="integer"))
        recipe.fields.append(EntityField(id=document.new_id("FLD"), name="cooked on", type="date"))
        entity(document, "Menu", "name")

    app = evolved(change)

    assert values(app, "records.Recipe", "title", "servings") == [
        ["Lemon tart", 0],
        ["Lemon tart", 0],
        ["Soup", 0],
    ]
    assert values(app, "records.Menu", "name") == []
    assert [path.name for path in sorted((app.root / "records" / "migrations").glob("0*.py"))] == [
        "0001_recipe_box.py",
        "0002_recipe_box.py",
    ]
    assert [result for result in app.test() if result.outcome != "passed"] == []


def test_a_renamed_field_and_entity_keep_their_values(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        recipe, comment, _ = document.sections.data_model.entities
        recipe.name, recipe.fields[0].name, recipe.fields[2].name = "Dish", "name", "duration"
        comment.relations[0].name = "dish"

    app = evolved(change)

    assert values(app, "records.Dish", "name", "duration")[0] == ["Lemon tart", 30]
    assert values(app, "records.Comment", "dish__name", "text")[0] == ["Lemon tart", "Good"]
    assert archived(app) == []


def test_removed_values_go_to_the_archive_before_their_column_goes(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        recipe = document.sections.data_model.entities[0]
        recipe.fields = [column for column in recipe.fields if column.name != "ingredients"]
        recipe.relations = []
        document.sections.data_model.entities = [
            one for one in document.sections.data_model.entities if one.name != "Comment"
        ]

    app = evolved(change)

    kept = archived(app)
    assert kept.count({"ingredients": "Lemons"}) == 3
    assert kept.count({"tags": [1]}) == 3
    assert [one for one in kept if one.get("text") == "Good"]
    app.shell("apps.get_model('records.Recipe').objects.all().delete()")


def test_a_new_required_link_adopts_what_is_already_there(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        category = entity(document, "Category", "name")
        link(document, document.sections.data_model.entities[0], category)

    app = evolved(change)

    assert values(app, "records.Recipe", "category__name") == [["Unsorted"]] * 3
    assert len(values(app, "records.Category", "name")) == 1


def test_a_field_that_becomes_unique_tells_twins_apart(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        document.sections.data_model.entities[0].fields[0].unique = True

    app = evolved(change)

    assert values(app, "records.Recipe", "title") == [["Lemon tart"], ["Lemon tart (2)"], ["Soup"]]


def test_a_field_of_another_kind_starts_afresh_and_keeps_the_old_values(evolved: Evolved) -> None:
    def change(document: BlueprintDocument) -> None:
        document.sections.data_model.entities[0].fields[1].type = "date"

    app = evolved(change)

    assert values(app, "records.Recipe", "ingredients")[0] == ["2000-01-01"]
    assert archived(app).count({"ingredients": "Lemons"}) == 3


def test_building_the_same_plan_again_writes_no_migration(evolved: Evolved) -> None:
    app = evolved(lambda document: None)

    assert len(list((app.root / "records" / "migrations").glob("0*.py"))) == 1
