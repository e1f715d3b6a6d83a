"""Who may do what: "only admins can delete posts", "you must be signed in to comment"."""

from __future__ import annotations

import re

from blueprints.architect.offline.grammar.phrases import MODAL, ReadClause
from blueprints.architect.offline.naming import singular
from blueprints.architect.offline.nouns import (
    is_people,
    noun,
    role,
    thing_or_person,
    verb_action,
    word_classes,
)
from blueprints.architect.offline.statements import Permits, Statement
from blueprints.architect.offline.text import split_list

_WHO = r"([\w' -]{2,40}?)"
_ONLY = re.compile(
    rf"^(?:only|just|nobody but|no one but)\s+{_WHO}\s+(?:{MODAL}|are allowed to)\s+(?:be able to\s+)?(.+)$",
    re.I,
)
_ONLY_AFTER = re.compile(
    rf"^{_WHO}\s+only\s+(?:{MODAL})\s+(?:be able to\s+)?(.+)$|^{_WHO}\s+(?:{MODAL})\s+(.+?),?\s+(?:and\s+|"
    rf"but\s+)?"
                         r"(?:nobody|no ?one|noone|not anyone|no others?)(?: else)?(?: can| may)?$", re.I)  # fmt: skip
_ONLY_BARE = re.compile(r"^(?:only|just)\s+((?:the\s+)?[\w-]+(?:\s+[\w-]+)?)\s+(.+)$", re.I)
_OWN = re.compile(
    rf"^{_WHO}\s+(?:{MODAL}\s+)?(?:(only|just)\s+)?(.+?\b(?:their|his|her|your|my)\s+own\b.*|.+?\bthey\s+(?:wrote|"
    rf"created|posted|own|made)\b.*)$",
    re.I,
)
_NOT_OTHERS = re.compile(
    rf"^{_WHO}\s+(?:can|may|must|should)\s+not\s+(\w+)\s+(?:the\s+)?(?:others?'?s?|other (?:people|users|"
    rf"members)'?s?|each other'?s?)\s*([\w -]*)$",
    re.I,
)
_MAY_ONLY = re.compile(
    rf"^{_WHO}\s+(?:can|may|must|should)\s+only\s+be\s+(\w+?)(?:d|ed)\s+by\s+(.{{2,40}})$", re.I
)
_PASSIVE = re.compile(
    rf"^{_WHO}\s+(?:can|may|should|must|have to|has to)\s+be\s+(\w+?)\s+(only\s+)?by\s+(.{{2,40}})$", re.I
)
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
_BUT_NOT = re.compile(
    rf"^{_WHO}\s+{MODAL}\s+(?:only\s+|just\s+)?(.+?),?\s+(?:but\s+not|but\s+never|not)\s+(.+)$", re.I
)
_TRUSTED = re.compile(
    rf"^(?:the |an? |all |our )?([\w-]+(?: [\w-]+)?)\s+({MODAL})\s+(?:also\s+|be able to\s+)?(.+)$", re.I
)
_ANONYMOUS = re.compile(
    r"^(?:guests?|visitors?|anonymous(?: users)?|strangers?|people without an account|non[- ]?members?)$",
    re.I,
)


def permission(text: str, read: ReadClause) -> list[Statement] | None:
    sentence = text[:1].upper() + text[1:].rstrip(".") + "."
    for reader in (_signing_in, _only, _passive, _but_not, _may_not, _own, _trusted):
        found = reader(text, sentence)
        if found is not None:
            return found
    return None


def _signing_in(text: str, sentence: str) -> list[Statement] | None:
    match = _MUST_SIGN_IN.search(text)
    return (
        _permits("signed_in", next(group for group in match.groups() if group), sentence) if match else None
    )


def _only(text: str, sentence: str) -> list[Statement] | None:
    match = _ONLY.match(text) or _ONLY_AFTER.match(text)
    if match is not None:
        who, predicate = [group for group in match.groups() if group][:2]
        own = re.search(r"\b(?:their|its|his|her) own\b", predicate, re.I) is not None and role(who) is None
        return _permits(
            "owner" if own else _who(who), re.sub(r"\b(its|their|his|her) own\b", r"\1", predicate), sentence
        )
    bare = _ONLY_BARE.match(text)
    if bare is not None:
        for who, predicate in (
            (bare[1], bare[2]),
            (bare[1].split()[0], f"{' '.join(bare[1].split()[1:])} {bare[2]}".strip()),
        ):
            known = verb_action(predicate)
            if (
                known is not None
                and known[0] != "do"
                and not re.match(r"(?:show|have|need|want)\b", predicate, re.I)
                and _names_someone(who)
            ):
                return _permits(_who(who), predicate, sentence)
    alone = re.match(r"only (?!their|his|her|its|my|our|the|an?)", text, re.I)
    if (
        alone
        and (verb := text.rsplit(maxsplit=1)[-1].lower()) in word_classes().verbs
        and len(text.split()) == 3
    ):
        return _permits(_who(text.split()[1]), verb, sentence)
    return None


