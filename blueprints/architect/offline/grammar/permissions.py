"""Who may do what: "only admins can delete posts", "you must be signed in to comment"."""

from __future__ import annotations

import re

from blueprints.architect.offline.grammar.phrases import MODAL, ReadClause
from blueprints.architect.offline.naming import singular
from blueprints.architect.offline.nouns import is_people, noun, role, verb_action
from blueprints.architect.offline.statements import Permits, Statement
from blueprints.architect.offline.text import split_list

_WHO = r"([\w' -]{2,40}?)"
_ONLY = re.compile(rf"^(?:only|just)\s+{_WHO}\s+(?:{MODAL}|are allowed to)\s+(?:be able to\s+)?(.+)$", re.I)
_OWN = re.compile(
    rf"^{_WHO}\s+{MODAL}\s+(?:(only|just)\s+)?(.+?\b(?:their|his|her|your|my)\s+own\b.+|.+?\bthey\s+(?:wrote|"
    rf"created|posted|own|made)\b.*)$",
    re.I,
)
_MAY_ONLY = re.compile(
    rf"^{_WHO}\s+(?:can|may|must|should)\s+only\s+be\s+(\w+?)(?:d|ed)\s+by\s+(.{{2,40}})$", re.I
)
_PASSIVE = re.compile(rf"^{_WHO}\s+(?:can|may|should)\s+be\s+(\w+?)\s+(only\s+)?by\s+(.{{2,40}})$", re.I)
_MUST_SIGN_IN = re.compile(
    r"(?:must|have to|need to|should)\s+(?:be\s+)?(?:sign(?:ed)?|log(?:ged)?)[ -]?in\s+(?:to|before|"
    r"in order to)\s+(.{2,80})$|"
    r"(?:need|needs|require[sd]?)\s+(?:an account|a login|to register)\s+(?:to|for|before)\s+(.{2,80})$|"
    r"(?:sign|log)[ -]?in\s+(?:is\s+)?required\s+(?:to|for|before)\s+(.{2,80})$",
    re.I,
)
_MAY_NOT = re.compile(
    rf"^{_WHO}\s+(?:can|may|must|should)\s+not\s+(.+)$|^(?:no|not)\s+(guests?|visitors?|users?)\s+(?:can|"
    rf"may)\s+(.+)$",
    re.I,
)


def permission(text: str, read: ReadClause) -> list[Statement] | None:
    sentence = text[:1].upper() + text[1:].rstrip(".") + "."
    if (match := _MUST_SIGN_IN.search(text)) is not None:
        return _permits("signed_in", next(group for group in match.groups() if group), sentence)
    if (match := _ONLY.match(text)) is not None:
        own = (
            re.search(r"\b(?:their|its|his|her) own\b", match[2], re.I) is not None and role(match[1]) is None
        )
        return _permits(
            "owner" if own else _who(match[1]),
            re.sub(r"\b(its|their|his|her) own\b", r"\1", match[2]),
            sentence,
        )
    if (match := _MAY_ONLY.match(text) or _PASSIVE.match(text)) is not None:
        groups = [group for group in match.groups() if group]
        passive_only = "only" in text.lower()
        done = _participle(groups[1])
        if passive_only and done is not None:
            return [
                Permits(
                    _who(re.sub(r"^only\s+", "", groups[-1], flags=re.I)), done, noun(groups[0]), sentence
                )
            ]
    if (match := _MAY_NOT.match(text)) is not None:
        who = match[1] or match[3]
        if (is_people(who) and role(who) in ("anyone", None)) or re.match(
            r"(?:guest|visitor|anonymous|stranger)", who, re.I
        ):
            return _permits("signed_in", match[2] or match[4], sentence)
    if (match := _OWN.match(text)) is not None and is_people(match[1]):
        verbs = _permits(
            "owner", re.sub(r"\b(?:their|his|her|your|my) own\b", "their", match[3], flags=re.I), sentence
        )
        limiting = [
            item for item in verbs or [] if isinstance(item, Permits) and item.action in ("update", "delete")
        ]
        if limiting and (match[2] or len(verbs or []) == len(limiting)):
            return list(limiting)
    return None


def _permits(who: str, predicate: str, sentence: str) -> list[Statement] | None:
    """ "edit or delete posts" → one permission per action on the thing named last."""
    actions: list[tuple[str, str]] = []
    for piece in split_list(predicate):
        known = verb_action(piece)
        if known is None:
            word = piece.split()[0].lower() if piece.split() else ""
            if noun(word) or word in ("comment", "vote", "reply"):
                actions.append(("create", word if len(piece.split()) == 1 else piece))
            continue
        action, verb, rest = known
        actions.append((action, rest or (verb if verb in ("order", "book", "vote for", "like") else "")))
    if not actions:
        return None
    last = next((rest for _, rest in reversed(actions) if noun(rest)), "")
    found: list[Statement] = []
    for action, rest in actions:
        found.append(Permits(who, action, noun(rest) or noun(last), sentence))
    return found


def _who(words: str) -> str:
    known = role(words)
    if known == "anyone" and re.search(r"\b(?:users?|members?)\b", words, re.I):
        return "signed_in"
    return known or singular(re.sub(r"^(?:the|an?)\s+", "", words.strip().lower())).replace(" ", "_")


def _participle(word: str) -> str | None:
    for verb in (
        word,
        f"{word}e",
        word.removesuffix("d"),
        word.removesuffix("ed"),
        {"seen": "see", "se": "see"}.get(word, ""),
    ):
        if verb and (known := verb_action(verb)) is not None:
            return known[0]
    return None
