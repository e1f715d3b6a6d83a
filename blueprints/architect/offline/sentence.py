"""A clause cut into simple sentences: one subject and one predicate, so that readers see one thing at a time.

"A job has an address, a date, and is assigned to one worker" becomes two sentences about a job; "tasks have
a title and each project has many tasks" becomes two with subjects of their own. Cuts are made outside
brackets only, and in time linear in the length of the clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import (
    is_people,
    people_like,
    verb_action,
    word_classes,
)

LOOK_AHEAD = 140  # characters read after a joint to tell whether a new sentence begins there

_STATING = (
    r"(?:is|are|was|were|has|have|had|can|could|may|might|must|should|shall|will|belongs?|needs?|contains?|"
    r"consists?|lives?|comes?|gets?|got|requires?)"
)
_MORE = r"(?:goes|go|uses|makes|holds|moves?|costs?|wants?|sees?)"
_ADVERBS = r"(?:also|then|only|just|usually|either|both|always|never|still|already)"
_PREDICATE = re.compile(rf"(?:{_ADVERBS} )*{_STATING}\s+\S", re.I)
_NOT_IN_A_NAME = (
    r"(?:of|for|in|on|at|to|with|from|by|as|and|or|but|not|i|we|you|they|it|he|she|them|us|me|him|that|which|who|whom|"
    r"where|when|whether|what|how|why|if|because|while|so|than|then|like|about|into|per|via|just|only|also|please|no|"
    r"is|are|was|were|be|been|has|have|had|can|could|may|might|must|should|shall|will|do|does|did)"
)
_DETERMINERS = r"(?:(?:each|every|all|any|both|one|an?|the|some|our|my|their|only)\s+)*"
_NAME = rf"{_DETERMINERS}(?:(?!{_NOT_IN_A_NAME}\b)[\w'/-]+\s+){{1,4}}?"
_SENTENCE = re.compile(
    rf"(?:(?:also|then|just|no)\s+)*{_NAME}(?:also\s+|then\s+)?(?:{_STATING}|{_MORE})\s+\S", re.I
)
_SUBJECT = re.compile(
    rf"({_NAME})(?:also\s+)?{_STATING}\b|((?:i|we|you|they|it|he|she|everyone|everybody|anyone|people|users?)\s)",
    re.I,
)
_SPEAKER = re.compile(
    r"(?:i|we|you|they|he|she|it|everyone|everybody|anyone|anybody|nobody|people|users?|visitors|guests|members|customers|"
    r"readers|admins?)\s+(?:(?:also|just|only|then|can)\s+)?(?!and\b|or\b|who\b|that\b)[a-z]{2,}",
    re.I,
)
_SPEAKING = re.compile(r"(?:can|need|want|would|like|love|have|say|tell|ask)\b", re.I)
_JOINT = re.compile(
    r"[(\[]|[)\]]|,\s+(?:(?:and|but|so|then|while)\s+)?|\s+(?:and|but)\s+|"
    r"\s+where\s+(?=(?:each|every|an?|you|i|we|users|people|customers)\s)",
    re.I,
)
_ITEM = re.compile(r"(?:whether|what|when|how|who|why|where|if|which|that)\b", re.I)
_AT_TIMES = re.compile(
    r"(?:every|each|on|once an?)\s+(?:day|week|month|year|morning|evening|night|weekend|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\s+(?=(?:i|we|they|everyone|people|users)\b)",
    re.I,
)


_QUESTION = re.compile(
    r"(?:(?:what|how|when|where|why|which)(?:\s+\w+)?\s+)?(?:is|are|do|does|did|can|could|will|would|should)\s+(?:it|this|that|i|we|you|they|there)\b",
    re.I,
)
_FOR_EACH = re.compile(
    r"(?:for|of|per)\s+(?:each|every)\s+[\w-]+(?:\s+[\w-]+)?,?\s+(?:(?:i|we|you|they)\s|[\w-]+,)", re.I
)
_SOMEBODY_DOES = re.compile(
    r"(?:only\s+[\w-]+|(?:their|the|his|her|our|my|an?)\s+[\w-]+|only\s+(?:the\s+)?[\w-]+)\s+([a-z]+)\b", re.I
)
_ORDER = re.compile(
    r"(?:(?:also|then|please)\s+)*(?:add|remove|delete|drop|rename|make|call|change|use|give|put|take out|skip)\s+\w",
    re.I,
)
_TOLD = re.compile(
    r"\b(?:can|could|should|must|may|might|will|able|let|lets|allow|allows|to|for|users?|people|they)\b|\b\w+ing\b",
    re.I,
)


def simple_sentences(clause: str) -> list[str]:
    """The clause's sentences in order, each with its subject; [clause] when it is one already."""
    text = _AT_TIMES.sub("", clause)
    found: list[str] = []
    start, lead, subject = 0, "", subject_of(text)
    for begin, end in _joints(text):
        rest = text[end : end + LOOK_AHEAD]
        if _begins_sentence(rest) and len(text[start:begin].split()) > 1:
            fresh = ""
        elif subject and _PREDICATE.match(rest):
            fresh = f"{subject} "
        elif _ORDER.match(rest) and (
            _ORDER.match(lead + text[start:begin]) or not _TOLD.search(text[start:begin])
        ):
            fresh = ""
        else:
            continue
        found.append(lead + text[start:begin])
        start, lead = end, fresh
        subject = subject_of(fresh + rest) or subject
    found.append(lead + text[start:])
    return [sentence for piece in found if (sentence := piece.strip(" ,"))]


def subject_of(sentence: str) -> str:
    """ "each job has …" → "each job"; "" when it does not begin with a subject and a stating verb."""
    match = _SUBJECT.match(sentence.strip())
    return (match[1] or match[2]).strip() if match else ""


def _joints(text: str) -> Iterator[tuple[int, int]]:
    """Where commas and "and" stand outside brackets, as (begin, end)."""
    depth = 0
    for match in _JOINT.finditer(text):
        if match[0] in ("(", "["):
            depth += 1
        elif match[0] in (")", "]"):
            depth = max(0, depth - 1)
        elif depth == 0:
            yield match.start(), match.end()


def _begins_sentence(rest: str) -> bool:
    if _QUESTION.match(rest):
        return True
    if _ITEM.match(rest):
        return False
    if _SENTENCE.match(rest) or _FOR_EACH.match(rest):
        return True
    somebody = _SOMEBODY_DOES.match(rest)
    if somebody is not None and _does(somebody[1]):
        return True
    if _SPEAKER.match(rest):
        verb = re.sub(r"^\S+\s+(?:(?:also|just|only|then|can)\s+)?", "", rest)
        return verb_action(verb) is not None or _SPEAKING.match(verb) is not None
    words = re.sub(r"^only\s+", "", rest, flags=re.I).split()
    return (
        len(words) > 2
        and is_plural(words[0])
        and (is_people(words[0]) or people_like(words[0]))
        and words[1].lower() in word_classes().verbs
    )


def _does(word: str) -> bool:
    """Whether this is a verb as one who does it has it: "approves", after "their boss"."""
    lower = word.lower()
    bases = {lower} | ({lower[:-1], lower[:-2]} if lower.endswith("s") else set())
    return any(base in word_classes().verbs and base not in word_classes().nouns_too for base in bases)
