"""Every project has a staging and a production, each with its own name, database and secrets."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from environments.models import Environment
from environments.sealed import open_secrets, seal_secrets
from environments.services import create_environments
from studio.core.secrets import Unreadable, open_sealed
from studio.models import Project

pytestmark = pytest.mark.django_db


def test_both_environments_have_their_own_name_and_secret(project: Project) -> None:
    made = create_environments(project)
    assert made["production"].hostname == "aeries.localhost"
    assert made["staging"].hostname == "staging.aeries.localhost"
    keys = {open_secrets(environment)["SECRET_KEY"] for environment in made.values()}
    assert len(keys) == 2


def test_making_them_again_changes_nothing(project: Project) -> None:
    first = create_environments(project)
    again = create_environments(project)
    assert first == again
    assert open_secrets(first["staging"]) == open_secrets(again["staging"])


def test_secrets_changed_meanwhile_are_not_overwritten(environment: Environment) -> None:
    seen = environment.secrets
    assert seal_secrets(environment, {"A": "1"}, replacing=seen)
    assert not seal_secrets(environment, {"A": "2"}, replacing=seen)
    assert open_secrets(environment) == {"A": "1"}


def test_the_row_shows_no_secret(environment: Environment) -> None:
    assert open_secrets(environment)["SECRET_KEY"] not in environment.secrets


def test_rotation_seals_everything_with_a_new_key_and_drops_the_old_one_next_time(
    environment: Environment, home: Path
) -> None:
    seal_secrets(environment, {"TOKEN": "t"}, replacing=environment.secrets)
    before = environment.secrets
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    environment.refresh_from_db()
    assert said.getvalue() == "Sealed 2 values with a new key.\n"
    assert environment.secrets != before
    call_command("rotate_secrets", stdout=said)
    environment.refresh_from_db()
    assert open_secrets(environment) == {"TOKEN": "t"}
    with pytest.raises(Unreadable):
        open_sealed(before, purpose="environments.Environment.secrets", row=environment.pk)
    assert len((home / "secrets" / "encryption_keys").read_text().split()) == 2
