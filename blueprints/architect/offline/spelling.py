"""Slips of the fingers mended before reading: "recpies", "commnets", "titel", "proximty".

Only a missing, doubled or swapped letter inside a longer word is mended, and only towards a word the
Architect knows: swapping letters for others would turn real words ("planter") into known ones.
"""

from __future__ import annotations

import re
from functools import lru_cache

from blueprints.architect.offline.knowledge import domains, usual_entities
from blueprints.architect.offline.naming import plural, singular
from blueprints.architect.offline.nouns import word_classes
from blueprints.architect.offline.vocabulary import load_vocabulary
from blueprints.schemas import BlueprintDocument

SHORTEST = 5
_WORD = re.compile(r"[A-Za-z]{3,20}")
_SHORT_SLIPS = {
    "wiht": "with", "whit": "with", "teh": "the", "hte": "the", "adn": "and", "nad": "and", "taht": "that", "hvae": "have",
    "ahve": "have", "cna": "can", "nto": "not", "fro": "for", "thier": "their", "onyl": "only", "evry": "every", "jsut": "just",
    "lsit": "list", "dtae": "date", "naem": "name", "tilte": "title", "dont": "do not", "cant": "can not",
}  # fmt: skip


def mend(text: str, document: BlueprintDocument) -> str:
    """The text with slips mended; words of the plan count as known."""
    known, inner = _known(), _index()
    slips = _SHORT_SLIPS | load_vocabulary("misspelled")["misspelled"]
    own = {
        word
        for item in document.sections.data_model.entities
        for word in re.findall(r"[a-z]+", item.name.lower())
    }

    def fix(match: re.Match[str]) -> str:
        word = match[0]
        lower = word.lower()
        if lower in slips:
            return _cased(slips[lower], word)
        if (
            len(lower) < SHORTEST
            or lower in known
            or lower in own
            or singular(lower) in known
            or not word[1:].islower()
        ):
            return word
        if any(
            lower.endswith(end) and _root_known(lower.removesuffix(end))
            for end in ("ing", "ed", "er", "ers", "ly", "s", "es", "y")
        ):
            return word
        found = {
            candidate
            for key in (lower, *_deletions(lower))
            for candidate in inner.get(key, ())
            if _one_slip(lower, candidate)
        }
        if len(found) != 1:
            found = {
                candidate
                for candidate in found
                if candidate[-1] == lower[-1] and len(candidate) >= len(lower)
            }
        return _cased(found.pop(), word) if len(found) == 1 else word

    return _WORD.sub(fix, text)


def _root_known(root: str) -> bool:
    known = _known()
    return root in known or f"{root}e" in known or f"{root}y" in known or root[:-1] in known


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    phrases: list[str] = []
    for template in usual_entities().values():
        phrases += [template.name, *template.words, *(draft.name for draft in template.fields)]
    for entry in domains():
        phrases += [
            *entry.triggers,
            *(word for groups in entry.combinations for group in groups for word in group),
        ]
        for question in (*entry.questions, *(q for part in entry.parts for q in part.questions)):
            for option in question.options:
                phrases += [*option.says, *option.hears, option.label]
        phrases += [trigger for part in entry.parts for trigger in part.triggers]
    classes = word_classes()
    phrases += [
        *classes.verbs,
        *classes.people,
        *classes.roles,
        *classes.empty,
        *classes.tails,
        *classes.modifiers,
        *classes.stops,
    ]
    fields = load_vocabulary("fields")
    phrases += [str(name) for group in fields["names"] for name in group["names"]]
    phrases += [str(choice) for group in fields["names"] for choice in group.get("choices", ())]
    design = load_vocabulary("design")
    phrases += [
        phrase
        for group in ("roles", "styles", "themes", "layout")
        for words in design[group].values()
        for phrase in words
    ]
    phrases += [*load_vocabulary("colors")["shifts"], *load_vocabulary("words")["spelled"]]
    words = {
        word
        for phrase in phrases
        for word in re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", phrase).lower())
    }
    words |= set(load_vocabulary("colors")["colors"])
    return frozenset(words | {plural(word) for word in words if len(word) > 3})


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    """Known words by themselves and by each of their one-letter deletions."""
    index: dict[str, list[str]] = {}
    for word in _known():
        if len(word) >= SHORTEST:
            for key in {word, *_deletions(word)}:
                index.setdefault(key, []).append(word)
    return {key: tuple(words) for key, words in index.items()}


def _deletions(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _one_slip(typed: str, meant: str) -> bool:
    """One letter missing, one too many, or two neighbours swapped; the first letter is trusted."""
    if typed[0] != meant[0] or abs(len(typed) - len(meant)) > 1:
        return False
    if len(typed) == len(meant):
        differing = [at for at in range(len(typed)) if typed[at] != meant[at]]
        return (
            len(differing) == 2 and differing[1] == differing[0] + 1
            and typed[differing[0]] == meant[differing[1]] and typed[differing[1]] == meant[differing[0]]
        )  # fmt: skip
    longer, shorter = (typed, meant) if len(typed) > len(meant) else (meant, typed)
    at = next((at for at in range(len(shorter)) if longer[at] != shorter[at]), len(shorter))
    # A letter more or less at the very end is a form of the word, not a slip.
    return longer[:at] + longer[at + 1 :] == shorter and at < len(longer) - 1


def _cased(word: str, like: str) -> str:
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
