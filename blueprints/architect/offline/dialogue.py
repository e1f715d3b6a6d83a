"""Questions and answers: what is still open, and what a message answers, asked or not yet asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from blueprints.architect.offline.knowledge import Option, Question
from blueprints.architect.offline.smalltalk import APPROVAL
from blueprints.architect.offline.text import find_phrase, stem, stems

_ORDINALS = {
    "first": 1,
    "former": 1,
    "second": 2,
    "latter": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
}
_ORDINAL = re.compile(
    r"\b(?:the\s+)?(first|second|third|fourth|former|latter|1st|2nd|3rd|last)(?:\s+(?:one|option|choice|idea|"
    r"way))?\b|"
    r"\b(?:option|number|choice|no\.?|answer)\s*#?\s*([1-9a-d])\b|^\W*#?([1-9a-d])\s*[.)!]?\s*$|\b([1-9])\s*[.):]\s",
    re.I,
)
_ONLY_FIGURES = re.compile(r"^\W*[1-9a-d](?:\s*(?:,|and|&|then|\s)\s*[1-9a-d])*\W*$", re.I)
_YOU_DECIDE = re.compile(
    r"\b(?:you (?:decide|choose|pick)|up to you|your (?:choice|call)|do(?: not|n't) (?:care|mind|know)|"
    r"does(?: not|n't) matter|"
    r"no preference|no idea|not sure|whatever|whichever|either(?: one| way)? is fine|either|surprise me|"
    r"(?:the )?defaults?|what you (?:recommend|think)|as you (?:like|recommend|think)|recommended)\b",
    re.I,
)
_CORRECTION = re.compile(
    r"^\W*(?:(?:hm+|uh+|oh|ah|um+|well|ok|okay)\W+)*(?:no\b|nope\b|actually\b|wait\b|sorry\b|rather\b|i "
    r"meant\b|change (?:it|that)\b|instead\b|"
    r"on second thought)|"
    r"\binstead\b|\bchanged my mind\b|\brather\b|\bswitch to\b|\bactually\b",
    re.I,
)
_NO_TO_BEFORE = re.compile(
    r"^\W*(?:(?:hm+|uh+|oh|ah|um+|well|ok|okay|actually|sorry|wait)\W+)*no\s*[,;:.]\s*(?!please|thank)(?=\w)",
    re.I,
)
CLEAR, LOOSE = 20, 10  # a phrase's weight; longer phrases weigh a little more, never twice as much
_NEGATIONS = {"not", "no", "without", "instead", "than", "never", "neither", "nor", "isn't", "don't"}
_BRIDGES = {
    "of",
    "the",
    "by",
    "a",
    "an",
    "be",
    "on",
    "with",
    "in",
    "just",
    "only",
    "any",
    stem("using"),
    stem("based"),
}


@dataclass(frozen=True)
class Answer:
    question: Question
    option: Option
    at: int  # the clause it was found in, -1 for the whole message


def is_correction(text: str) -> bool:
    return _CORRECTION.search(text) is not None


def leaves_it_to_us(text: str) -> bool:
    return _YOU_DECIDE.search(text) is not None


def read_answers(
    clauses: Sequence[str],
    *,
    asked: Sequence[Question],
    decided: Iterable[tuple[Question, str]],
    unasked: Sequence[Question],
    correcting: bool,
    strictly: Collection[int] = (),
) -> list[Answer]:
    """What these clauses answer: asked questions by word, number or "you decide", others by clear words.

    `decided` come with the value they have; they are answered anew only by something else. `strictly`
    are clauses that say something of their own, so that only clear words in them are an answer.
    """
    if asked and _ONLY_FIGURES.match(" ".join(clauses)):
        numbered = _numbered(clauses, asked)
        if numbered:
            return numbered
    by_topic: dict[str, Answer] = {}
    weights: dict[str, int] = {}
    short = sum(len(clause.split()) for clause in clauses) <= 14
    for index, clause in enumerate(clauses):
        # "no, public": a "no" before a comma answers what came before, not what follows. And "looks good" is
        # said of the plan, whatever a question offers about looks.
        found = stems(APPROVAL.sub(" ", _NO_TO_BEFORE.sub("", clause)))
        for question in asked:
            option, weight = _heard(question, found, loosely=index not in strictly)
            # An option's own words outrank a loose one in another clause; of equals the last word counts.
            if option is not None and weight // CLEAR >= weights.get(question.topic, 0) // CLEAR:
                by_topic[question.topic] = Answer(question, option, index)
                weights[question.topic] = weight
        for question in unasked:
            option = _spoken(question, found, loosely=False)
            if option is not None:
                by_topic.setdefault(question.topic, Answer(question, option, index))
        for question, value in decided:
            option = _spoken(question, found, loosely=correcting and short and not by_topic)
            if option is not None and option.value != value:
                by_topic[question.topic] = Answer(question, option, index)
    left = [question for question in asked if question.topic not in by_topic]
    by_topic |= {answer.question.topic: answer for answer in _numbered(clauses, left)}
    left = [question for question in asked if question.topic not in by_topic]
    if left and any(leaves_it_to_us(clause) for clause in clauses):
        for question in left:
            by_topic[question.topic] = Answer(question, recommended(question), -1)
    return list(by_topic.values())


def recommended(question: Question) -> Option:
    return next(option for option in question.options if option.recommended)


def spoken(question: Question, text: str, *, loosely: bool) -> Option | None:
    """The one option this text chooses, None when it chooses none or several."""
    return _spoken(question, stems(text), loosely=loosely)


def _spoken(question: Question, found: list[str], *, loosely: bool) -> Option | None:
    return _heard(question, found, loosely=loosely)[0]


def _heard(question: Question, found: list[str], *, loosely: bool) -> tuple[Option | None, int]:
    """The one option these words choose and how clearly, (None, 0) when they choose none or several.

    Clear words outrank loose ones, longer phrases shorter ones, and "not by proximity" chooses the
    other option when there are two.
    """
    scores: dict[str, int] = {}
    refused: set[str] = set()
    for option in question.options:
        phrases = [(phrase, CLEAR) for phrase in (*option.says, *([option.label] if loosely else []))]
        phrases += [(phrase, LOOSE) for phrase in option.hears] if loosely else []
        for phrase, weight in phrases:
            position = find_phrase(phrase, found)
            if position < 0:
                continue
            if _negated(found, position) and not phrase.startswith(("no ", "not ", "without ", "no")):
                refused.add(option.value)
            else:
                scores[option.value] = max(scores.get(option.value, 0), weight + len(phrase.split()))
    scores = {value: score for value, score in scores.items() if value not in refused}
    if not scores and refused and loosely and len(question.options) == 2:
        rest = [option for option in question.options if option.value not in refused]
        return (rest[0], CLEAR) if len(rest) == 1 else (None, 0)
    best = sorted(scores.items(), key=lambda item: -item[1])
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None, 0
    return next(option for option in question.options if option.value == best[0][0]), best[0][1]


def _negated(found: list[str], position: int) -> bool:
    index = position - 1
    while index >= 0 and found[index] in _BRIDGES and position - index < 4:
        index -= 1
    return index >= 0 and found[index] in _NEGATIONS


def _numbered(clauses: Sequence[str], asked: Sequence[Question]) -> list[Answer]:
    """ "the first one", "2", "1 and 2": figures, matched to the asked questions in their order."""
    if not asked:
        return []
    text = " ".join(clauses)
    if len(text.split()) > 16:
        return []
    if _ONLY_FIGURES.match(text):
        figures = re.findall(r"[1-9a-d](?![a-z])", text.lower())
    else:
        figures = [next(group for group in match if group).lower() for match in _ORDINAL.findall(text)]
    found: list[Answer] = []
    for question, figure in zip(asked, figures, strict=False):
        if figure == "last":
            number = len(question.options)
        elif figure.isdigit():
            number = int(figure)
        else:
            number = _ORDINALS.get(figure) or ord(figure[0]) - ord("a") + 1
        if 1 <= number <= len(question.options):
            found.append(Answer(question, question.options[number - 1], -1))
    return found
