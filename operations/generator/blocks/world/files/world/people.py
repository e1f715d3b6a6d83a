"""The cast: names, trades, loves and wishes of those who move in by themselves."""

from __future__ import annotations

from pathlib import Path

FIRST_NAMES, LAST_NAMES = (
    paragraph.split()
    for paragraph in (Path(__file__).parent / "names.txt").read_text("utf-8").split("\n\n")
)

# A trade brings one interest with it; two more come by chance.
ROLES = {
    "baker": "baking",
    "carpenter": "woodwork",
    "beekeeper": "bees",
    "gardener": "gardening",
    "weaver": "weaving",
    "fisher": "fishing",
    "teacher": "books",
    "postman": "letters",
    "painter": "painting",
    "potter": "pottery",
    "herbalist": "herbs",
    "cook": "cooking",
    "lamplighter": "stars",
    "clockmaker": "clocks",
    "fiddler": "music",
    "archivist": "history",
    "ferryman": "birds",
    "innkeeper": "chess",
    "shepherd": "walking",
}
INTERESTS = tuple(ROLES.values())

GOALS = {
    "baking": "Bake a loaf that makes the whole lane hungry.",
    "woodwork": "Finish the bench before the first frost.",
    "bees": "Find out where the wild swarm sleeps.",
    "gardening": "Grow a pear worth naming.",
    "weaving": "Weave the river, bends and all.",
    "fishing": "Meet the old pike once more, and let her go.",
    "books": "Read the last chapter aloud to somebody.",
    "letters": "Deliver the letter that came back twice.",
    "painting": "Get the pond right. Just once.",
    "pottery": "Make a cup that nobody wants to put down.",
    "herbs": "Find the one herb that is not in the book.",
    "cooking": "Win back the blue ribbon for soup.",
    "stars": "See one fall, and have company for it.",
    "clocks": "Hear all the clocks strike together.",
    "music": "Learn one song by heart, to the very end.",
    "history": "Fill the nine-day gap in the records.",
    "birds": "Be greeted by the wren for a change.",
    "chess": "Finish the game that began in spring.",
    "walking": "Find out what is behind the open gate.",
}
ANY_GOAL = "Say it to a friend, properly this time."


def full_name(number: int) -> str:
    """The name of the nth settler; different for some 1,300 of them."""
    round_, place = divmod(number, len(FIRST_NAMES))
    first = FIRST_NAMES[place]
    last = LAST_NAMES[(place * 7 + round_) % len(LAST_NAMES)]
    return f"{first} {last}"


def goal_of(interests: tuple[str, ...]) -> str:
    return next((GOALS[interest] for interest in interests if interest in GOALS), ANY_GOAL)
