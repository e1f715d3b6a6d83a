"""The plan: what blueprints become, what bends, and what stays unmet and why."""

from __future__ import annotations

import time

import pytest

from blueprints.schemas import BlueprintDocument, Dependency, EntityField
from operations.generator.manifest import manifests
from operations.generator.model import Coverage
from operations.generator.plan import ProjectFacts, make_plan
from operations.generator.render import render
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, endpoint, entity, link, rule


def covered(document: BlueprintDocument) -> dict[str, Coverage]:
    return {item.item_id: item for item in make_plan([document], ORCHARD).coverage}


def items_of(document: BlueprintDocument) -> list[str]:
    sections = document.sections
    entities = sections.data_model.entities
    return [
        *(one.id for one in entities),
        *(column.id for one in entities for column in one.fields),
        *(relation.id for one in entities for relation in one.relations),
        *(one.id for one in sections.api_endpoints.endpoints),
        *(one.id for one in sections.ui_components.components),
        *(one.id for one in sections.dependencies.items),
        *(one.id for one in sections.behaviors.rules),
        *(one.id for one in (*sections.design_system.colors, *sections.design_system.typography)),
    ]


@pytest.mark.parametrize(
    "make",
    [
        documents.recipe_box,
        documents.photo_club,
        documents.twelve_tables,
        documents.team_room,
        documents.hostile,
    ],
)
def test_each_item_is_covered_exactly_once(make: object) -> None:
    document = make()  # type: ignore[operator]

    assert sorted(item.item_id for item in make_plan([document], ORCHARD).coverage) == sorted(
        items_of(document)
    )


def test_without_a_document_the_plan_is_the_skeleton() -> None:
    plan = make_plan([], ProjectFacts("Aeries", "aeries", "social-world"))

    assert plan.is_skeleton
    assert plan.style == "craft"
    assert plan.coverage == ()


def test_documents_merge_by_name_and_the_later_word_wins() -> None:
    first, second = documents.recipe_box(), BlueprintDocument(feature_name="Ratings")
    recipe = entity(second, "recipe", "stars: integer, minutes: decimal")
    rating = entity(second, "Rating", "value: integer")
    link(second, rating, recipe)

    plan = make_plan([first, second], ORCHARD)

    assert [one.name for one in plan.entities] == ["Recipe", "Comment", "Tag", "Rating"]
    columns = {column.name: column.type for column in plan.entity("Recipe").fields}
    assert columns["minutes"] == "decimal"
    assert {"title", "stars"} <= columns.keys()
    assert {item.item_id for item in plan.coverage} == set(items_of(second))


def test_what_no_block_covers_stays_unmet_with_a_reason() -> None:
    document = documents.recipe_box()
    board = component(document, "calendar", document.sections.data_model.entities[0])
    free = rule(document, "free", "Send me an e-mail when somebody comments")
    odd = endpoint(document, "POST", "/api/recipes/{id}/publish/")
    kafka = Dependency(id="DEP-1", name="Kafka")
    document.sections.dependencies.items.append(kafka)

    found = covered(document)

    for item in (board.id, free.id, odd.id, kafka.id):
        assert found[item].expectation == "unmet"
        assert found[item].reason
        assert found[item].block == ""


def test_a_gallery_needs_pictures_and_is_proved_by_them() -> None:
    document = BlueprintDocument(feature_name="Paintings")
    painting = entity(document, "Painting", "title, picture: image")
    frame = entity(document, "Frame", "title")
    wall = component(document, "gallery", painting, route="/wall/")
    store = component(document, "gallery", frame, route="/store/")
    found = covered(document)
    assert [probe.contains for probe in found[wall.id].evidence.probes] == ['<ul class="gallery"']
    assert (found[store.id].expectation, found[store.id].reason) == (
        "unmet",
        "Frames have no picture to show.",
    )


def test_a_circle_of_required_links_is_opened_and_said() -> None:
    document = BlueprintDocument(feature_name="Circle")
    egg, hen = entity(document, "Egg"), entity(document, "Hen")
    link(document, egg, hen)
    link(document, hen, egg)

    plan = make_plan([document], ORCHARD)

    assert [relation.required for one in plan.entities for relation in one.relations] == [False, True]
    assert "each would need the other first" in plan.notes[0]


def test_numbers_that_no_column_holds_are_bent() -> None:
    document = BlueprintDocument(feature_name="Numbers")
    thing = entity(document, "Thing")
    for name, type_, default, maximum in (
        ("a", "integer", "1e999999", float("inf")), ("b", "money", "nan", 1e300), ("c", "string", None, 1e9),
    ):  # fmt: skip
        thing.fields.append(
            EntityField(id=document.new_id("FLD"), name=name, type=type_, default=default, minimum=maximum)  # type: ignore[arg-type]
        )

    render(make_plan([document], ORCHARD))


def test_rendering_is_quick_and_always_the_same() -> None:
    render(make_plan([documents.twelve_tables()], ORCHARD))
    began = time.process_time()
    first = render(make_plan([documents.twelve_tables()], ORCHARD))
    seconds = time.process_time() - began

    assert first == render(make_plan([documents.twelve_tables()], ORCHARD))
    assert seconds < 1


def test_words_of_a_blueprint_never_run_as_templates_or_code() -> None:
    files = render(make_plan([documents.hostile()], ORCHARD))

    for name, content in files.items():
        if name.endswith(".py"):
            compile(content, name, "exec")
    assert b"{% x %}" not in files["templates/base.html"]


def test_every_block_keeps_the_contract() -> None:
    for name, manifest in manifests().items():
        assert manifest.name == name
        assert (manifest.folder / "files").is_dir()
        for other in manifest.conflicts:
            assert other in manifests()
