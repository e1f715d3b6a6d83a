"""Moods: lifted by talk, worn by tiredness and solitude."""

from __future__ import annotations

from random import Random

from .resident import Resident

MOODS = ("content", "cheerful", "curious", "tired", "restless", "wistful")
AFTER_TALK = ("content", "cheerful", "curious")
LONELY_AFTER_SECONDS = 150.0
TIRED_BELOW = 0.25


def after_talk(resident: Resident, random: Random, known: tuple[str, ...]) -> None:
    resident.mood = _one_of(AFTER_TALK, random, known)


def as_time_goes_by(resident: Resident, now: float, random: Random, known: tuple[str, ...]) -> None:
    """Called now and then. `known` are the moods the data model allows."""
    last_talk = max((bond.at for bond in resident.bonds.values()), default=now)
    if resident.energy < TIRED_BELOW:
        resident.mood = _one_of(("tired",), random, known)
    elif now - last_talk > LONELY_AFTER_SECONDS:
        resident.mood = _one_of(("wistful", "restless"), random, known)


def _one_of(wished: tuple[str, ...], random: Random, known: tuple[str, ...]) -> str:
    return random.choice([mood for mood in wished if mood in known] or known)
