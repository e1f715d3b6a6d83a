"""What people do with the app: "users can post photos", "functionalities for …", "an app to track plants"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import known_field
from blueprints.architect.offline.grammar.capabilities import abilities_named
from blueprints.architect.offline.grammar.phrases import (
    ARTICLES,
    MODAL,
    ORDER,
    ReadClause,
    gerund,
    order_stripped,
)
from blueprints.architect.offline.grammar.screens import screens_named
from blueprints.architect.offline.grammar.subjects import deed_of
from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.naming import is_plural, singular
from blueprints.architect.offline.nouns import is_people, names_several, noun, role, verb_action, word_classes
from blueprints.architect.offline.statements import Behaves, Does, HasFields, Relates, Statement, Wants
from blueprints.architect.offline.text import split_list

_CAN = re.compile(
    rf"^(?:the\s+)?([\w' -]{{1,50}}?)\s+(?:also\s+)?{MODAL}\s+(?:also\s+|be able to\s+|then\s+|directly\s+)?(.+)$",
    re.I | re.S,
)
_LET = re.compile(
    r"^(?:let|allow|enable|allows?|want|need|help|enabling|"
    r"lets)\s+(?:the\s+)?([\w' -]{1,40}?)\s+(?:to\s+)?(?=\w)(.+)$",
    re.I | re.S,
)
_FUNCTIONS = re.compile(
    r"\b(?:functionalit(?:y|ies)|functions?|features?|modules?|pages?|sections?)\s*(?:for|of|such as|like|"
    r"including|include|to|:)\s+(.+)$|"
    r"\b(?:should|must|will)\s+(?:also\s+)?(?:have|include|contain|provide|support|offer|feature)\s+(.+)$",
    re.I | re.S,
)


_JUST_DOES = re.compile(
    r"^(?:their|the|our|an?|his|her)\s+[\w-]+\s+(\w+s)(?:\s*(?:,|or|and)\s+(\w+s))*$", re.I
)
_MEDIA_OF = re.compile(
    r"^(photos?|pictures?|images?|files?|documents?|videos?|notes?|comments?|reviews?|reports?|stories|"
    r"ratings?|receipts?|invoices?)\s+"
    r"(?:of|about|for|on|to)\s+(?:(?:an?|the|each|every|their|his|her|its|these|those|all)\s+)?([\w -]{2,30})$",
    re.I,
)


def doing(text: str, read: ReadClause) -> list[Statement] | None:
    if (does := _JUST_DOES.match(text)) is not None and all(
        verb_action(group[:-1]) for group in does.groups() if group
    ):
        return []
    if (deed := deed_of(text)) is not None:
        return [Wants(deed.core, 0.8, "create", counted=True), *deed.relations]
    functions = _FUNCTIONS.search(text)
    if functions is not None:
        return wanted(functions[1] or functions[2], 0.9, text, listed=True)
    can = _CAN.match(text)
    if can is not None and len(can[1].split()) <= 6:
        actor = can[1].strip()
        found = wanted(can[2], 0.8, text, verb_first=True, listed=True)
        if not is_people(actor) and noun(actor) and role(actor) is None and not _is_the_app(actor):
            found.append(Wants(noun(actor), 0.3))
        return found
    plain = re.match(r"^(?:the |all |our |my )?([\w-]{1,20})\s+(.+)$", text, re.I | re.S)
    if plain is not None and is_people(plain[1]) and verb_action(plain[2]) is not None:
        return wanted(plain[2], 0.8, text)
    if verb_action(text) is not None and not ORDER.match(text):
        return wanted(text, 0.8, text)
    let = _LET.match(order_stripped(text))
    if let is not None and is_people(let[1]):
        return wanted(let[2], 0.8, text, verb_first=True)
    doing = re.match(r"^(?:the |all |our |my |their )?([\w-]{3,20}s)\s+(\w+\s+\w.*)$", text, re.I | re.S)
    if (
        doing is not None
        and is_plural(doing[1])
        and noun(doing[1])
        and (known := verb_action(doing[2])) is not None
        and noun(known[2])
    ):
        return [Wants(noun(doing[1]), 0.5), *wanted(doing[2], 0.8, text)]
    return None


def _is_the_app(words: str) -> bool:
    return bool(
        re.search(
            r"\b(?:website|site|system|app|application|platform|program|page|tool|interface|it|management|end)\b",
            words,
            re.I,
        )
    )


def wanted(
    predicate: str, weight: float, sentence: str, *, verb_first: bool = False, listed: bool = False
) -> list[Statement]:
    """ "browse products, place orders and check out" → what is browsed, placed …

    `verb_first` says that the predicate must begin with a verb, so that an unknown first word is one.
    """
    found: list[Statement] = []
    predicate = re.sub(
        r"^(?:have |has |an? |the |some |basic |various |also )*(?:functionalit(?:y|ies)|functions?|"
        r"features?|abilit(?:y|ies)|capabilit(?:y|ies))\s*"
        r"(?:for|of|such as|like|including|include|to|:)?\s+", "", predicate, flags=re.I,
    )  # fmt: skip
    if (rated := _RATED.search(predicate)) is not None:
        scale = f" from {rated[2]} to {rated[3]}" if rated[2] else ""
        found.append(HasFields(noun(rated[1] or "") or "it", (f"rating{scale}",), add=True))
    detailed = _DETAILED.match(predicate)
    if detailed is not None:
        subject = _thing_named(split_list(detailed[1])[-1]) if split_list(detailed[1]) else ""
        items = [
            re.sub(rf"^{re.escape(subject)}(?:'s)?\s+", "", item, flags=re.I)
            for item in split_list(detailed[2])
        ]
        fields = tuple(item for item in items if known_field(item) and item.lower() not in ("user", "users"))
        if subject and fields:
            found.append(HasFields(subject, fields, add=True))
            predicate = ", ".join([detailed[1], *(item for item in items if item not in fields)])
    pieces = re.sub(r"\b(?:such as|like|including|for example|e\.g\.?)\s+", ", ", predicate, flags=re.I)
    last_action = owner = ""
    choosing = False
    for number, said in enumerate(split_list(pieces)):
        piece = re.sub(
            r"^(?:be able to|to|also|then|etc\.?|for|even|easily|quickly|directly|finally|first|"
            r"the ability to|ability to)\s+",
            "",
            said.strip(),
            flags=re.I,
        )
        known = verb_action(piece) or gerund(piece)
        if (
            known is not None
            and known[2].lower() in word_classes().tails
            and not piece.lower().split()[0].endswith("ing")
        ):
            known = None  # "order management" is about orders, though one can order
        found += (offered := abilities_named(piece))
        if any(one.whole for one in offered):
            found += screens_named(piece)
            continue
        if listed and not offered and len(piece.split()) <= 9:
            found.append(Does(piece))
        if known is None and verb_first and number == 0 and re.match(r"[a-z]+ \w", piece):
            verb, _, rest = piece.partition(" ")
            known = ("create", verb, rest)
        if known is not None:
            choosing = known[1] in _CHOOSING
        if choosing and known_field(bare := ARTICLES.sub("", known[2] if known is not None else piece)):
            found.append(HasFields("", (bare,), add=True))
            continue
        found += screens_named(piece)
        action, rest = (known[0], known[2]) if known is not None else (last_action, piece)
        last_action = action
        if action in _ABOUT_PEOPLE and _PEOPLE_MANAGED.match(rest):
            found.append(Wants("user", weight, action))
        elif (
            action == "create"
            and (media := _MEDIA_OF.match(ARTICLES.sub("", rest))) is not None
            and noun(media[2])
        ):
            found += [
                Wants(noun(media[1]), weight, action, counted=True),
                Relates(noun(media[1]), "belongs_to", noun(media[2]), sure=False),
            ]
        elif (named := _field_of(rest)) is not None:
            owner = named[0]
            found += [Wants(owner, weight * 0.8, action), HasFields(owner, (named[1],), add=True)]
        elif owner and known is None and known_field(rest):
            found.append(HasFields(owner, (rest,), add=True))
        elif thing := noun(rest):
            owner = owner if known is None and " " not in rest else ""
            certainty = weight * _CERTAINTY.get(action, 1.0) * (1.0 if known is not None else 0.85)
            found.append(Wants(thing, certainty, action, counted=names_several(rest, thing)))
            if known is not None and known[1] in ("upload", "import", "attach"):
                found.append(HasFields(thing, ("file",), add=True))
        if action != "read" and word_classes().behaviours.search(piece) and len(piece.split()) > 3:
            piece = re.sub(r"^(?:which|that|and|also)\s+", "", piece, flags=re.I)
            found.append(Behaves(f"{piece[:1].upper()}{piece[1:].rstrip('.')}."))
    return found


_RATED = re.compile(
    r"\brate\s+(?:(?:each|every|the|a|all)\s+)?([\w -]{2,30}?)(?:\s+(?:from\s+|with\s+)?(\d+)\s*(?:-|to|"
    r"–)\s*(\d+)(?:\s+stars?)?)(?=$|,|\s+and\b|\s+plus\b)",
    re.I,
)
_DETAILED = re.compile(
    r"^(.{3,200}?),?\s+(?:including|such as|which includes?|consisting of|like)\s+(.+)$", re.I | re.S
)


def _thing_named(piece: str) -> str:
    known = verb_action(piece) or gerund(piece)
    return noun(known[2] if known is not None else piece)


def _field_of(phrase: str) -> tuple[str, str] | None:
    """ "movie name" → ("movie", "name"), when the first is a thing and the second a usual field."""
    words = re.sub(r"^(?:the|a|an|their|its|each|every|all)\s+", "", phrase.strip().lower()).split()
    if words and is_plural(words[-1]):
        return None  # "cat photos" are things, "movie name" is a field
    for size in (2, 1):
        thing, field = singular(" ".join(words[:-size])), " ".join(words[-size:])
        if (
            len(words) <= 4
            and thing in usual_entities()
            and known_field(field)
            and noun(phrase) not in usual_entities()
        ):
            return thing, field
    return None


_CHOOSING = frozenset(
    {"choose", "select", "enter", "input", "pick", "fill in", "fill out", "specify", "provide", "give", "set"}
)
# How sure it is that what people do something with is a thing the app holds.
_CERTAINTY = {"read": 0.75, "do": 0.5, "": 0.9}
_ABOUT_PEOPLE = frozenset({"*", "create", "update", "delete", "do", ""})
_PEOPLE_MANAGED = re.compile(
    r"^(?:all |the |registered |other )*(?:(?:user |access )?(?:permissions?|roles?|rights)|users?|user "
    r"accounts?|accounts of users|user (?:information|info|"
    r"data|details|management|records?)|"
    r"personnel (?:information|management))(?:\s+(?:and|management|information|accounts?|data|details|"
    r"control|permissions?|roles?|settings?|assignment))*$",
    re.I,
)


def _without_s(predicate: str) -> str:
    """ "displays videos" → "display videos", after "a website that"."""
    verb, _, rest = predicate.partition(" ")
    for base in (verb.lower()[:-1], verb.lower()[:-2]) if verb.lower().endswith("s") else ():
        if base in word_classes().verbs:
            return f"{base} {rest}"
    return predicate


def wish(text: str, read: ReadClause) -> list[Statement] | None:
    ordered = order_stripped(text)
    found: list[Statement] = [*screens_named(text)]
    purpose = re.search(r"\s(?:for|to|where|that|which|of)\s+(.+)$", ordered, re.I | re.S)
    head = ordered[: purpose.start()] if purpose else ordered
    for piece in split_list(head):
        core = re.sub(
            r"\b(?:website|web site|site|system|app|application|platform|mini-program|mini program|program|"
            r"webpage|web page|page|tool|software|player|viewer|editor|generator|converter|calculator|"
            r"assistant|bot|engine|simulator|framework|widget|demo|manager|tracker|organi[sz]er|planner|"
            r"portal)\b.*$",
            "",
            piece,
            flags=re.I,
        )
        thing = noun(core)
        if thing:
            found.append(Wants(thing, 0.5 if core != piece or ordered == text else 0.7))
    if purpose and (
        inner := re.search(r"\b(?:where|in which|so that|whereby)\s+(.+)$", purpose[0], re.I | re.S)
    ):
        found += read(inner[1])
    if purpose:
        where = re.sub(
            rf"^(?:users?|people|i|we|you|they|members?|customers?|everyone|anyone)\s+(?:{MODAL}\s+)?",
            "",
            purpose[1],
            flags=re.I,
        )
        if re.match(r"\s(?:that|which)\s", purpose[0], re.I):
            where = _without_s(where)
        found += wanted(
            where, 0.7, text, verb_first=purpose[0].strip().lower().startswith("to ") or where != purpose[1]
        )
    return found or None
