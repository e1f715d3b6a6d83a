"""Believable sample values for every column: what staging is filled with and tests are made of.

Deterministic: the same plan gives the same samples. Values are as JSON shows them; a relation is the
number of the target's sample.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from operations.generator import naming
from operations.generator.manifest import manifests
from operations.generator.model import Plan, PlannedEntity, PlannedField

COUNT = 8
DAY = date(2026, 3, 2)  # the same every time, so that samples never change a repository

# Words of dates that lie in the past, and of titles that only count.
HAPPENED = frozenset(
    """
    ordered paid issued moved measured raised recorded purchased sold bought logged sent received happened
    visited submitted placed spent scanned checked reported opened booked shipped delivered transferred
    """.split()
)
CODES = frozenset("number code no reference ref invoice".split())

PEOPLE = (
    "Ada Okafor",
    "Ben Lindqvist",
    "Cleo Marchetti",
    "Dev Raman",
    "Eleri Pugh",
    "Farah Haddad",
    "Greta Holm",
    "Hugo Sato",
)
PLACES = (
    "Mill Lane 4",
    "Harbour Hall",
    "Room 2.14",
    "The Old Bakery",
    "North Park",
    "Studio B",
    "Library, first floor",
    "Kitchen",
)
WORDS = ("Amber", "Birch", "Clover", "Drift", "Ember", "Fern", "Garnet", "Hazel")
SENTENCES = (
    "Worked the first time, and everybody asked for it again.",
    "A little more patience than expected, but worth the wait.",
    "Keep this one close by: it comes back every season.",
    "Simple, quick and good for a grey Tuesday.",
    "Start early and leave room for changes.",
    "Two people are enough; three make it fun.",
    "Ask Greta about the details before changing anything.",
    "Short version: do it in the morning.",
)
TITLES: dict[str, tuple[str, ...]] = {
    "recipe dish meal": (
        "Lemon tart",
        "Lentil soup with cumin",
        "Saffron risotto",
        "Apple crumble",
        "Flatbread on a stone",
        "Roast carrots with dukkah",
        "Plum galette",
        "Green shakshuka",
    ),
    "task todo chore step": (
        "Water the plants",
        "Send the invoice to Holm",
        "Book the train to Lund",
        "Fix the back gate",
        "Write the release notes",
        "Call the dentist",
        "Order seeds for spring",
        "Sort the photos",
    ),
    "project campaign initiative": (
        "Spring launch",
        "Kitchen renovation",
        "Garden plan",
        "New website",
        "Summer festival",
        "Archive move",
        "Winter coats drive",
        "Podcast, season two",
    ),
    "product item good": (
        "Oak side table",
        "Linen apron",
        "Copper kettle",
        "Walnut tray",
        "Wool blanket",
        "Stoneware mug",
        "Canvas tote",
        "Beeswax candle",
    ),
    "photo picture image": (
        "Golden hour",
        "Under the table",
        "A very small parade",
        "First snow",
        "Nobody moves",
        "Sunday nap",
        "By the window",
        "Morning light",
    ),
    "deal opportunity offer sale": (
        "Spare parts for a year",
        "Training days",
        "Website relaunch",
        "Shop fit-out",
        "Service contract",
        "Spring campaign",
        "Pilot project",
        "Workshop for twelve",
    ),
    "activity interaction": (
        "Called about the offer, wants figures by Friday",
        "Met at the fair and swapped cards",
        "Sent the contract over",
        "Asked for two references",
        "Agreed on a start in May",
        "Walked through the plans together",
        "Left a message, no answer yet",
        "Thanked them for the introduction",
    ),
    "book": (
        "The Salt Road",
        "A Field of Small Things",
        "Letters from the Weir",
        "North of the Orchard",
        "The Clockmaker's Year",
        "Nine Winters",
        "Paper Boats",
        "What the River Kept",
    ),
    "event meeting appointment session class lesson booking": (
        "Spring tasting",
        "Monthly planning",
        "Pottery for beginners",
        "Open garden day",
        "Reading circle",
        "Bike repair evening",
        "Choir rehearsal",
        "Neighbourhood breakfast",
    ),
    "service solution treatment": (
        "First consultation",
        "Planning and design",
        "Repair and upkeep",
        "Training for teams",
        "Care at home",
        "Yearly check",
        "Advice by phone",
        "Express service",
    ),
    "case study work portfolio": (
        "A library on two floors",
        "The harbour at night",
        "One hundred quiet chairs",
        "A bakery finds its name",
        "Ten gardens, one path",
        "The winter timetable",
        "Signs for a small town",
        "From shed to studio",
    ),
    "course training lesson module chapter lecture": (
        "First steps",
        "Tools and habits",
        "Reading the signs",
        "Working together",
        "Common mistakes",
        "Going deeper",
        "Practice day",
        "Putting it all together",
    ),
    "quiz exam test survey questionnaire": (
        "Warm-up round",
        "The basics",
        "Rivers and mountains",
        "Kitchen science",
        "Words and where they come from",
        "A hundred years ago",
        "Numbers everywhere",
        "The hard one",
    ),
    "question faq poll": (
        "How do I begin?",
        "What does it cost?",
        "Can I change my mind later?",
        "Who sees what I write?",
        "Does it work on a phone?",
        "How long does it take?",
        "Where do I find help?",
        "May I bring a friend?",
    ),
    "topic thread discussion": (
        "Introduce yourself here",
        "What are you working on this week?",
        "Best advice you were ever given",
        "Something does not work for me",
        "Plans for the summer meeting",
        "Which one would you choose?",
        "Show us your desk",
        "Small wins of the month",
    ),
    "board forum section": (
        "Welcome",
        "Questions and help",
        "Show and tell",
        "Ideas",
        "Events",
        "Market place",
        "Off topic",
        "News",
    ),
    "game": (
        "Lantern Run",
        "Four in the Orchard",
        "Quiet Harbour",
        "Paper Planes",
        "The Ninth Tower",
        "Clockwork Maze",
        "Snow Patrol",
        "Night Garden",
    ),
    "job vacancy": (
        "Carpenter, full time",
        "Gardener for the summer",
        "Bookkeeper, part time",
        "Front of house",
        "Web designer",
        "Workshop assistant",
        "Project lead",
        "Apprentice",
    ),
    "post article news announcement story note entry": (
        "What we learned in March",
        "A slow morning",
        "Three things worth keeping",
        "Notes from the workshop",
        "The long way home",
        "On mending",
        "First light",
        "A small list of joys",
    ),
    "category topic type genre tag label": (
        "Breakfast",
        "Garden",
        "Ideas",
        "Work",
        "Home",
        "Travel",
        "Reading",
        "Music",
    ),
    "team group club": (
        "Harbour crew",
        "Early birds",
        "Workshop",
        "Night shift",
        "Garden circle",
        "Design",
        "Support",
        "Field team",
    ),
    "channel room": ("general", "random", "design", "releases", "music", "help", "lunch", "reading"),
    "plan tier": ("Starter", "Team", "Studio", "Company", "Campus", "Family", "Solo", "Partner"),
    "company customer client organisation organization supplier partner sponsor brand": (
        "Holm & Sons",
        "Marchetti Studio",
        "Pugh Gardens",
        "Raman Bikes",
        "Sato Ceramics",
        "Haddad Books",
        "Lindqvist Sails",
        "Okafor Labs",
    ),
}
TEXTS: dict[str, tuple[str, ...]] = {
    "service solution treatment product": (
        "Made with care, explained in plain words, and ready when you are.",
        "We begin with what you have and agree on every step before it is taken.",
        "Small enough for one person, and it grows when you do.",
        "Takes an afternoon, lasts for years.",
        "Everything in one place, with somebody to ask at every turn.",
        "Tried by many, improved with each of them.",
        "No surprises: what it holds and what it costs is said first.",
        "A quiet favourite of those who have tried the rest.",
    ),
    "article post news announcement story case study work": (
        "It began with a question nobody had time for. A week later there were three answers, and one of them was good.",
        "We had planned for rain and got sunshine. What follows is what we would do again, and what we would not.",
        "Most of it was done by the second day. The last tenth took the rest of the month, as it always does.",
        "Somebody brought cake, somebody brought figures, and by noon the two had been put together.",
        "This is the short version. The long one has more weather in it, but the ending is the same.",
        "Five people, one table and a list that got shorter. Here is what was on it.",
        "What looked like a detail turned out to be the heart of it. We are glad that we looked twice.",
        "A year on, the numbers are in, and they are better than the first sketch promised.",
    ),
    "course training lesson module chapter lecture quiz exam test": (
        "What you need to know before you begin, and where to look when you are stuck.",
        "Short parts with something to try after each of them.",
        "You learn by doing: read a little, try it, compare.",
        "For those who have begun and want to be sure of the ground.",
        "One idea at a time, each with an example from daily life.",
        "A calm hour on what most people skip.",
        "Everything so far, put to use on one larger thing.",
        "Answers to the questions that come up every time.",
    ),
    "topic thread discussion": (
        "I have been wondering about this for a while and would love to hear how others do it.",
        "Here is what I tried so far. It half works. What am I missing?",
        "No wrong answers, just curious what people think.",
        "A few of us talked about this on Sunday and thought it belongs here.",
        "I looked through the older threads and found nothing, so here goes.",
        "Pictures welcome. I will begin.",
        "Let us collect the good ones in one place.",
        "It does not have to be big. Mine is tiny.",
    ),
    "answer faq": (
        "Yes, and you can change it at any time.",
        "It takes a few minutes; you are guided through it.",
        "Only those you choose, and staff when you ask for help.",
        "It works in every browser, on a phone as well.",
        "Write to us and you will hear back.",
        "Nothing is lost: you can pick up where you left.",
        "Look under your account, at the top of the page.",
        "Of course, bring whoever you like.",
    ),
    "comment reply review feedback testimonial": (
        "My favourite so far.",
        "Exactly what a grey Tuesday needed.",
        "I keep coming back to this one.",
        "Showed it to everybody at lunch.",
        "Simple and lovely.",
        "Thank you for sharing this.",
        "More of these, please.",
        "This made my morning.",
    ),
}
SHORT: dict[str, tuple[str, ...]] = {
    "city town": ("Lund", "Bristol", "Ghent", "Porto", "Turin", "Utrecht", "Bergen", "Graz"),
    "country": ("Sweden", "Wales", "Belgium", "Portugal", "Italy", "Netherlands", "Norway", "Austria"),
    "location place venue address room": PLACES,
    "author writer person contact customer owner assignee speaker guest host teacher": PEOPLE,
    "role job position": (
        "Baker",
        "Gardener",
        "Teacher",
        "Carpenter",
        "Librarian",
        "Postman",
        "Weaver",
        "Miller",
    ),
    "mood": ("curious", "calm", "cheerful", "dreamy", "restless", "proud", "shy", "playful"),
    "brand make": ("Brompton", "Surly", "Trek", "Pashley", "Canyon", "Woom", "Genesis", "Gazelle"),
    "code sku reference number": (
        "A-1042",
        "A-1043",
        "B-2210",
        "B-2211",
        "C-3001",
        "C-3007",
        "D-4100",
        "D-4102",
    ),
    "ingredient": (
        "2 lemons, 150 g sugar, 3 eggs",
        "200 g red lentils, 1 onion, cumin",
        "300 g rice, saffron, stock",
        "4 apples, oats, butter",
        "Flour, water, salt",
        "8 carrots, hazelnuts",
        "6 plums, puff pastry",
        "4 eggs, spinach, feta",
    ),
    "instruction method direction": (
        "Whisk, pour, bake for thirty minutes.",
        "Fry the onion, add the rest, simmer until soft.",
        "Stir slowly and keep the stock hot.",
        "Slice, cover with oats, bake until golden.",
        "Rest the dough for an hour, then bake on a hot stone.",
        "Roast at 200 degrees, turn once.",
        "Fold the edges in and bake until they puff.",
        "Let the eggs set on a low heat.",
    ),
    "caption": (
        "The light did all the work.",
        "Guess who chose this spot.",
        "Took eleven tries.",
        "Worth getting up early for.",
        "Looks calmer than it was.",
        "Nobody was asked to pose.",
        "Caught at just the right moment.",
        "One more for the album.",
    ),
    "unit": ("g", "ml", "piece", "kg", "cup", "spoon", "box", "pair"),
    "username handle": ("ada", "ben", "cleo", "dev", "eleri", "farah", "greta", "hugo"),
}
NUMBERS: dict[str, tuple[int, ...]] = {
    "minute duration time": (30, 25, 40, 55, 90, 35, 50, 20),
    "value budget revenue salary": (4200, 1850, 12600, 980, 7400, 2300, 15800, 5600),
    "total subtotal fee commission income expense turnover": (149, 89, 420, 260, 75, 310, 199, 540),
    "year": (2019, 2021, 2015, 2023, 2008, 2024, 2017, 2020),
    "rating score star": (5, 4, 3, 5, 4, 2, 5, 4),
    "serving portion people seat guest capacity": (4, 2, 6, 8, 12, 4, 6, 3),
    "age": (34, 28, 41, 57, 23, 38, 62, 45),
    "quantity stock count amount": (12, 3, 40, 7, 25, 1, 18, 9),
    "priority position order rank": (1, 2, 3, 4, 5, 6, 7, 8),
}
COLOURS = ("#3d6b35", "#94391a", "#2457a6", "#b4530a", "#6b4fa0", "#1f7a8c", "#a3242a", "#586022")


def samples(plan: Plan) -> dict[str, list[dict[str, object]]]:
    """Rows by class name, every entity after those it must have."""
    return {
        entity.name: [_row(entity, number) for number in range(COUNT)]
        for entity in in_order(plan)
        if not entity.account
    }


def histories(plan: Plan) -> list[str]:
    """Names of the entities of which staging gets more than one of each sample, back into the past: what
    happens again and again and has no name of its own, such as orders and measurements."""
    return [entity.name for entity in plan.entities if _recurs(entity)]


def _recurs(entity: PlannedEntity) -> bool:
    dated = any(
        column.type in ("date", "datetime") and set(naming.ascii_words(column.name)) & HAPPENED
        for column in entity.fields
    )
    title = entity.title_field
    return dated and (title is None or title.type == "text" or bool(set(title.name.split("_")) & CODES))


def planted(plan: Plan) -> list[str]:
    """Names of the entities that `manage.py seed` fills: not those a block fills itself."""
    own = {
        block.names.get(entity.name, "")
        for block in plan.blocks
        for entity in manifests()[block.name].requires.entities
        if manifests()[block.name].seed and not entity.sampled
    }
    return [
        entity.name
        for entity in in_order(plan)
        if not (entity.account or entity.managed or entity.name in own)
    ]


def in_order(plan: Plan) -> list[PlannedEntity]:
    """Entities, each after those it must point to and, where no circle forbids it, those it may."""
    by_name = {entity.name: entity for entity in plan.entities}
    needs = {name: _needs(name, by_name) for name in by_name}
    ordered: dict[str, PlannedEntity] = {}

    def place(name: str, above: frozenset[str]) -> None:
        for relation in sorted(by_name[name].relations, key=lambda one: not one.required):
            free = relation.target in by_name.keys() - above - ordered.keys()
            if free and (relation.required or not needs[relation.target] & (above | {name})):
                place(relation.target, above | {name})
        ordered.setdefault(name, by_name[name])

    for name in by_name:
        place(name, frozenset())
    return list(ordered.values())


def _needs(name: str, by_name: Mapping[str, PlannedEntity]) -> frozenset[str]:
    """What must exist before a record of this entity can, directly or at several removes."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for relation in by_name[waiting.pop()].relations:
            if relation.required and relation.target in by_name and relation.target not in found:
                found.add(relation.target)
                waiting.append(relation.target)
    return frozenset(found)