def _passive(text: str, sentence: str) -> list[Statement] | None:
    match = _MAY_ONLY.match(text) or _PASSIVE.match(text)
    if match is None:
        return None
    groups = [group for group in match.groups() if group]
    must = re.search(r"\b(?:must|has to|have to|should)\s+be\b", text, re.I) is not None
    done = _participle(groups[1])
    if ("only" in text.lower() or must) and done is not None:
        who = re.sub(r"^only\s+", "", groups[-1], flags=re.I)
        return [Permits(_who(who), done, _object(groups[0]), sentence)]
    return None


def _but_not(text: str, sentence: str) -> list[Statement] | None:
    """ "guests can read but not write", "technicians can add measurements but not delete them"."""
    match = _BUT_NOT.match(text)
    if match is None:
        return None
    if _ANONYMOUS.match(match[1].strip()):
        return _permits("signed_in", match[3], sentence)
    if is_people(match[1]) and role(match[1]) in (None, "anyone", "signed_in"):
        return None
    return _permits(_who(match[1]), match[2], sentence) if _names_someone(match[1]) else None


def _may_not(text: str, sentence: str) -> list[Statement] | None:
    if (others := _NOT_OTHERS.match(text)) is not None and (known := verb_action(others[2])) is not None:
        about = noun(others[3]) or noun(others[1])
        return [Permits("owner", known[0], about or "it", sentence)]
    match = _MAY_NOT.match(text)
    if match is None:
        return None
    who = match[1] or match[3]
    if (is_people(who) and role(who) in ("anyone", None)) or _ANONYMOUS.match(who.strip()):
        return _permits("signed_in", match[2] or match[4], sentence)
    return None


def _own(text: str, sentence: str) -> list[Statement] | None:
    match = _OWN.match(text)
    if match is None or not (is_people(match[1]) or _names_someone(match[1])):
        return None
    predicate = re.sub(r"\b(their|his|her|your|my) own\b", "their", match[3], flags=re.I)
    only = match[2] or re.match(r"(?:only|just)\s+", predicate, re.I)
    predicate = re.sub(
        r"^(?:only|just)\s+", "", re.sub(r"^(\w+)\s+only\s+", r"\1 ", predicate, flags=re.I), flags=re.I
    )
    verbs = _permits("owner", predicate, sentence) or []
    limiting = [
        item for item in verbs
        if isinstance(item, Permits) and (item.action in ("update", "delete") or (only and item.action == "read"))
    ]  # fmt: skip
    return list(limiting) if limiting and (only or len(verbs) == len(limiting)) else None


def _trusted(text: str, sentence: str) -> list[Statement] | None:
    """ "moderators can delete replies": somebody with a task, so that the right is theirs."""
    match = _TRUSTED.match(text)
    if match is None or singular(match[1].lower()) not in word_classes().trusted:
        return None
    if re.search(r"\b(?:their|his|her) own\b", match[3], re.I):
        return None
    if (
        not re.match(r"(?:can|may|(?:are|is|should be|must be) (?:able|allowed) to|get to)$", match[2], re.I)
        or verb_action(match[3]) is None
    ):
        return None
    found = [
        item for item in _permits(_who(match[1]), match[3], sentence) or []
        if isinstance(item, Permits) and item.action in ("create", "update", "delete", "*") and item.noun
    ]  # fmt: skip
    return list(found) or None


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
    last = next((_object(rest) for _, rest in reversed(actions) if _object(rest)), "")
    return [Permits(who, action, _object(rest) or last, sentence) for action, rest in actions]


def _object(words: str) -> str:
    """The thing a right is about; "it" for what was spoken of, "" for the app's main thing."""
    bare = re.sub(r"^(?:(?:any|new|all|the|these|those|of)\s+)+", "", words.strip().lower())
    if re.match(r"(?:it|them|ones?|these|those|this|that)\b", bare):
        return "it"
    return noun(words) or thing_or_person(re.sub(r"\s+(?:about|of|for|from)\s.*$", "", bare))


def _names_someone(words: str) -> bool:
    bare = re.sub(r"^(?:the|an?|all|our|my)\s+", "", words.strip().lower())
    return (
        is_people(words)
        or singular(bare) in word_classes().trusted
        or (len(bare.split()) == 1 and bare.isalpha())
    )


def _who(words: str) -> str:
    known = role(words)
    if known == "anyone" and re.search(r"\b(?:users?|members?)\b", words, re.I):
        return "signed_in"
    return known or singular(re.sub(r"^(?:the|an?|our|my)\s+", "", words.strip().lower())).replace(" ", "_")


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
