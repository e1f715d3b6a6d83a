"""From one sentence to a project: a name taken from it, a template that fits, the first message sent."""

from __future__ import annotations

import re

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from blueprints import services as blueprints
from operations.services import start_project
from studio import catalog
from studio.core.errors import Conflict, InvalidInput
from studio.models import Project
from studio.services import clean_name

NAME_WORDS = 4

# Words that carry no meaning at the start of a wish.
_FILLERS = {
    "a", "an", "the", "i", "we", "us", "me", "my", "our", "you", "want", "would", "like", "need", "please", "can",
    "could", "let's", "lets", "to", "build", "make", "create", "design", "write", "have", "there", "should", "be",
    "is", "are", "some", "app", "application", "site", "website", "page", "new", "simple", "small", "for", "of",
    "with", "that", "which", "who", "where", "and", "in", "on", "hello", "hi", "hey", "thanks",
}  # fmt: skip
# With these, and with most punctuation, the details begin.
_TURNS = {"with", "that", "which", "who", "where"}
_HINTS = {
    "social-world": "world worlds agent agents village villagers island creatures inhabitants residents simulation npc",
    "photo-feed": "photo photos feed pictures picture images gallery post posts instagram cat",
    "pricing-site": "pricing tiers landing marketing plans signup sign-up homepage",
    "team-chat": "chat channel channels messages messaging slack threads direct-messages",
    "dashboard": "dashboard chart charts metrics analytics kpi report reports graphs",
}


def begin(*, text: str, by: AbstractBaseUser) -> Project:
    """Start a project from what a person wrote on the start page, and put it to the Architect: all of it
    or nothing, so that no project stands there without her words.

    Raises InvalidInput for a message that cannot be sent, before anything is made.
    """
    text = blueprints.clean_text(text)
    with transaction.atomic():
        project = _start(derive_name(text), guess_template(text), by)
        blueprint = blueprints.create_blueprint(project=project, feature_name=project.name)
        blueprints.send_message(blueprint=blueprint, author=by, text=text)
    return project


def derive_name(text: str) -> str:
    """The first telling words: "I want a booking page for a ceramics studio" → "Booking ceramics studio",
    "a recipe box: recipes with a title" → "Recipe box"."""
    telling: list[str] = []
    for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[.,:;!?()]", text[:300]):
        if telling and (not word[0].isalnum() or word.lower() in _TURNS):
            break
        if word[0].isalnum() and word.lower() not in _FILLERS:
            telling.append(word)
    name = " ".join(telling[:NAME_WORDS])[:40].strip()
    return name[:1].upper() + name[1:] or "New project"


def guess_template(text: str) -> str:
    """The template most of whose words appear; the blank one when none does."""
    words = set(re.findall(r"[\w-]+", text.lower()))
    scores = {slug: len(words & set(hints.split())) for slug, hints in _HINTS.items()}
    best = max(scores, key=lambda slug: scores[slug])
    return best if scores[best] else catalog.DEFAULT


def _start(name: str, template: str, by: AbstractBaseUser) -> Project:
    """With the free name that the error suggests when this one is taken or reserved."""
    try:
        return start_project(name=clean_name(name), template=template, by=by)[0]
    except (Conflict, InvalidInput) as error:
        suggestion = error.details.get("suggestion")
        if not suggestion:
            raise
        return start_project(name=suggestion, template=template, by=by)[0]
