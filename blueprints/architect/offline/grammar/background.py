"""What happens by itself: "every night, mark overdue tasks", "send a reminder 3 days before the due date"."""

from __future__ import annotations

import re
from typing import Any

from blueprints.architect.offline.grammar.phrases import ReadClause, without_article
from blueprints.architect.offline.statements import Happens, Statement, Uses
from blueprints.architect.offline.text import digits

_EVERY = re.compile(
    r"\b(?:(?:every|each|once an?|once per|once every|at|by)\s+(minute|hour|day|night|morning|week|month)s?|"
    r"(hourly|daily|nightly|weekly|monthly))\b(?:\s+at\s+(?:night|midnight))?,?\s*",
    re.I,
)
_ADVERBS = {"hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month"}
_WORKER = (
    r"(?:(?:a|the|an|some|one)\s+)?(?:(?:background|job|queue|celery|scheduled|recurring|periodic|cron)\s+"
    r"(?:worker|job|process|task|service)s?|scheduler|cron ?jobs?|job queue|task queue)"
)
_BY_ITSELF = re.compile(rf"\b(?:in the background|automatically|by itself|by {_WORKER})\b,?\s*", re.I)
_SUBJECT = re.compile(
    rf"^(?:(?:{_WORKER}|(?:a|the) job|(?:a|the) worker|the (?:app|system|service|server)|it|please|we|i want it to|"
    r"there is|should|must|will|shall|can|that|to|which|and|then)\s+)+",
    re.I,
)
_BARE_WORKER = re.compile(
    rf"^(?:(?:(?:please|also|and|then|i|we|want|need|add|use|include|with|have|would like|set up|there (?:is|should be))\s+)*"
    rf"(?:{_WORKER}|(?:a|the) worker(?: process)?))$",
    re.I,
)
_AGE = r"(\d+)\s+(day|week|month|year)s?"
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_LATE = r"overdue|late|expired|outdated|missed|past due"
_COUNT = re.compile(
    r"^counts?\s+(?:up\s+)?(?:how many\s+|all\s+|the\s+|number of\s+)*([\w -]{2,40}?)\s+(?:of|in|for|per|on|by|has|have)\s+"
    r"(?:each|every|all|the|an?)?\s*([\w -]{2,40})$",
    re.I,
)
_MARK = (
    re.compile(
        rf"^(?:marks?|flags?)\s+(?:all\s+|the\s+)*({_LATE})\s+([\w -]{{2,40}}?)(?:\s+as\s+[\w ]+)?$", re.I
    ),
    re.compile(
        rf"^(?:marks?|flags?|sets?)\s+(?:all\s+|the\s+)*([\w -]{{2,40}}?)\s+(?:as|to)\s+({_LATE})"
        r"(?:\s+(?:when|if|once|after|whose)\s+(?:the(?:ir)?\s+|its\s+)?([\w -]{2,40}?)(?:\s+(?:has|is|have)\b.*)?)?$",
        re.I,
    ),
    re.compile(
        rf"^(?:all\s+|the\s+)*([\w -]{{2,40}}?)\s+(?:past their\s+(?P<date>[\w -]{{2,30}}?)\s+)?"
        rf"(?:are|is|get|become)\s+(?:marked|flagged|set)?\s*(?:as\s+|to\s+)?({_LATE})$",
        re.I,
    ),
    re.compile(
        rf"^({_LATE})\s+([\w -]{{2,40}}?)\s+(?:are|get|should be|must be)\s+(?:marked|flagged)$", re.I
    ),
)
_ARCHIVE = (
    re.compile(
        r"^(?:archives?|deletes?|removes?|cleans? up|clears?|purges?)\s+(?:all\s+|the\s+|old\s+)*([\w -]{2,40}?)\s+"
        rf"(?:that are |which are )?(?:older than|after|more than)\s+{_AGE}(?:\s+(?:old|ago))?$",
        re.I,
    ),
    re.compile(
        rf"^(?:all\s+|the\s+|old\s+)*([\w -]{{2,40}}?)\s+(?:that are\s+|which are\s+)?(?:older than\s+{_AGE}\s+)?(?:are|get)\s+"
        rf"(?:archived|deleted|removed|cleaned up)(?:\s+after\s+{_AGE})?$",
        re.I,
    ),
)
_REMIND = re.compile(
    r"^(?:(?:sends?|writes?|creates?|gives?|makes?|get|receive)\s+(?:me\s+|us\s+|them\s+|people\s+|everyone\s+|users?\s+)?"
    r"(?:an?\s+)?(?:e-?mail\s+)?reminders?|reminds?\s+(?:me|us|them|people|everyone|users?|the \w+))\b"
    rf"(?:\s+(?:of|about|for)\s+(?:an?\s+|the\s+|open\s+|all\s+)*([\w -]{{2,40}}?))?\s+{_AGE}\s*(before|after|later)?"
    r"(?:\s+(?:the(?:ir)?\s+|its\s+|it\s+is\s+|they\s+are\s+)?([\w -]{2,40}))?$",
    re.I,
)
_REMIND_AFTER = re.compile(
    r"^(?:(?:sends?|writes?|creates?)\s+(?:me\s+|us\s+|people\s+|users?\s+)?(?:an?\s+)?(?:e-?mail\s+)?reminders?|"
    r"reminds?\s+(?:me|us|them|people|users?))"
    rf"(?:\s+(?:of|about|for)\s+(?:an?\s+|the\s+|open\s+|all\s+)*([\w -]{{2,40}}?))?\s+after\s+{_AGE}$",
    re.I,
)
_DIGEST = re.compile(
    r"^(?:(?:e-?mails?|sends?|writes?|makes?|creates?|gives?|get)\s+(?:me\s+|us\s+|everyone\s+|people\s+)?)?(?:an?\s+|the\s+)?"
    r"(?:digest|summary|summaries|report)s?\s+(?:of|about|on|with)\s+(?:all\s+|the\s+|new\s+|latest\s+)*([\w -]{2,40})$",
    re.I,
)