def _row(entity: PlannedEntity, number: int) -> dict[str, object]:
    return {
        column.name: value
        for column in entity.fields
        if (value := sample(column, entity, number)) is not None
    }


def sample(column: PlannedField, entity: PlannedEntity, number: int) -> object:
    """The `number`th value of this column, None for files and what fills itself."""
    turn = (number + zlib.crc32(column.name.encode())) % COUNT if column.type != "string" else number % COUNT
    match column.type:
        case "string" | "text":
            return _text(column, entity, number)
        case "integer" | "decimal" | "money":
            return _number(column, entity, number)
        case "boolean":
            return turn % 3 == 0
        case "choice":
            return column.choices[number % len(column.choices)].value
        case "date":
            return (DAY + timedelta(days=3 * number - 4)).isoformat()
        case "datetime":
            first = datetime(DAY.year, DAY.month, DAY.day, 9, 30, tzinfo=UTC)
            moment = first + timedelta(days=3 * number - 4, hours=7 * number % 9)
            return moment.isoformat().replace("+00:00", "Z")
        case "time":
            return f"{9 + number % 8:02}:30:00"
        case "duration":
            return f"0{number % 3}:{15 + 5 * number % 45:02}:00"
        case "email":
            return f"{PEOPLE[number % COUNT].split()[0].lower()}@example.org"
        case "url":
            return f"https://example.org/{column.name.replace('_', '-')}/{number + 1}"
        case "phone":
            return f"+46 70 555 01 {10 + number}"
        case "color":
            return COLOURS[turn]
        case "json":
            return {"note": WORDS[turn]}
        case _:
            return None


