"""Any name becomes one that Python, Django, URLs and PostgreSQL accept, and a person still reads hers."""

from __future__ import annotations

import keyword

import pytest

from operations.generator import naming

HOSTILE = (
    "class",
    "order",
    "🍋",
    "名前",
    "x" * 200,
    "3d model",
    "",
    "  ",
    "self",
    "Ünïcode Straße",
    "a'b\"c\\",
    "__init__",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_name_makes_a_usable_identifier(text: str) -> None:
    for name in (naming.class_name(text, ()), naming.attribute(text, ())):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert len(name) <= 40
        assert "__" not in name
    assert not naming.attribute(text, ()).endswith("_")
    assert naming.attribute(text, ()) not in naming.MODEL_ATTRIBUTES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ShoppingList", "ShoppingList"),
        ("shopping list", "ShoppingList"),
        ("Größe", "Grosse"),
        ("APIKey", "ApiKey"),
    ],
)
def test_classes_read_as_people_wrote_them(text: str, expected: str) -> None:
    assert naming.class_name(text, ()) == expected


@pytest.mark.parametrize(
    ("singular", "expected"),
    [
        ("story", "stories"),
        ("box", "boxes"),
        ("person", "people"),
        ("day", "days"),
        ("salesperson", "salespersons"),
        ("news", "news"),
    ],
)
def test_plurals_are_english(singular: str, expected: str) -> None:
    assert naming.plural(singular) == expected


def test_taken_names_get_a_number() -> None:
    assert naming.class_name("Recipe", {"Recipe", "Recipe2"}) == "Recipe3"
    assert naming.attribute("title", {"title"}) == "title_2"
    assert naming.slug("Recipes", {"recipes"}) == "recipes-2"


def test_our_own_addresses_stay_ours() -> None:
    assert naming.slug("api", ()) == "api-list"
    assert naming.slug("Admin", ()) == "admin-list"
