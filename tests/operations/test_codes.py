"""Every end has a label that somebody who reads the API's documentation can look up."""

import ast
from pathlib import Path

from django.conf import settings

from operations.codes import CODES

# What phases and the engine call, and what may therefore end an operation.
SOURCES = [
    "operations/engine",
    "operations/phases",
    "operations/workshop",
    "environments",
    "studio/core",
    "studio/runtime/supervisor.py",
]
# Said to a request, never by the work.
TO_REQUESTS = {"error", "forbidden", "failed"}


def said_codes():
    """Literal codes: `code="…"` of a call, `code = "…"` of a class."""
    for source in SOURCES:
        path = settings.BASE_DIR / source
        for file in [path] if path.is_file() else path.rglob("*.py"):
            if "migrations" not in file.parts:
                for code in codes_in(file):
                    yield code, str(Path(file).relative_to(settings.BASE_DIR))


def codes_in(file):
    for node in ast.walk(ast.parse(file.read_text())):
        values = []
        if isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        elif isinstance(node, ast.ClassDef):
            values = [
                line.value
                for line in node.body
                if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "code"
            ]
        yield from (value.value for value in values if isinstance(value, ast.Constant))


def test_every_code_that_work_can_end_with_is_listed():
    missing = {code: file for code, file in said_codes() if code not in CODES.keys() | TO_REQUESTS}
    assert not missing, f"operations/codes.py does not say what these mean: {missing}"


def test_no_code_is_listed_that_nobody_says():
    said = {code for code, _ in said_codes()} | {"migrate_failed", "seed_failed"}  # put together by name
    said |= set(codes_in(settings.BASE_DIR / "operations/generator/ledger.py"))
    said |= set(codes_in(settings.BASE_DIR / "studio/core/errors.py"))
    assert set(CODES) <= said, set(CODES) - said


def test_the_api_tells_what_they_mean(client):
    schema = client.get("/api/schema/?format=json").json()
    error = schema["components"]["schemas"]["OperationResource"]["properties"]["error"]
    assert all(f"`{code}`: {meaning}" in error["description"] for code, meaning in CODES.items())
