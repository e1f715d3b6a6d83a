"""Kinds of screens people ask for by name: a board, a calendar, a sign-in."""

from __future__ import annotations

import re

from blueprints.architect.offline.statements import ScreenKind, Shows

_SCREEN_WORDS: tuple[tuple[ScreenKind, re.Pattern[str]], ...] = (
    (
        "board",
        re.compile(
            r"\b(?:kanban|kanban board|task board|drag and drop board|trello|boards? with columns|board view)\b",
            re.I,
        ),
    ),
    ("calendar", re.compile(r"\bcalendar\b", re.I)),
    (
        "dashboard",
        re.compile(
            r"\b(?:dashboard|charts?|graphs?|statistics|analytics|visuali[sz]ation|visuali[sz]e|"
            r"data analysis|reports? and charts?|kpis?)\b",
            re.I,
        ),
    ),
    (
        "auth",
        re.compile(
            r"\b(?:log ?in|login|sign ?in|sign-in|sign ?up|register (?:and|or|an account|for an account)|"
            r"registration and login|registration|create (?:an )?accounts?|user accounts?|authentication|log into)\b",
            re.I,
        ),
    ),
    ("page", re.compile(r"\b(?:about page|privacy policy|terms of (?:use|service))\b", re.I)),
    ("search", re.compile(r"\b(?:search(?:es|ing)?|filter(?:s|ing)?)\b", re.I)),
    (
        "settings",
        re.compile(
            r"\b(?:personal (?:information|profile|center|data|details|account)|(?:their|my|your|user) profiles?|own profile|"
            r"account settings|user (?:profile|settings|center)|profile (?:page|management|editing))\b",
            re.I,
        ),
    ),
    ("gallery", re.compile(r"\b(?:gallery|photo grid|image grid|masonry|lightbox)\b", re.I)),
    ("landing", re.compile(r"\b(?:landing page|marketing page|home ?page|hero section|brochure)\b", re.I)),
)


def screens_named(text: str) -> list[Shows]:
    """The kinds of screens these words name."""
    return [Shows(kind) for kind, pattern in _SCREEN_WORDS if pattern.search(text)]
