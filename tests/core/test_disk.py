"""A full disk is told as such, by the API and by pages, whoever noticed it."""

import errno
import json

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from studio.api.problems import problem_http
from studio.core.disk import disk_full
from studio.workspace.errors import OrchardErrorMiddleware

FULL = [OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device")]


@pytest.mark.parametrize("error", FULL)
def test_the_api_says_that_the_disk_is_full(error):
    answer = problem_http(error)
    assert answer.status_code == 507
    problem = json.loads(answer.content)
    assert (problem["code"], problem["retryable"]) == ("disk_full", True)
    assert "Make room" in problem["detail"]


@pytest.mark.parametrize("error", FULL)
def test_an_action_in_a_page_says_so_too(error):
    request = RequestFactory().post("/")
    request.htmx = True
    answer = OrchardErrorMiddleware(lambda request: None).process_exception(request, error)
    assert answer.status_code == 507
    assert "disk is full" in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("error", [OperationalError("database is locked"), OSError(errno.EACCES, "no")])
def test_other_failures_are_not_taken_for_it(error):
    assert disk_full(error) is None
