"""Whatever goes wrong under /api/, the answer is an RFC 9457 problem that says what, and leaks nothing."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import include, path

from studio import services
from studio.api import ApiView, endpoint
from studio.core.errors import OutsideFailure
from studio.models import ApiKey


@pytest.fixture
def client(ada):
    _, secret = services.create_api_key(user=ada, name="tests", scopes=ApiKey.Scope.values)
    return Client(headers={"X-API-Key": secret}, raise_request_exception=False)


def problem(answer, status, code):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content
    )
    document = answer.json()
    assert document["type"] == f"urn:orchard:problem:{code}"
    assert (document["status"], document["code"]) == (status, code)
    assert document["title"] and document["detail"].endswith(".")
    return document


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("address", ["/api/nothing", "/api/", "/api/projects/aeries/nothing/at/all"])
def test_an_unknown_address(client, method, address):
    problem(getattr(client, method)(address), 404, "not_found")


def test_an_address_with_a_slash_too_many_says_so(client):
    assert "without a slash" in problem(client.get("/api/templates/"), 404, "not_found")["detail"]


def test_a_method_that_is_not_there(client):
    answer = client.put("/api/templates")
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "body", ["{", "{'name': 1}", '{"name": NaN}', "\xff\xfe", "[" * 20_000, '{"name": ' + "9" * 5_000 + "}"]
)
def test_a_body_that_is_no_json(client, body):
    answer = client.post("/api/projects", body.encode("latin-1"), content_type="application/json")
    problem(answer, 422, "malformed_json")


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"', "[" * 50 + "]" * 50])
def test_a_body_that_is_no_object(client, body):
    answer = client.post("/api/projects", body, content_type="application/json")
    problem(answer, 422, "invalid")


def test_a_body_in_another_format(client):
    problem(client.post("/api/projects", {"name": "x"}), 415, "unsupported_media_type")


def test_a_body_beyond_all_measure(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = client.post("/api/projects", json.dumps({"name": "x" * 2_000}), content_type="application/json")
    problem(answer, 413, "too_large")


def test_mistakes_are_listed_with_pointers(client):
    body = {"nmae": "Cats", "template": 7}
    answer = client.post("/api/projects", json.dumps(body), content_type="application/json")
    mistakes = {
        mistake["pointer"]: mistake["message"] for mistake in problem(answer, 422, "invalid")["errors"]
    }
    assert mistakes["#/name"] == "This field is required."
    assert mistakes["#/nmae"] == "There is no such field."
    assert "string" in mistakes["#/template"]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("", 422, "invalid_name"),
        ("Admin", 422, "name_reserved"),
        ("x" * 81, 422, "invalid_name"),
        ("Aeries", 409, "name_taken"),
    ],
)
def test_an_unusable_project_name(client, project, name, status, code):
    answer = client.post("/api/projects", json.dumps({"name": name}), content_type="application/json")
    assert problem(answer, status, code)["errors"][0]["pointer"] == "#/name"


def test_an_unknown_template(client):
    body = {"name": "Fine", "template": "nope"}
    answer = client.post("/api/projects", json.dumps(body), content_type="application/json")
    assert "social-world" in problem(answer, 422, "unknown_template")["detail"]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\tbed"])
def test_an_unusable_idempotency_key(client, key):
    answer = client.post(
        "/api/projects",
        json.dumps({"name": "A"}),
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )
    problem(answer, 422, "invalid")


# Who asks


def test_nobody(db):
    answer = Client().get("/api/projects")
    problem(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("ApiKey")


def test_a_wrong_key_is_refused_even_where_a_session_would_do(ada):
    browser = Client(headers={"X-API-Key": "ork_wrong_key"})
    browser.force_login(ada)
    problem(browser.get("/api/projects"), 401, "invalid_api_key")


@pytest.mark.parametrize(("scopes", "method"), [(["projects:read"], "post"), (["projects:execute"], "get")])
def test_a_key_without_the_scope(ada, scopes, method):
    _, secret = services.create_api_key(user=ada, name="narrow", scopes=scopes)
    answer = getattr(Client(headers={"X-API-Key": secret}), method)("/api/projects")
    assert problem(answer, 403, "missing_scope")["scope"].startswith("projects:")


def test_a_browser_that_sends_no_csrf_token_changes_nothing(ada, project):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    body = json.dumps({"featureName": "World"})
    answer = browser.post("/api/projects/aeries/blueprints", body, content_type="application/json")
    problem(answer, 403, "csrf_failed")
    assert not project.blueprints.exists()
    browser.get("/sign-in/")
    assert browser.get("/api/projects").status_code == 200  # reading needs none


def test_a_browser_with_its_csrf_token_may(ada, project, settings):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/sign-in/")
    browser.force_login(ada)
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    answer = browser.post(
        "/api/projects/aeries/blueprints",
        json.dumps({"featureName": "World"}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 201


# Our own failures


class Broken(ApiView):
    @endpoint()
    def get(self, request):
        raise RuntimeError("the secret word is swordfish")

    @endpoint()
    def post(self, request):
        raise OutsideFailure("The model is overloaded.", code="overloaded", retryable=True)


urlpatterns = [path("api/broken", Broken.as_view()), path("", include("studio.urls"))]


@pytest.mark.urls(__name__)
def test_a_defect_is_logged_and_says_nothing_about_itself(client, caplog):
    answer = client.get("/api/broken")
    problem(answer, 500, "internal_error")
    assert b"swordfish" not in answer.content and b"Traceback" not in answer.content
    assert "swordfish" in caplog.text


@pytest.mark.urls(__name__)
def test_a_failure_outside_says_whether_trying_again_helps(client):
    answer = client.post("/api/broken", "{}", content_type="application/json")
    assert problem(answer, 502, "overloaded")["retryable"] is True
