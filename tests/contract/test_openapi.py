"""The OpenAPI document: complete, resolvable, and made of the types the endpoints really use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.contract.routes import routes


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield f"{method.upper()} {path}", operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_openapi_3_1_and_readable_by_anybody(document):
    assert document["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_documented(document):
    documented = {re.sub(r"\{\w+\}", "{}", name) for name, _ in operations(document)}
    expected = {
        re.sub(r"<[^>]+>", "{}", f"{route.method} /{route.path}")
        for route in routes()
        if route.path.startswith("api/") and route.method != "ANY" and "?$" not in route.path
    }
    assert documented == expected


def test_every_reference_leads_somewhere(document):
    for reference in references(document):
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert isinstance(target, dict)


def test_operation_ids_are_unique(document):
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_operation_says_what_it_does_takes_and_answers(document):
    for name, operation in operations(document):
        assert operation["summary"], name
        success = [status for status in operation["responses"] if status.startswith("2")]
        assert len(success) == 1, name
        content = operation["responses"][success[0]].get("content")
        assert content or name.startswith("DELETE"), name
        for answer in (content or {}).values():
            assert list(references(answer["schema"])) or answer["schema"].get("format") == "binary", name
        for status in ("401", "403", "404", "422"):
            problem = operation["responses"][status]["content"]["application/problem+json"]
            assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert {"apiKey": []} in operation["security"], name


def test_a_field_with_a_default_is_optional_in_requests_and_certain_in_answers(document):
    schemas = document["components"]["schemas"]
    assert schemas["NewProjectRequest"]["required"] == ["name"]
    assert "references" not in schemas["ChatInputRequest"]["required"]
    assert {"blockers", "readyToBuild", "openQuestions"} <= set(schemas["BlueprintResource"]["required"])
    assert schemas["NewProjectRequest"]["additionalProperties"] is False


def test_the_page_to_try_it_runs_no_inline_script():
    page = Client().get("/api/docs/").content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S)
    assert scripts and all("src=" in attributes and not content.strip() for attributes, content in scripts)
    assert "<style" not in page and "https://" not in page
