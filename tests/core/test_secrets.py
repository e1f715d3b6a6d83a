"""Sealed values open only where they were sealed, and rotation reaches all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from studio.core.secrets import Unreadable, add_key, forget_old_keys, open_sealed, seal


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.ORCHARD_HOME = tmp_path
    settings.ORCHARD_ENCRYPTION_KEYS = []
    return tmp_path


def test_a_sealed_value_opens_and_shows_nothing() -> None:
    token = seal({"SECRET_KEY": "s3cret"}, purpose="a.B.c", row=1)
    assert "s3cret" not in token
    assert open_sealed(token, purpose="a.B.c", row=1) == {"SECRET_KEY": "s3cret"}


@pytest.mark.parametrize(("purpose", "row"), [("a.B.c", 2), ("a.B.d", 1)])
def test_a_value_copied_to_another_place_does_not_open(purpose: str, row: int) -> None:
    token = seal("x", purpose="a.B.c", row=1)
    with pytest.raises(Unreadable):
        open_sealed(token, purpose=purpose, row=row)


def test_a_damaged_value_does_not_open() -> None:
    with pytest.raises(Unreadable):
        open_sealed("nonsense", purpose="a.B.c", row=1)


def test_the_key_file_is_for_its_owner_only(home: Path) -> None:
    seal("x", purpose="a.B.c", row=1)
    assert (home / "secrets" / "encryption_keys").stat().st_mode & 0o077 == 0


def test_keys_from_the_environment_open_what_any_of_them_sealed(settings: Settings) -> None:
    settings.ORCHARD_ENCRYPTION_KEYS = ["old"]
    token = seal("x", purpose="a.B.c", row=1)
    settings.ORCHARD_ENCRYPTION_KEYS = ["new", "old"]
    assert open_sealed(token, purpose="a.B.c", row=1) == "x"
    settings.ORCHARD_ENCRYPTION_KEYS = ["new"]
    with pytest.raises(Unreadable):
        open_sealed(token, purpose="a.B.c", row=1)


def test_a_rotation_that_was_cut_short_loses_nothing_when_it_is_repeated() -> None:
    token = seal("x", purpose="a.B.c", row=1)
    add_key()  # and no further: nothing is sealed anew
    add_key()
    assert open_sealed(token, purpose="a.B.c", row=1) == "x"


def test_a_home_without_a_key_can_be_rotated(home: Path) -> None:
    assert add_key()
    assert len((home / "secrets" / "encryption_keys").read_text().split()) == 2


def test_only_what_nothing_is_sealed_with_is_forgotten() -> None:
    oldest = seal("x", purpose="a.B.c", row=1)
    add_key()
    old = seal("x", purpose="a.B.c", row=1)
    add_key()
    forget_old_keys()
    assert open_sealed(old, purpose="a.B.c", row=1) == "x"
    with pytest.raises(Unreadable):
        open_sealed(oldest, purpose="a.B.c", row=1)