def _text(column: PlannedField, entity: PlannedEntity, number: int) -> str:
    pool = _pool(column, entity)
    if pool:
        text = pool[number % len(pool)]
    elif column.type == "text":
        text = SENTENCES[(number + zlib.crc32(column.name.encode())) % COUNT]
    else:
        text = f"{WORDS[number % COUNT]} {naming.ascii_words(column.label)[-1] if naming.ascii_words(column.label) else 'value'}"
    if column.unique and number >= COUNT:
        text = f"{text} {number + 1}"
    least, most = int(column.minimum or 0), int(column.maximum or 0)
    if len(text) < least:
        text = (text + " " + " ".join(SENTENCES) * (least // 200 + 1))[: max(least, len(text))].ljust(
            least, "."
        )
    return (
        text[:most].strip().ljust(least, ".")
        if most >= 1
        else text[:200]
        if column.type == "string"
        else text
    )


def _pool(column: PlannedField, entity: PlannedEntity) -> tuple[str, ...]:
    for word in naming.ascii_words(column.label):
        for keys, pool in SHORT.items():
            if {word, word.removesuffix("s")} & set(keys.split()):
                return pool
    kinds = naming.ascii_words(entity.label)
    kind = kinds[-1] if kinds else ""
    pools = (TEXTS if column.type == "text" else {}) | (TITLES if column == entity.title_field else {})
    for keys, pool in pools.items():
        if kind in keys.split():
            return pool
    if column == entity.title_field:
        if column.name in ("name", "full_name", "first_name") and entity.icon == "user":
            return PEOPLE
        if column.type == "string" and kind:
            return tuple(f"{word} {kind}" for word in WORDS)
    return ()


def _number(column: PlannedField, entity: PlannedEntity, number: int) -> object:
    """Sums of money differ from one kind of record to the other; counts stay in their order."""
    pool = next(
        (
            p
            for keys, p in NUMBERS.items()
            if {w.removesuffix("s") for w in naming.ascii_words(column.label)} & set(keys.split())
        ),
        None,
    )
    salt = zlib.crc32(f"{entity.name}.{column.name}".encode())
    turn = number + salt if column.type == "money" else number
    value: float = pool[turn % COUNT] if pool else 3 + (number * 7 + salt % 5) % 40
    least = column.minimum if column.minimum is not None else float("-inf")
    most = column.maximum if column.maximum is not None else float("inf")
    if column.unique:
        first = min(1, most - COUNT) if column.minimum is None else least
        pool, value = None, first + number
    value = min(most, max(least, value))
    if column.type == "integer":
        return int(value) if value >= least else int(value) + 1
    if column.type == "money":
        if pool:
            return f"{value:.2f}"
        return f"{min(most, value + 0.5):.2f}" if value + 0.5 <= most else f"{value:.2f}"
    return float(min(most, value + 0.5)) if value + 0.5 <= most else float(value)
