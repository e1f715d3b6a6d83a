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
    ("search", re.compile(r"\b(?:search(?:es|ing)?|filter(?:s|ing)?)\b", re.I)),
    (
        "settings",
        re.compile(
            r"\b(?:personal (?:information|profile|center|data|details|account)|(?:their|my|your|user) profiles?|own profile|"
            r"(?:account|personal|system|general|basic|privacy) settings|settings page|(?:user )?preferences|"
            r"(?:change|reset|update)(?: their| the| my| your)? passwords?|user (?:profile|settings|center)|"
            r"profile (?:page|management|editing))\b",
            re.I,
        ),
    ),
    ("gallery", re.compile(r"\b(?:gallery|photo grid|image grid|masonry|lightbox)\b", re.I)),
    (
        "contact",
        re.compile(
            r"\b(?:contact form|contact page|contact us|get in touch|leave (?:us |them )?(?:a |their )?messages?|"
            r"contact the (?:company|developers?|owner|team|author|artist|clinic|studio|firm|organi[sz]ation)|"
            r"(?:send|write) (?:us|them) (?:a )?messages?|online consultation|contact through the)\b",
            re.I,
        ),
    ),
    ("newsletter", re.compile(r"\bnewsletters?\b", re.I)),
    ("landing", re.compile(r"\b(?:landing page|marketing page|home ?page|hero section|brochure)\b", re.I)),
)

# Pages of words, by the names people give them.
_PAGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("About", re.compile(r"\babout (?:page|us)\b", re.I)),
    ("Privacy policy", re.compile(r"\bprivacy (?:policy|page|statement)\b", re.I)),
    ("Terms of use", re.compile(r"\bterms (?:of (?:use|service)|and conditions)\b", re.I)),
    ("Our story", re.compile(r"\b(?:brand|company|our) story\b", re.I)),
    ("History", re.compile(r"\b(?:company|brand|our) history\b", re.I)),
    ("Partnership", re.compile(r"\b(?:partnership|cooperation) page\b", re.I)),
    ("Mission", re.compile(r"\b(?:our|company) (?:mission|values|culture)\b", re.I)),
)

# Games there are building blocks for, by their names.
_GAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "snake",
        re.compile(
            r"\bsnake\b(?!\s+(?:species|breed|owner))(?=.*\b(?:game|play)|\W*$)|\bgame\b.*\bsnake\b", re.I
        ),
    ),
    (
        "memory",
        re.compile(r"\bmemory (?:card )?(?:matching )?game\b|\b(?:card|pairs?)[- ]matching game\b", re.I),
    ),
    ("moles", re.compile(r"\bwhack?[- ]a[- ]mole\b", re.I)),
)


def screens_named(text: str) -> list[Shows]:
    """The kinds of screens these words name; pages and games with their names."""
    kinds = [Shows(kind) for kind, pattern in _SCREEN_WORDS if pattern.search(text)]
    kinds += [Shows("page", name) for name, pattern in _PAGES if pattern.search(text)]
    return kinds + [Shows("game", name) for name, pattern in _GAMES if pattern.search(text)]


_PLAIN_NAMES = ("contact", "newsletter", "page", "game")
_REFUSED = re.compile(
    r"\b(?:no|not|without|never|remove|drop|delete|skip|don't|doesn't|instead of|other than)\b|\?\s*$", re.I
)


def screens_told(clause: str) -> list[Shows]:
    """Screens whose names mean one thing only, wherever in a clause they stand; none where one is refused."""
    if _REFUSED.search(clause):
        return []
    return [shown for shown in screens_named(clause) if shown.kind in _PLAIN_NAMES]
