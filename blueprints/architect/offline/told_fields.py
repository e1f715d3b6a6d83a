"""Fields as people tell them: "difficulty (easy, medium, hard)", "whether they came", "how many seats"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from blueprints.architect.offline.fields import (
    ABOUT_IT,
    ARTICLE,
    CERTAIN,
    TOLD_BY_NAME,
    FieldDraft,
    infer,
    known_field,
    said_type,
)
from blueprints.architect.offline.naming import snake
from blueprints.architect.offline.text import split_list
from blueprints.schemas import FieldType

_AS_TYPE = re.compile(r"^(.+?)\s*(?::|=|\bas an?\b|\bis an?\b|-)\s*(.+)$", re.I)
_BRACKETS = re.compile(r"^(.*?)\s*[(\[]([^)\]]*)[)\]]?\s*(.*)$", re.S)
_CHOICES_AFTER = re.compile(r"^(.+?)\s*(?::|=|\bone of\b|\bis one of\b|\bcan be\b|\bbeing\b)\s*(.+)$", re.I)
_OPTIONAL = re.compile(r"^(?:an?\s+)?(optional|required|mandatory|unique)\s+", re.I)
_TRAILING_FLAG = re.compile(r"^(.+?)[\s,]+\(?(optional|required|mandatory)\)?$", re.I)
_FROM_TO = re.compile(r"^(.+?)\s+(?:from|between)\s+(\d+)\s+(?:to|and)\s+(\d+)$", re.I)
_AT_MOST = re.compile(
    r"^(?:an?\s+)?(max(?:imum)?|at most|up to|min(?:imum)?|at least)\.?\s+(?:of\s+)?(\d+)\s+([\w -]{2,30})$",
    re.I,
)


def read_field(phrase: str) -> FieldDraft | None:
    """One field from one item of a list, None when there is no name in it."""
    text, required, explicit = phrase.strip(" .,:;\"'"), True, False
    text = ARTICLE.sub("", text)
    if (trailing := _TRAILING_FLAG.match(text)) is not None:
        text = f"{trailing[2]} {trailing[1]}"
    if (flag := _OPTIONAL.match(text)) is not None:
        explicit, required = True, flag[1].lower() != "optional"
        text = text[flag.end() :]
    if (sentence := _said_as_sentence(text)) is not None:
        return sentence
    if (span := _FROM_TO.match(text)) is not None and (draft := infer(span[1])) is not None:
        return _with(
            draft, type="integer", confidence=CERTAIN, minimum=float(span[2]), maximum=float(span[3])
        )
    if (bound := _AT_MOST.match(text)) is not None:
        most = bound[1].lower() in ("max", "maximum", "at most", "up to")
        return FieldDraft(
            snake(f"{'max' if most else 'min'} {bound[3]}"),
            "integer",
            TOLD_BY_NAME,
            default=int(bound[2]),
            minimum=0,
        )
    brackets = _BRACKETS.match(text)
    if brackets is not None and brackets[2].strip():
        name, inside = f"{brackets[1]} {brackets[3]}".strip(), brackets[2]
        if re.search(r"\boptional\b", inside, re.I):
            return _with(infer(name), required=False)
        kind = said_type(inside)
        if kind is not None:
            return _with(infer(name), type=kind, confidence=CERTAIN)
        choices = _choices(inside)
        return _choice(name, choices) if len(choices) > 1 else infer(name)
    typed = _AS_TYPE.match(text)
    if typed is not None and (kind := said_type(typed[2])) is not None:
        return _with(infer(typed[1]), type=kind, confidence=CERTAIN)
    options = _CHOICES_AFTER.match(text)
    if options is not None and len(choices := _choices(options[2])) > 1:
        return _choice(options[1], choices)
    draft = infer(text)
    return _with(draft, required=required) if explicit else draft


_HELPING = r"(?:is|are|was|were|has been|have been|has|have|had|will be|will|can be|can|did|do|does|'s|got)"
_WHETHER = re.compile(
    rf"^(?:whether(?: or not)?|if)\s+(?:{ABOUT_IT}\s+)?(?:(?:{_HELPING}|already|really|ever)\s+)*(.+)$", re.I
)
_OR_NOT = re.compile(
    r"^(?:(?:can be|is|are|was|were|has|have|an?)\s+)*(.+?)\s*(?:,\s*)?(?:or not|\(?\byes\s*(?:/|"
    r"or)\s*no\)?)$|^can be\s+(\w+)$",
    re.I,
)
_WHEN = re.compile(rf"^when\s+(?:{ABOUT_IT}\s+)?(?:(?:{_HELPING}|last)\s+)*(.+)$", re.I)
_HOW_MANY = re.compile(
    rf"^(?:how many|the number of|number of)(?:\s+(.+?))?(?:\s+(?:there are|{ABOUT_IT})\b.*|\s+(?:are "
    rf")?(?:needed|left|available))?$",
    re.I,
)
_WHO = re.compile(r"^who(?:se)?\s+(?:(?:is|was|has|had)\s+)?(\w+)\b.*$|^by whom$", re.I)
_SINGLE_QUESTIONS: tuple[tuple[re.Pattern[str], str, FieldType], ...] = (
    (re.compile(r"^how many$", re.I), "quantity", "integer"),
    (re.compile(
        r"^how much (?:it|they|that|this|each|one)?\s*(?:will |would )?(?:costs?|is|are)\b.*$|^what (?:it|"
        r"they|that|this) "
                r"(?:will |would )?costs?$|^how expensive\b.*$", re.I), "cost", "money"),
    (re.compile(r"^how much$", re.I), "amount", "decimal"),
    (re.compile(r"^how (?:old)\b.*$", re.I), "age", "integer"),
    (re.compile(r"^how long\b.*\bminutes?\b.*$", re.I), "minutes", "integer"),
    (re.compile(r"^how long\b.*\bhours?\b.*$", re.I), "hours", "integer"),
    (re.compile(r"^how long\b.*\bdays?\b.*$", re.I), "days", "integer"),
    (re.compile(r"^how long\b.*$", re.I), "duration", "duration"),
    (re.compile(r"^how far\b.*$", re.I), "distance", "decimal"),
    (re.compile(r"^how (?:big|large|tall|high)\b.*$", re.I), "size", "string"),
    (re.compile(r"^how (?:heavy)\b.*$", re.I), "weight", "decimal"),
    (re.compile(r"^how (?:bad|strong|severe|painful|intense|good|difficult|hard|well)\b.*$", re.I), "severity", "integer"),
    (re.compile(r"^how often\b.*$", re.I), "frequency", "string"),
    (re.compile(r"^where\b.*$", re.I), "location", "string"),
    (re.compile(r"^why\b.*$", re.I), "reason", "text"),
    (re.compile(r"^what (?:it is |it was |they are )?for$", re.I), "purpose", "string"),
    (re.compile(r"^what (?:is|was) (?:broken|wrong|damaged|the (?:problem|matter|issue))\b.*$", re.I), "problem", "text"),
    (re.compile(r"^what (?:it|he|she|they|i|we) (?:is|are) (?:called|named)$", re.I), "name", "string"),
    (re.compile(r"^what (?:was|were|has been|is) (?:done|said|decided|discussed)\b.*$", re.I), "notes", "text"),
    (re.compile(r"^what happened\b.*$", re.I), "what_happened", "text"),
    (re.compile(r"^what (?:i|we|you|they|he|she|it) (?:ate|had|drank)\b.*$", re.I), "food", "string"),
    (re.compile(r"^what (?:i|we|you|they|he|she) (?:think|thought|say|said|want|need)s?\b.*$", re.I), "notes", "text"),
    (re.compile(r"^(?:what|which) (?:day|date)\b.*$", re.I), "date", "date"),
    (re.compile(r"^(?:what|which) time\b.*$", re.I), "time", "datetime"),
    (re.compile(r"^from when$|^(?:the )?from$|^starts$|^begins$", re.I), "starts_at", "datetime"),
    (re.compile(r"^(?:until|till) when$|^(?:the )?(?:to|until|till)$|^ends$", re.I), "ends_at", "datetime"),
    (re.compile(r"^left (?:or|and) right$|^left/right$", re.I), "side", "string"),
)  # fmt: skip
_ONE_OF = re.compile(r"^((?:[\w-]+\s+)?[\w-]+)((?:,\s*[\w -]{2,30})*),?\s+or\s+([\w -]{2,30})$", re.I)
_IRREGULAR_DONE = {"did": "done", "wrote": "written", "took": "taken", "made": "made", "gave": "given", "brought": "brought",
                   "goes": "going", "paid": "paid", "won": "won", "found": "found", "sent": "sent", "lent": "lent"}  # fmt: skip


def _said_as_sentence(text: str) -> FieldDraft | None:
    """What is told in a small sentence: "whether they accepted", "when it was last watered", "who did it"."""
    for pattern, name, kind in _SINGLE_QUESTIONS:
        if pattern.match(text):
            if name == "side":
                return FieldDraft(name, "choice", TOLD_BY_NAME, choices=("left", "right"), default="left")
            return FieldDraft(name, kind, TOLD_BY_NAME, required=kind not in ("text", "datetime"))
    if (match := _HOW_MANY.match(text)) is not None and match[1] and text.lower().startswith("how"):
        name = snake(match[1])
        return FieldDraft(name, "integer", TOLD_BY_NAME, minimum=0) if name else None
    if (match := _OR_NOT.match(text)) is not None:
        return _yes_or_no(next(group for group in match.groups() if group))
    if (match := _WHETHER.match(text)) is not None:
        values = _choices(re.sub(r"^(?:say|said|says|answer|answered|want|wanted|be|being)\s+", "", match[1]))
        if len(values) > 2:
            return _choice("answer" if {"yes", "no"} & {v.lower() for v in values} else "status", values)
        return _yes_or_no(re.sub(r"\s+(?:it|them|that|yet|already|or not)$", "", match[1], flags=re.I))
    if (match := _WHEN.match(text)) is not None and (
        name := snake(re.sub(r"\s+(?:it|them|that)$", "", match[1]))
    ):
        if re.search(r"\blast\b", text, re.I):
            return FieldDraft(f"last_{name}", "date", TOLD_BY_NAME, required=False)
        if len(name.split("_")) > 3:
            return None
        return FieldDraft(f"{name}_at", "datetime", TOLD_BY_NAME, required=False)
    if (match := _WHO.match(text)) is not None:
        verb = (match[1] or "done").lower()
        done = _IRREGULAR_DONE.get(verb, verb)
        return FieldDraft(snake(f"{done} by"), "string", TOLD_BY_NAME)
    if (match := _ONE_OF.match(text)) is not None and not known_field(match[1]):
        values = _choices(
            re.sub(r"\b(full|part)\s+or\s+(part|full)\s+time\b", r"\1 time, \2 time", text, flags=re.I)
        )
        if len(values) > 1 and not any(known_field(value) for value in values):
            return _choice("kind", values)
    return None


def _yes_or_no(words: str) -> FieldDraft | None:
    bare = re.sub(
        r"^(?:(?:it|they|he|she|is|are|was|were|has|have|an?|the|been|already)\s+)+",
        "",
        words.strip(),
        flags=re.I,
    )
    name = snake(bare)
    if not name or len(name.split("_")) > 4:
        return None
    return FieldDraft(name, "boolean", TOLD_BY_NAME, required=False, default=False)


def _choices(text: str) -> list[str]:
    parts = (
        re.split(r"\s*/\s*|\s*\|\s*", text)
        if re.search(r"[/|]", text) and "," not in text
        else split_list(text)
    )
    cleaned = (
        re.sub(r"^(?:either|e\.g\.?|such as|like|or|one of)\s+", "", part.strip(" '\"."), flags=re.I)
        for part in parts
    )
    return list(
        dict.fromkeys(part[:60] for part in cleaned if part and len(part.split()) <= 5 and part != "etc")
    )[:20]


def _choice(phrase: str, choices: list[str]) -> FieldDraft | None:
    draft = infer(phrase)
    if draft is None:
        return None
    return replace(
        draft,
        type="choice",
        choices=tuple(choices),
        default=choices[0],
        confidence=CERTAIN,
        minimum=None,
        maximum=None,
    )


def _with(draft: FieldDraft | None, **changes: Any) -> FieldDraft | None:
    if draft is None:
        return None
    if changes.get("type", draft.type) != draft.type:
        changes = {"choices": (), "default": None, "minimum": None, "maximum": None} | changes
    return replace(draft, **changes)
