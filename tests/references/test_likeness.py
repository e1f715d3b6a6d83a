"""What was built, beside its reference: the score, its reasons, and who is let through to look."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from blueprints.models import ReferenceComparison
from blueprints.references import capturing, comparing, given
from blueprints.references.browser import close_warm_browser
from blueprints.references.likeness import likeness
from blueprints.references.tokens import Color, Tokens
from environments import services as environments
from studio.core.colour_difference import delta_e
from studio.runtime import heartbeat
from tests.egress.places import Answer, canary, site
from tests.references.test_capturing import PRICING, run, screenshot

pytestmark = pytest.mark.timeout(300)

PAGE = Tokens(
    theme="light",
    colors=(
        Color("background", "#fff7ed", 0.8, 0.9, ""),
        Color("primary", "#ea580c", 0.02, 0.9, ""),
    ),
    palette=(("#fff7ed", 0.8), ("#ffffff", 0.15), ("#ea580c", 0.05)),
    layout=("tiers:3", "header:sticky", "width:1200"),
)


def other(**parts) -> Tokens:
    from dataclasses import replace

    return replace(PAGE, **parts)


def by_name(found):
    return {part.name: part for part in found.parts}


# The score


def test_a_page_is_like_itself():
    found = likeness(PAGE, PAGE)
    assert found.score == 100 and [part.score for part in found.parts] == [100, 100, 100]


def test_other_colours_cost_by_their_area_and_say_which():
    large = likeness(PAGE, other(palette=(("#101828", 0.8), ("#ffffff", 0.15), ("#ea580c", 0.05))))
    small = likeness(PAGE, other(palette=(("#fff7ed", 0.8), ("#ffffff", 0.15), ("#16a34a", 0.05))))
    assert by_name(large)["palette"].score < by_name(small)["palette"].score < 100
    assert any("#ea580c" in reason and "ΔE" in reason for reason in by_name(small)["palette"].reasons)


def test_the_use_of_a_colour_counts_too():
    swapped = other(
        colors=(Color("background", "#ea580c", 0.8, 0.9, ""), Color("primary", "#fff7ed", 0.02, 0.9, ""))
    )
    part = by_name(likeness(PAGE, swapped))["leading colours"]
    assert part.score == 0 and "background is #ea580c instead of #fff7ed" in part.reasons[0]


@pytest.mark.parametrize(
    ("layout", "score"),
    [
        (("tiers:3", "header:sticky"), 100),
        (("tiers:2", "header:sticky"), 83),
        (("grid:3", "header:sticky"), 85),
        (("tiers:3",), 50),
        ((), 0),
    ],
)
def test_layout_facts_count_whole_in_part_or_not(layout, score):
    assert by_name(likeness(PAGE, other(layout=layout)))["layout"].score == score


def test_of_what_a_reference_does_not_say_nothing_is_judged():
    picture = other(layout=(), colors=())
    assert list(by_name(likeness(picture, PAGE))) == ["palette"]
    assert likeness(picture, PAGE).score == 100


def test_the_difference_of_colours_is_that_of_the_standard():
    assert delta_e("#ffffff", "#ffffff") == 0
    assert delta_e("#ffffff", "#000000") == pytest.approx(100, abs=0.01)


# Looking at what was built


@pytest.fixture
def staging(project, settings):
    """The project's app on staging, as a page on loopback."""
    with site("127.0.0.1") as app:
        settings.ORCHARD_URL = f"http://localhost:{app.port}"
        environments.create_environments(project)
        close_warm_browser()
        yield app
        close_warm_browser()


def captured(blueprint, ada, tokens=PAGE):
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    run(reference)
    reference.tokens = capturing.TOKENS.dump_python(tokens, mode="json")
    reference.save(update_fields=["tokens"])
    return reference


def compare(blueprint) -> ReferenceComparison:
    build = uuid.uuid4()
    assert comparing.request(blueprint=blueprint, build=build, version=blueprint.version) == 1
    comparing.run_comparisons(build=build)
    return ReferenceComparison.objects.get(build=build)


@pytest.mark.django_db(transaction=True)
def test_what_was_built_is_compared_and_shown_beside_the_reference(blueprint, ada, api, client, staging):
    with canary() as secret:
        prying = f'<img src="http://127.0.0.1:{secret.port}/leak/img"><img src="http://localhost:{staging.port}/studio">'
        staging.pages["/"] = Answer(PRICING + prying.encode())
        reference = captured(blueprint, ada)
        done = compare(blueprint)
        assert secret.connections == []
    assert "/studio" not in [path for _, path, _ in staging.requests]
    assert (done.status, done.error) == ("done", None)
    assert done.score > 70 and {part["name"] for part in done.parts} == {
        "palette",
        "leading colours",
        "layout",
    }
    at = f"/api/projects/{blueprint.project_id}/blueprints/{blueprint.pk}/references/{reference.item_id}"
    shown = api(ada).get(at).json()["data"]["comparison"]
    assert (shown["status"], shown["score"], shown["operationId"]) == ("done", done.score, str(done.build))
    assert api(ada).get(shown["thumbnail"]).content[:4] == b"RIFF"
    client.force_login(ada)
    page = client.get(f"/projects/{blueprint.project.slug}/").content.decode()
    assert f">{done.score}</strong>" in page and "built-thumbnail.webp" in page
    newer = compare(blueprint)
    done.refresh_from_db()
    assert newer.picture and not done.picture and done.score  # of earlier builds the score is kept
    given.remove(reference)
    assert not ReferenceComparison.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_home_behind_a_door_says_so(blueprint, ada, staging):
    staging.pages["/"] = Answer(b"", 302, (("Location", "/accounts/sign-in/?next=/"),))
    staging.pages["/accounts/sign-in/"] = Answer(b"<h1>Sign in</h1>")
    captured(blueprint, ada)
    done = compare(blueprint)
    assert (done.status, done.error["code"], done.score) == ("failed", "sign_in", None)


@pytest.mark.django_db(transaction=True)
def test_an_app_that_is_not_there_is_told_of(blueprint, ada, staging):
    captured(blueprint, ada)
    done = compare(blueprint)
    assert (done.status, done.error["code"]) == ("failed", "page_error")


@pytest.mark.django_db(transaction=True)
def test_the_address_of_an_app_opens_no_door_for_a_person(blueprint, ada, staging):
    staging.pages["/"] = Answer(PRICING)
    environment = blueprint.project.environments.get(name="staging")
    url = f"{environments.live_url(environment)}/"
    done = run(given.add_url(blueprint=blueprint, by=ada, url=url))
    assert done.status != "captured" and staging.requests == []


@pytest.mark.django_db(transaction=True)
def test_a_comparison_that_nobody_makes_ends_and_one_whose_maker_died_is_made_again(blueprint, ada):
    captured(blueprint, ada)
    build = uuid.uuid4()
    comparing.request(blueprint=blueprint, build=build, version=1)
    rows = ReferenceComparison.objects.filter(build=build)
    assert comparing.request(blueprint=blueprint, build=build, version=1) == 1 and rows.count() == 1
    assert comparing.sweep() == 0
    late = timezone.now() - timedelta(seconds=1)
    rows.update(status="comparing", claimed_by="dead", lease_until=late)
    heartbeat.sign("captures@here", ["captures"])
    assert comparing.sweep() == 1 and rows.get().status == "queued"
    heartbeat.sign_off("captures@here")
    rows.update(lease_until=late)
    assert comparing.sweep() == 1
    assert (rows.get().status, rows.get().error["code"]) == ("failed", "no_worker")
