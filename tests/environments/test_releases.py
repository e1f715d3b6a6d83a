"""Releases move from state to state by conditional update, and one of them at most is live."""

from __future__ import annotations

import pytest

from environments import releases
from environments.models import Environment, Release
from studio.core.errors import Conflict

pytestmark = pytest.mark.django_db

COMMIT = "c0ffee" + "0" * 34


def begin(environment: Environment, key: str) -> Release:
    return releases.claim(environment, commit=COMMIT, key=key)


def test_numbers_count_per_environment(environment: Environment) -> None:
    assert [begin(environment, key).number for key in ("a", "b", "a")] == [1, 2, 1]


def test_going_live_retires_the_release_before(environment: Environment) -> None:
    first, second = begin(environment, "a"), begin(environment, "b")
    releases.go_live(first)
    releases.go_live(second)
    first.refresh_from_db()
    environment.refresh_from_db()
    assert (first.status, second.status) == ("retired", "live")
    assert first.retired_at is not None
    assert environment.current_release == second


def test_an_older_release_cannot_replace_a_newer_one(environment: Environment) -> None:
    first, second = begin(environment, "a"), begin(environment, "b")
    releases.go_live(second)
    with pytest.raises(Conflict):
        releases.go_live(first)
    second.refresh_from_db()
    assert second.status == "live"


def test_what_was_given_up_cannot_go_live(environment: Environment) -> None:
    release = begin(environment, "a")
    live = begin(environment, "b")
    releases.go_live(live)
    assert [old.number for old in releases.no_longer_serving(environment)] == [1]
    with pytest.raises(Conflict):
        releases.go_live(release)
    assert not releases.fail(release, reason="too late")
    live.refresh_from_db()
    assert live.status == "live"


def test_a_failed_release_is_prepared_anew_by_its_key(environment: Environment) -> None:
    assert releases.fail(begin(environment, "a"), reason="unhealthy")
    again = begin(environment, "a")
    assert (again.number, again.status, again.error) == (1, "preparing", "")


def test_a_live_release_stays_live_when_its_key_is_claimed_again(environment: Environment) -> None:
    releases.go_live(begin(environment, "a"))
    assert begin(environment, "a").status == "live"
