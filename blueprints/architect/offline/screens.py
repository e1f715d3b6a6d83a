"""Screens asked for by kind, with the data they need: a board gets a status, a calendar a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.architect.offline.derive import derive_board, words_of
from blueprints.architect.offline.fields import infer
from blueprints.architect.offline.naming import (
    join_words,
    kebab,
    spaced,
)
from blueprints.architect.offline.statements import (
    Shows,
)  # fmt: skip

if TYPE_CHECKING:
    from blueprints.architect.offline.planner import Planner


GAMES = {"snake": "Snake", "memory": "A memory game", "moles": "Whack-a-mole"}
PAGES = {
    "About": "Who is behind this and why.",
    "Privacy policy": "What is kept about visitors, and what is not.",
    "Terms of use": "What may be done here.",
    "Our story": "How it came about.",
    "History": "How it came about.",
    "Partnership": "How we work with others.",
    "Mission": "What it is for.",
}


def show(planner: Planner, statement: Shows) -> None:
    plan, main = (
        planner.plan,
        (planner.existing(statement.noun) if statement.noun else None) or planner.main(),
    )
    if statement.kind == "auth":
        plan.add_screen("Sign in", "auth", "Sign in, sign up and sign out.", [], "/sign-in/", quiet=False)
    elif statement.kind == "settings":
        plan.add_screen(
            "Profile",
            "settings",
            "One's own name, e-mail address and password.",
            [],
            "/profile/",
            quiet=False,
        )
        plan.add_screen("Sign in", "auth", "Sign in, sign up and sign out.", [], "/sign-in/")
    elif statement.kind == "page":
        name = statement.noun or "About"
        plan.add_screen(name, "page", PAGES.get(name, ""), [], f"/{kebab(name)}/", quiet=False)
    elif statement.kind == "game":
        plan.set_rule(f"games.{statement.noun}", f"{GAMES[statement.noun]} can be played.", {})
    elif statement.kind == "contact":
        plan.set_rule("contact.form", "Visitors write through a contact form, and staff read it.", {})
    elif statement.kind == "newsletter":
        if any(active.name == "newsletter" for active in planner.active_domains()):
            return  # the whole app is about it: subscribers are what people work on
        plan.set_rule("newsletter.signup", "Visitors sign up for the newsletter and leave it by a link.", {})
    elif statement.kind == "landing":
        plan.add_screen("Home", "landing", "What this is about, at a glance.", [], "/", quiet=False)
    elif main is None:
        return
    elif statement.kind == "board":
        staged = next((e for e in plan.entities if any(f.type == "choice" for f in e.fields)), main)
        if (
            not any(field.type == "choice" for field in staged.fields)
            and (draft := infer("status")) is not None
        ):
            plan.add_field(staged, draft)
        derive_board(plan, main if any(f.type == "choice" for f in main.fields) else staged)
    elif statement.kind == "calendar":
        dated = next(
            (e for e in plan.entities if any(f.type in ("date", "datetime") for f in e.fields)), main
        )
        if (
            not any(field.type in ("date", "datetime") for field in dated.fields)
            and (draft := infer("date")) is not None
        ):
            plan.add_field(dated, draft)
        many = words_of(dated)
        plan.add_screen(f"{spaced(dated.name).capitalize()} calendar", "calendar", f"{many} by day, week and month.",
                        [dated], f"/{kebab(many)}/calendar/", quiet=False)  # fmt: skip
    elif statement.kind == "dashboard":
        plan.add_screen("Dashboard", "dashboard", "Key figures and charts at a glance.", plan.entities[:4],
                        "/dashboard/", quiet=False)  # fmt: skip
    elif statement.kind == "gallery":
        shown = next((e for e in plan.entities if any(f.type == "image" for f in e.fields)), main)
        many = words_of(shown)
        plan.add_screen(f"{spaced(shown.name).capitalize()} gallery", "gallery", f"{many} as a grid of pictures.",
                        [shown], f"/{kebab(many)}/gallery/", quiet=False)  # fmt: skip
    elif statement.kind == "search":
        plan.add_screen("Search", "search", f"Find {join_words([words_of(e).lower() for e in plan.entities[:3]])}.",
                        plan.entities[:3], "/search/", quiet=False)  # fmt: skip
