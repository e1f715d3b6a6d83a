"""A message made readable: cleaned, cut into clauses, lists split, words brought to a stem.

Everything is linear in the length of the text: what people paste must never slow a turn.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

READ_AT_MOST = 12_000  # characters of one message; a longer one is read up to here, and the reply says so

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffc-\uffff]")
_TAG = re.compile(r"<(script|style)\b[^>]{0,200}>.{0,2000}?</\1>|</?[a-zA-Z][^<>]{0,200}>", re.I | re.S)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+", re.M)
_URL = re.compile(r"https?://\S+")
_CLAUSE_END = re.compile(
    r"(?<=[.!?])[\"')]*\s+(?=\S)|\s*[;\n]+\s*|\s+[–—]+\s+|\s+-\s+|"
    r",\s+(?=(?:allowing|enabling|letting|ensuring|making|helping|providing|so that|just|but|"
    r"which (?:allows?|lets?|enables?))\b)|"
    r",?\s+(?=(?:(?:and|then|so|please|just|now)\s+)*(?:build|ship|generate|deploy)\s+(?:it|this|that|everything)\b)"
)
# "Ticket - subject, description", "invoice = number and date": a thing and what is in it. What a pronoun
# follows is an afterthought ("proximity - they talk to whoever is nearby").
_DASHED = re.compile(
    r"(?m)(^|[.;!?]\s+|,\s+|\b(?:has|have|with|an?|and)\s+)((?:[\w']+ ){0,6}[\w']+)\s+(?:[-–—]|=)\s+"
    r"(?!(?:i|we|you|they|he|she|it|that|this|so|but|no|yes|please|and|or|just|only|the|a)\b)"
    r"(?=[^.;\n]{2,60}?(?:,| and | or |\())",
    re.I,
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|mr|mrs|dr)\.$", re.I)
_WORD = re.compile(r"[a-z0-9][a-z0-9'+/&-]*", re.I)

_WHOLE = frozenset(
    {
        "news",
        "accounting",
        "building",
        "meeting",
        "wedding",
        "parking",
        "housing",
        "booking",
        "painting",
        "training",
        "clothing",
        "series",
        "species",
    }
)

NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "dozen": 12,
}  # fmt: skip


def clean(message: str) -> str:
    """The message without control characters, markup and smart punctuation, at most READ_AT_MOST long."""
    text = unicodedata.normalize("NFKC", message[: READ_AT_MOST * 2])
    text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u201c", '"').replace("\u201d", '"')
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _URL.sub(" ", _TAG.sub(" ", text))
    text = re.sub(r"\bcan't\b|\bcannot\b", "can not", text, flags=re.I)
    text = re.sub(r"\b(do|does|should|would|must|is|are|need)n't\b", r"\1 not", text, flags=re.I)
    text = re.sub(r"\bcontact us(?: (?:pages?|forms?|sections?))?\b", "contact form", text, flags=re.I)
    text = re.sub(r"\babout us(?: (?:pages?|sections?))?\b", "about page", text, flags=re.I)
    text = re.sub(r"[ \t]+", " ", _BULLET.sub("\n", text))
    text = _DASHED.sub(r"\1\2: ", text)
    return text.strip()[:READ_AT_MOST]


def clauses(text: str) -> list[str]:
    """Sentences, bullets and semicolon parts, without their closing punctuation; none empty."""
    found: list[str] = []
    for piece in _CLAUSE_END.split(text):
        if (
            found
            and _ABBREVIATION.search(found[-1])
            and not (found[-1].endswith("etc.") and piece[:1].isupper())
        ):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return [clause for piece in found if (clause := piece.strip(' .!?,\t"')) and _WORD.search(clause)]


def split_list(text: str, *, alternatives: bool = True) -> list[str]:
    """ "a, b (x, y) and c" → ["a", "b (x, y)", "c"]: commas and "and", outside brackets only.

    `alternatives` also splits at "or", which in "done or not" belongs to one item.
    """
    joints = rf"and|as well as|plus(?! ones?\b)|&{'|or' if alternatives else ''}"
    parts, depth, current = [], 0, ""
    for piece in re.split(rf"([(),\[\]]|\s+(?:{joints})\s+)", text):
        if piece in ("(", "["):
            depth += 1
        elif piece in (")", "]"):
            depth = max(0, depth - 1)
        if depth == 0 and (piece == "," or re.fullmatch(rf"\s+(?:{joints})\s+", piece)):
            parts.append(current)
            current = ""
        else:
            current += piece
    parts.append(current)
    stripped = (
        re.sub(r"^\s*(?:and|or|plus(?! ones?\b)|also|then)\s+", "", part.strip(), flags=re.I)
        for part in parts
    )
    return [part.strip(" .") for part in stripped if part.strip(" .")]


def words(text: str) -> list[str]:
    return [word.strip("'-/&+").lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A crude stem, the same for "walks", "walked", "walking": good for matching, not for showing."""
    word = word.lower().removesuffix("'s")
    if len(word) <= 3 or word in _WHOLE:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search(r"[aeiouy]", base):
            if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
                base = base[:-1]
            return base.removesuffix("e")
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def stems(text: str) -> list[str]:
    return [stem(word) for word in re.findall(r"[a-z0-9']+", text.lower())]


def phrase_stems(phrase: str) -> tuple[str, ...]:
    """The stems of a phrase of the knowledge base, "*" for any word."""
    return _phrase_stems(phrase)


def find_phrase(phrase: str, in_stems: list[str]) -> int:
    """The position of a phrase in stemmed text, -1 when absent. A "*" after the first word is any word."""
    wanted = _phrase_stems(phrase)
    size = len(wanted)
    if not size or wanted[0] not in in_stems:
        return -1
    if size == 1:
        return in_stems.index(wanted[0])
    for start in range(len(in_stems) - size + 1):
        if in_stems[start] == wanted[0] and all(
            w in ("*", in_stems[start + at]) for at, w in enumerate(wanted)
        ):
            return start
    return -1


@lru_cache(maxsize=8192)
def _phrase_stems(phrase: str) -> tuple[str, ...]:
    return tuple("*" if word == "*" else stem(word) for word in re.findall(r"[a-z0-9']+|\*", phrase.lower()))


def digits(text: str) -> str:
    """Number words as digits: "thirty agents" → "30 agents"."""

    def figure(match: re.Match[str]) -> str:
        return str(NUMBER_WORDS[match[0].lower()])

    return re.sub(r"\b(?:" + "|".join(NUMBER_WORDS) + r")\b", figure, text, flags=re.I)
