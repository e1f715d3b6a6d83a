"""Noun phrases: which words of a clause name a thing the app could hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.naming import is_plural, plural, singular
from blueprints.architect.offline.vocabulary import load_vocabulary


@dataclass(frozen=True)
class WordClasses:
    verbs: dict[str, str]  # verb → action
    people: frozenset[str]
    audiences: frozenset[str]
    roles: dict[str, str]  # words → who
    empty: frozenset[str]
    tails: frozenset[str]
    modifiers: frozenset[str]
    stops: frozenset[str]
    behaviours: re.Pattern[str]
    deeds: dict[str, str]  # what people do → the thing that is left of it
    nouns_too: frozenset[str]  # verbs that are things as well ("order")
    things_when_meant: frozenset[str]  # a thing as soon as somebody says what it has or belongs to ("day")
    never_things: frozenset[str]  # the app itself and its looks ("website", "layout")
    no_people: frozenset[str]  # end like people and are none ("folder")
    trusted: frozenset[str]  # people with a task: what they are said to do, others may not


@lru_cache(maxsize=1)
def word_classes() -> WordClasses:
    raw = load_vocabulary("words")
    verbs: dict[str, str] = {}
    for action, group in raw["verbs"].items():
        for verb in group:
            verbs.setdefault(verb, action)
    roles = {words.lower(): who for who, group in raw["roles"].items() for words in group}
    deeds = {words: thing for thing, group in raw["deeds"].items() for words in group}
    behaviours = sorted(map(re.escape, raw["behaviours"]), key=len, reverse=True)
    return WordClasses(
        verbs, frozenset(raw["people"]), frozenset(raw["audiences"]), roles,
        frozenset(raw["empty_nouns"]), frozenset(raw["tails"]),
        frozenset(raw["modifiers"]), frozenset(raw["stops"]), re.compile(rf"\b(?:{'|'.join(behaviours)})\b", re.I),
        deeds, frozenset(raw["nouns_too"]), frozenset(raw["things_when_meant"]), frozenset(raw["never_things"]),
        frozenset(raw["no_people"]),
        frozenset(raw["trusted"]),
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def noun(phrase: str) -> str:
    """The thing a phrase is about, singular and in lower case; "" when it names nothing to hold.

    "all their available errand services online" → "errand service", "order management" → "order".
    """
    classes = word_classes()
    words = re.findall(r"[a-z0-9][a-z0-9'-]*", re.sub(r"\([^)]*\)?", " ", phrase.lower()))
    words = [word.removesuffix("'s").strip("'-") for word in words]
    if len(words) > 1:
        words = [word for word in words if not word[0].isdigit()] or words
    if technologies().search(phrase):
        phrase = technologies().sub(" ", phrase)
        return noun(phrase) if re.search(r"[a-z]{3}", phrase, re.I) else ""
    words = _strip_modifiers(words, classes.modifiers)
    for index, word in enumerate(words):
        if index and (word in classes.stops or word in _PRONOUNS or _is_verb(words, index)):
            words = words[:index]
            break
    if words and (words[0] in classes.stops or words[0] in _PRONOUNS):
        return ""
    while len(words) > 1 and (words[-1] in classes.tails or " ".join(words[-2:]) in classes.tails):
        if _singular(words) in usual_entities():
            break
        words = words[:-1]
    while len(words) > 1 and words[-1] in {"too", "etc", "please", "feature", "well", "also", "instead"}:
        words = words[:-1]
    words = words[-3:]
    while (
        len(words) > 1
        and _singular(words) not in usual_entities()
        and (words[0] in classes.tails or words[0] in ("user", "users", "data"))
    ):
        words = words[1:]
    while len(words) > 2 and (is_abstract(words[0]) or words[0].endswith("ic") or words[0] in classes.people):
        words = words[1:]
    if len(words) == 2 and _QUALITY.search(words[0]) and _singular(words) not in usual_entities():
        words = words[1:]
    core = _singular(words)
    if not core or core.isdigit() or core in classes.modifiers:
        return ""
    if len(words) > 1 and core in usual_entities():
        return core
    if words[-1] in _THINGS_IN_PLURAL:
        return core
    if core in classes.empty or " ".join(words) in classes.empty:
        return ""
    if (words[-1] in classes.empty or singular(words[-1]) in classes.empty) and words[
        -1
    ] not in _HEADS_WITH_A_NAME:
        return ""
    if len(words) == 1 and (
        words[0] in classes.tails or (words[0] in classes.verbs and not is_plural(words[0]))
    ):
        return core if core in usual_entities() or core in word_classes().nouns_too else ""
    return core if re.search(r"[a-z]{2}", core) and re.search(r"[aeiouy]", core) else ""


# Empty alone, a thing with a word before it: "log" says nothing, "expense list" does through its tail.
_HEADS_WITH_A_NAME = frozenset(
    {"device", "entry", "option", "setting", "link", "language", "model", "place", "step"}
)


# "A tool for …" is the app itself, "lend tools" is about things.
_THINGS_IN_PLURAL = frozenset({"tools", "devices", "places", "models", "languages"})
_PRONOUNS = frozenset(
    {"i", "me", "you", "we", "us", "it", "they", "them", "this", "that", "these", "those", "he", "she", "him", "her",
     "who", "whom", "something", "whatever", "nothing", "anything", "everything", "somebody", "nobody", "each other"}
)  # fmt: skip


def people_like(word: str) -> bool:
    """Whether a plural looks like people ("plumbers", "trainees"): what follows is then what they do."""
    return _PEOPLE_ENDING.search(word) is not None and singular(word.lower()) not in word_classes().no_people


_PEOPLE_ENDING = re.compile(
    r"(?:[eo]rs|ees|ists|ents|ants|eople|men|kids|children|friends|pupils|staff|ians)$", re.I
)


def _is_verb(words: list[str], index: int) -> bool:
    """Whether the word here is what the words before it do: "employers post jobs", "the boss approves it"."""
    classes, word, before = word_classes(), words[index], words[index - 1]
    after = words[index + 1] if index + 1 < len(words) else ""
    if " ".join([*words[:index], singular(word)]) in usual_entities():
        return False
    goes_on = bool(after) and after not in classes.tails and after not in classes.stops
    if word in classes.verbs and is_plural(before):
        return people_like(before) or (goes_on and before not in _PLURAL_HEADS)
    base = {word[:-1], word[:-2]} if word.endswith("s") else set()
    if (
        base & (set(classes.verbs) - classes.nouns_too)
        and not is_plural(before)
        and before not in classes.verbs
    ):
        return True
    return (
        goes_on and not is_plural(before) and before not in classes.verbs and bool(base & set(classes.verbs))
    )


_PLURAL_HEADS = frozenset({"sales", "news", "goods", "sports", "customs", "savings", "operations", "series"})
_QUALITY = re.compile(r"(?:ible|ive|ous|ful|less)$")
_ABSTRACT = re.compile(
    r"(?:ing|ion|ity|ness|ancy|ency|acy|ance|ence|ive|able|ible|ful|ous|ed|ship|ism|ics|ly|ment|ability|ization|"
    r"(?:[a-z]{3,}(?:nal|ial|ual|cal|matic|namic|anic|amic|istic)))$"
)


def _singular(words: list[str]) -> str:
    return " ".join([*words[:-1], singular(words[-1])]) if words else ""


def thing_or_person(phrase: str) -> str:
    """As `noun`, but what says nothing by itself counts too: in a relation "one person", "a version", "each
    day" are things of their own.
    """
    found = noun(phrase)
    if found:
        return found
    words = re.findall(r"[a-z]+", phrase.lower())
    while words and words[0] in word_classes().modifiers and len(words) > 1:
        words = words[1:]
    if not 1 <= len(words) <= 2 or any(word in word_classes().stops or word in _PRONOUNS for word in words):
        return ""
    last = singular(words[-1])
    general = (
        last in word_classes().things_when_meant
        or words[-1] in word_classes().empty
        or last in word_classes().empty
    )
    return _singular(words) if general and last not in word_classes().never_things else ""


def names_several(phrase: str, core: str) -> bool:
    """Whether the phrase says this noun in the plural."""
    many = plural(core.rpartition(" ")[2])
    return many != core.rpartition(" ")[2] and many in re.findall(r"[a-z-]+", phrase.lower())


def is_abstract(word: str) -> bool:
    """Whether an unknown word looks like an activity or a quality ("aggregation", "flexible"), not a thing."""
    return _ABSTRACT.search(word) is not None


@lru_cache(maxsize=1)
def technologies() -> re.Pattern[str]:
    """Names of technologies and words of the trade, longest first."""
    raw = load_vocabulary("technology")
    found = sorted([*raw["frameworks"], *raw["names"], *raw["words"]], key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, found))})(?![\w-])", re.I)


def technology_names(text: str) -> list[str]:
    """The technologies named in a text, as they are written, each once."""
    names = {name.lower(): name for name in load_vocabulary("technology")["frameworks"]}
    found = (names.get(match[0].lower()) for match in technologies().finditer(text))
    return list(dict.fromkeys(name for name in found if name is not None))


def _strip_modifiers(words: list[str], modifiers: frozenset[str]) -> list[str]:
    changed = True
    while changed and words:
        changed = False
        for size in (3, 2, 1):
            if len(words) >= size and " ".join(words[:size]) in modifiers and len(words) > size:
                words, changed = words[size:], True
                break
    return words


def role(words: str) -> str | None:
    """Who these words are, as `access.permission` says it; None when they name nobody we know."""
    classes = word_classes()
    text = re.sub(r"^(?:the|an?|all|any|other|our|my)\s+", "", words.lower().strip())
    if re.match(r"(?:signed|logged)[- ]?in\b|registered\b|authenticated\b", text):
        return "signed_in"
    if text in classes.roles:
        return classes.roles[text]
    return classes.roles.get(words.lower().strip())


def is_people(words: str) -> bool:
    text = re.sub(r"^(?:the|all|any|other|our|my|registered|new|different)\s+", "", words.lower().strip())
    return text in word_classes().people or role(words) is not None


@lru_cache(maxsize=8192)
def verb_action(text: str) -> tuple[str, str, str] | None:
    """(action, verb, rest) when the text starts with a verb we know ("edit their posts"), else None."""
    classes = word_classes()
    words = text.strip().split()
    for size in (3, 2, 1):
        verb = " ".join(words[:size]).lower().strip(",")
        if len(words) >= size and verb in classes.verbs:
            return classes.verbs[verb], verb, " ".join(words[size:])
    if len(words) > 2 and words[0].endswith("s") and words[1].lower() in _DETERMINERS:
        verb = words[0].lower()
        for base in (verb[:-1], verb[:-2]):
            if base in classes.verbs:  # "shows the weather"; a bare "orders" is a thing
                return classes.verbs[base], base, " ".join(words[1:])
    return None


_DETERMINERS = frozenset({"the", "a", "an", "all", "my", "their", "your", "our", "every", "each", "its"})
