"""Questions about the apps themselves: what they can do today, and plainly what they cannot yet."""

from __future__ import annotations

import re

_CAN = (
    r"(?:(?:(?:how )?(?:can|could|will|would|may|does|do|should|is)) "
    r"(?:i|we|one|people|users|it|this|the app|my app)|"
    r"how to|is it possible to|is there|are there|will there be|what about|how about)\b"
)  # never "can you …": that is an order

# What is asked, by topic; each pattern stands after "and", "but" or nothing at the start of a clause.
_TOPICS: tuple[tuple[str, str], ...] = (
    ("code", rf"(?:{_CAN}|where).{{0,40}}\b(?:source code|the code|its code|my code|as a zip|zip file|repository)\b"),
    ("export", rf"{_CAN}.{{0,40}}\b(?:export(?:s|ed|ing)?|csv|excel|spreadsheets?|back ?ups?|download (?:my|our|the|all))\b"),
    ("phone", (rf"{_CAN}.{{0,50}}\b(?:mobile[- ]friendly|responsive|(?:on|for|from|with|in) "
              r"(?:(?:an?|my|our|the|your|his|her|their|every|any) )?(?:smart|mobile |cell ?)?"
              r"(?:phones?|mobiles?|tablets?|iphones?|ipads?|android|small screens?))\s*(?:too|as well|also)?$")),
    ("publish", (rf"(?:{_CAN}|(?:where|when) (?:can|do|will) (?:i|we))\s.{{0,15}}\b"
                r"(?:publish(?:ed)?|deploy(?:ed)?|launch|release|host|put|go|bring|share)\b\s*"
                r"(?:(?:it|this|that|my app|our app|the app)\b.{0,40}|live\b.{0,20}|"
                r"(?:(?:on|to) )?(?:production|the internet|the web|online)\b.{0,20})?$")),
    ("data", (r"where(?:'s| is| are| does| do| will| can)\b.{0,30}\b(?:data|stored|saved|kept|live|database)\b|"
             r"is (?:my|our|the) data\b.{0,30}$|who (?:can|could) (?:see|read|access) (?:my|our) data\b")),
    ("api", rf"{_CAN}.{{0,30}}\b(?:rest api|an? api|the api|api access)$"),
    ("admin", rf"(?:{_CAN}|where).{{0,30}}\b(?:an?|the|my) (?:admin(?: (?:area|page|panel|site|interface))?|back ?office)$"),
)  # fmt: skip
_ASKED = tuple(
    (topic, re.compile(rf"^(?:(?:and|but|so|also) )?(?:{pattern})", re.I)) for topic, pattern in _TOPICS
)

ANSWERS = {
    "code": (
        "Yes, the code is yours: it lives in a git repository of its own, and "
        "`GET /api/projects/<project>/archive.zip` of the Studio's API hands it over as a zip."
    ),
    "export": (
        "Yes: every list has an Export button, for a table (CSV, which Excel opens) and for paper or PDF, with the "
        "filters that are set. Programs can read it as JSON through the app's REST API, under `/api/`."
    ),
    "phone": (
        "Yes, in the phone's browser: the pages are responsive and fit small screens. "
        "It is not an app for an app store."
    ),
    "publish": (
        "Publishing to production is not there yet. A build puts the app on *staging*, where it runs and can "
        "be used. The code can already be taken along as a zip, through the Studio's API."
    ),
    "data": (
        "On the machine the Studio runs on: every app has a database of its own there. You see and edit what "
        "it holds in the app's admin, and can read it through its REST API."
    ),
    "api": "Yes: every app gets a REST API under `/api/`, with JSON lists in pages.",
    "admin": "Yes: every app comes with an admin, where what it holds can be seen and edited.",
}


def about_the_apps(clause: str) -> str | None:
    """The honest short answer to a question about what the apps can do, None when it is no such question."""
    text = clause.strip(" .!?,")
    return next((ANSWERS[topic] for topic, pattern in _ASKED if pattern.search(text)), None)
