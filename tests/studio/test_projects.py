"""Projects: their names, their addresses, and who may see them."""

from __future__ import annotations

import pytest

from studio import access, services
from studio.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from studio.models import Membership, Project


def create(name, by, template="blank-service"):
    return services.create_project(name=name, template=template, by=by)


def test_who_creates_a_project_owns_it(ada):
    project = create("  Cat   Photos ", ada, "photo-feed")
    assert (project.name, project.slug, project.status) == ("Cat Photos", "cat-photos", "spawning")
    assert access.viewer_of(ada, project).role == "owner"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Cat Photos!", "cat-photos"),
        ("2048", "app-2048"),
        ("Ünïcödé Straße", "unicode-strasse"),
        ("Ada’s garden", "adas-garden"),
        ("x" * 80, "x" * 40),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_the_address_is_one_dns_label_made_of_the_name(name, slug):
    assert services.slug_of(name) == slug


def test_a_name_without_latin_letters_still_gets_an_address_of_its_own():
    garden, recipes = services.slug_of("мой сад"), services.slug_of("料理")
    assert garden.startswith("project-") and recipes.startswith("project-") and garden != recipes
    assert services.slug_of("мой сад") == garden


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a/b", "a\x00b", "tab\u202ebed"])
def test_an_unusable_name_is_refused_and_creates_nothing(ada, name):
    with pytest.raises(InvalidInput) as refusal:
        create(name, ada)
    assert refusal.value.code == "invalid_name"
    assert refusal.value.details["errors"][0]["pointer"] == "#/name"
    assert not Project.objects.exists()


def test_a_name_whose_address_belongs_to_the_studio_is_refused_with_a_suggestion(ada):
    with pytest.raises(InvalidInput) as refusal:
        create("Admin", ada)
    assert refusal.value.code == "name_reserved"
    assert create(refusal.value.details["suggestion"], ada)


@pytest.mark.parametrize("second", ["Cat Photos", "cat photos", "Cat-Photos", "Cät  Photos"])
def test_a_taken_name_or_address_is_refused_and_the_suggestion_is_free(ada, cleo, second):
    create("Cat Photos", ada)
    create("Cat Photos 2", ada)
    with pytest.raises(Conflict) as refusal:
        create(second, cleo)
    assert refusal.value.code == "name_taken"
    assert create(refusal.value.details["suggestion"], cleo).slug == "cat-photos-3"


def test_names_alike_in_their_first_forty_letters_get_a_suggestion_that_differs(ada):
    create("y" * 60, ada)
    with pytest.raises(Conflict) as refusal:
        create("y" * 61, ada)
    assert create(refusal.value.details["suggestion"], ada)


def test_an_unknown_template_is_refused_naming_those_there_are(ada):
    with pytest.raises(InvalidInput, match="social-world") as refusal:
        create("Fine", ada, "nope")
    assert refusal.value.code == "unknown_template"


def test_renaming_keeps_the_address(project):
    renamed = services.rename_project(project=project, name="Eyries")
    assert (renamed.name, renamed.slug) == ("Eyries", "aeries")


def test_a_project_may_be_renamed_to_its_own_name_but_not_to_another_s(ada, project):
    create("Other", ada)
    services.rename_project(project=project, name="aeries")
    with pytest.raises(Conflict):
        services.rename_project(project=project, name="other")


@pytest.mark.parametrize("spelling", ["id", "slug", "name"])
def test_a_project_is_found_by_id_slug_or_name(vera, project, spelling):
    services.rename_project(project=project, name="The Aeries")
    assert access.get_project(vera, str(getattr(project, spelling))) == project


def test_the_slug_wins_over_another_project_s_name(ada, project):
    impostor = create("Other", ada)
    Project.objects.filter(pk=impostor.pk).update(name="aeries")
    assert access.get_project(ada, "aeries") == project


@pytest.mark.parametrize(
    "key", ["aeries", "no-such-project", "a\x00b", "1b671a64-40d5-491e-99b0-da01ff1f3341"]
)
def test_a_stranger_finds_nothing_whether_or_not_it_exists(cleo, project, key):
    with pytest.raises(NotFound):
        access.get_project(cleo, key)
    assert not access.visible_projects(cleo).exists()


def test_a_stranger_has_no_view_of_a_project(cleo, project):
    with pytest.raises(NotFound):
        access.viewer_of(cleo, project)


def test_roles_rank_viewer_editor_owner(ada, ben, vera, project):
    for person, allowed in [
        (vera, {"viewer"}),
        (ben, {"viewer", "editor"}),
        (ada, {"viewer", "editor", "owner"}),
    ]:
        for role in ("viewer", "editor", "owner"):
            if role in allowed:
                assert access.get_project(person, project.slug, role=role) == project
            else:
                with pytest.raises(Forbidden):
                    access.get_project(person, project.slug, role=role)


def test_somebody_who_was_removed_sees_nothing_any_more(ben, project):
    Membership.objects.filter(user=ben).delete()
    with pytest.raises(NotFound):
        access.get_project(ben, project.slug)
