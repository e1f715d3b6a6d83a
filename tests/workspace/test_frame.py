"""What surrounds every page: the policy of what it may load, the account, the error pages."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.urls import path

from studio import urls as studio_urls
from studio.core import csp
from studio.core.errors import Conflict, OutsideFailure
from studio.workspace import slots


def fails(request):
    raise OutsideFailure("The disk is full.", action="/operations/", label="See the operations")


def conflicts(request):
    raise Conflict("Somebody was faster.")


def breaks(request):
    raise RuntimeError("a defect")


urlpatterns = [
    path("fails/", fails),
    path("conflicts/", conflicts),
    path("breaks/", breaks),
    *studio_urls.urlpatterns,
]


@pytest.fixture
def mine(ada, browser_of, settings):
    settings.ROOT_URLCONF = "tests.workspace.test_frame"
    mine = browser_of(ada)
    mine.raise_request_exception = False
    return mine


@pytest.mark.django_db
def test_an_error_page_names_the_cause_and_one_next_action(mine):
    response = mine.get("/fails/")
    page = response.content.decode()
    assert response.status_code == 502
    assert "The disk is full." in page
    assert '<a class="btn btn--primary" href="/operations/">See the operations</a>' in page


@pytest.mark.django_db
def test_a_defect_gets_a_page_that_tells_nothing_of_itself(mine):
    response = mine.get("/breaks/")
    assert response.status_code == 500
    assert "Something fell on our side" in response.content.decode()
    assert "a defect" not in response.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_gets_the_same_look(mine):
    response = mine.get("/nowhere/")
    assert response.status_code == 404
    assert "Nothing is planted here" in response.content.decode()


@pytest.mark.django_db
def test_every_page_may_load_our_own_scripts_and_styles_only(mine):
    policy = mine.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_frames_may_show_the_apps_of_this_instance_only(settings):
    settings.ORCHARD_URL, settings.ORCHARD_DOMAIN = "http://localhost:8123", "localhost"
    assert csp.app_origins() == "http://*.localhost:8123"
    settings.ORCHARD_URL, settings.ORCHARD_DOMAIN = "https://studio.example.org", "apps.example.org"
    assert csp.app_origins() == "https://*.apps.example.org"


def test_a_view_may_ask_for_more_than_the_policy_allows():
    request = RequestFactory().get("/")
    assert "style-src 'self' 'unsafe-inline'" in csp.policy(request, {"style-src": "'unsafe-inline'"})
    assert "connect-src 'self' ws://testserver" in csp.policy(request)


@pytest.mark.django_db
def test_the_account_menu_signs_out(mine):
    assert 'action="/sign-out/"' in mine.get("/").content.decode()
    assert mine.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert mine.get("/").status_code == 302


def test_a_slot_refuses_a_second_pane_of_the_same_name():
    taken = slots.pushed()[0]
    with pytest.raises(ValueError, match=taken.name):
        slots.register(taken)