def happening(text: str, read: ReadClause) -> list[Statement] | None:
    """Something that nobody does, at a time or after some days; None when it is not of the kinds a worker
    knows."""
    sentence = digits(text).strip(" .,!")
    if _BARE_WORKER.match(sentence):
        return [Uses("worker")]
    every, sentence = _taken(_EVERY, sentence)
    by_itself, sentence = _taken(_BY_ITSELF, sentence)
    core = _SUBJECT.sub("", sentence.strip(" .,"))
    regular = bool(every or by_itself or core != sentence.strip(" .,"))
    found = _counted(core) or _marked(core) if regular else None
    found = found or _archived(core) or _reminded(core) or _digested(core)
    if found is None:
        return None
    kind, details = found
    return [Happens(kind, _ADVERBS.get(every, every), text=text, **details)]


def _taken(pattern: re.Pattern[str], sentence: str) -> tuple[str, str]:
    """What the pattern says (its first group, or itself), and the sentence without it."""
    match = pattern.search(sentence)
    if match is None:
        return "", sentence
    said = next((group for group in match.groups() if group), match[0])
    return said.strip().lower(), f"{sentence[: match.start()]}{sentence[match.end() :]}".strip(" ,")


_Details = dict[str, Any]  # as `Happens` takes them
_Found = tuple[str, _Details]


def _counted(core: str) -> _Found | None:
    match = _COUNT.match(core)
    return ("job.count", {"noun": _thing(match[2]), "of": _thing(match[1])}) if match else None


def _marked(core: str) -> _Found | None:
    for number, pattern in enumerate(_MARK):
        if match := pattern.match(core):
            named = match.groupdict().get("date")
            first, second = (match[1], match[3]) if number == 2 else (match[1], match[2])
            value, noun = (first, second) if number in (0, 3) else (second, first)
            date = named or (match[3] if number == 1 else "") or ""
            return "job.mark", {"noun": _thing(noun), "value": value.lower(), "date": _thing(date)}
    return None


def _archived(core: str) -> _Found | None:
    for pattern in _ARCHIVE:
        if (match := pattern.match(core)) and (age := [group for group in match.groups()[1:] if group]):
            return "job.archive", {"noun": _thing(match[1]), "days": int(age[0]) * _DAYS[age[1].lower()]}
    return None


def _reminded(core: str) -> _Found | None:
    if match := _REMIND_AFTER.match(core):
        return "job.remind", {"noun": _thing(match[1]), "days": int(match[2]) * _DAYS[match[3].lower()]}
    match = _REMIND.match(core)
    if match is None:
        return None
    when = "before" if (match[4] or "").lower() == "before" else "after"
    details: _Details = {"noun": _thing(match[1]), "days": int(match[2]) * _DAYS[match[3].lower()]}
    return "job.remind", {**details, "when": when, "date": _thing(match[5])}


def _digested(core: str) -> _Found | None:
    match = _DIGEST.match(core)
    return ("job.digest", {"noun": _thing(match[1])}) if match else None


def _thing(words: str | None) -> str:
    return without_article(re.sub(r"^(?:each|every|new|open)\s+", "", (words or "").strip(), flags=re.I))
