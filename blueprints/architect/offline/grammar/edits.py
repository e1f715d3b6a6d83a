"""Renaming, removing and adding: "call it …", "no weather", "add a due date to tasks"."""

from __future__ import annotations

import re

from blueprints.architect.offline.fields import ends_like_field, known_field
from blueprints.architect.offline.grammar.items import field_items
from blueprints.architect.offline.grammar.listings import bracketed, listing
from blueprints.architect.offline.grammar.phrases import ReadClause, unquoted, without_article
from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.nouns import noun
from blueprints.architect.offline.statements import Adds, HasFields, Removes, Renames, Statement
from blueprints.architect.offline.text import split_list


def renaming(text: str, read: ReadClause) -> list[Statement] | None:
    match = re.match(
        r"^(?:change|set)\s+(?:the (?:app|application|project|site|website)'s name|the name(?: of (?:the|"
        r"this|my|our) (?:app|application|"
        r"project|site|website|thing))?)\s+(?:to|into)\s+(.{1,60})$",
        text, re.I,
    )  # fmt: skip
    if match:
        return [Renames("", unquoted(match[1]))]
    match = re.match(
        r"^(?:the\s+)?([\w -]{2,40}?)\s+(?:should|must|shall|could)\s+(?:rather\s+)?be\s+(?:called|named|"
        r"renamed to)\s+(.{1,60})$",
        text,
        re.I,
    )
    if match and not re.match(
        r"(?:it|this|the (?:app|application|project|site|website)|app|project|site|website)$", match[1], re.I
    ):
        return [Renames(unquoted(match[1]), unquoted(match[2]))]
    match = re.match(r"^(?:rename|change the name of)\s+(.{1,60}?)\s+(?:to|into|as)\s+(.{1,60})$", text, re.I)
    if match:
        return [Renames(unquoted(match[1]), unquoted(match[2]))]
    match = re.match(
        r"^(?:call|name|title|rename)\s+(?:it|this|the (?:app|application|project|site|website|"
        r"thing))\s+(?:to\s+|as\s+)?(.{1,60})$",
        text, re.I,
    ) or re.match(
        r"^(?:the (?:app|application|project|site|website)(?:'s name)?|its name|the name|it)\s+(?:is|"
        r"should be|shall be)\s+"
        r"(?:called|named)\s+(.{1,60})$", text, re.I,
    ) or re.match(r"^(?:the (?:app|application|project|site|website)'s name|its name)\s+(?:is|"
                  r"should be)\s+(.{1,60})$", text, re.I)  # fmt: skip
    if match:
        return [Renames("", unquoted(match[1]))]
    match = re.match(r"^call\s+(?:the\s+)?([\w -]{2,40}?)\s+[\"']?([A-Za-z][\w -]{1,40})[\"']?$", text, re.I)
    if match and len(match[0].split()) <= 6:
        return [Renames(match[1], match[2])]
    match = re.match(
        r"^(?:change|turn|switch)\s+(?:the\s+)?([\w -]{2,40}?)\s+(?:to|into)\s+([\w -]{2,40})$", text, re.I
    )
    if match:
        return [Renames(match[1], match[2], sure=False)]
    return None


_REMOVE = re.compile(
    r"^(?:remove|drop|delete|get rid of|take out|take away|leave out|skip|forget(?: about)?|cut|scrap|omit|without|"
    r"no(?: more)?|not|(?:i|we)\s+do not\s+(?:want|need)|do not\s+(?:include|add|show|have|need|want|use)|"
    r"(?:i|we)\s+no longer\s+(?:want|need)|there should be no|there is no need for|no need for)\s+(.+)$",
    re.I,
)
_NOT_A_THING = re.compile(
    r"^(?:problem|idea|worries|thanks|thank you|need|one|way|matter|more|longer|yet|sure|really)\b", re.I
)


def removal(text: str, read: ReadClause) -> list[Statement] | None:
    bare = re.sub(r"^no[,\s]+(?=(?:remove|drop|delete)\b)", "", text, flags=re.I)
    instead = re.match(
        r"^(.{3,80}?),?\s+(?:but\s+)?(?:use|add|have|take|just|rather|only)\s+(.{2,60}?)(?:\s+(?:instead|please))?$",
        bare,
        re.I,
    )
    if instead is not None and _REMOVE.match(instead[1]):
        gone = removal(instead[1], read)
        return [*gone, *(Adds(without_article(item)) for item in split_list(instead[2]))] if gone else None
    match = _REMOVE.match(bare)
    if match is None or _NOT_A_THING.match(match[1]) or len(match[1].split()) > 14:
        return None
    rest = re.sub(
        r"\s+(?:please|for now|anymore|any more|at all|again|entirely|completely)\b", "", match[1], flags=re.I
    )
    owned = re.match(
        r"^(.{1,60}?)\s+(?:from|of|on|in)\s+(?:the\s+|all\s+|each\s+|every\s+)?(.{1,60})$", rest, re.I
    )
    if owned:
        return [Removes(without_article(item), without_article(owned[2])) for item in split_list(owned[1])]
    return [Removes(without_article(item)) for item in split_list(rest)]


_BARE = re.compile(
    r"^(?:(?:and|maybe|perhaps|also|then|oh)\s+)*(?:an?|some)\s+([\w' -]{2,30}?)(?:\s+(?:then|too|as well|"
    r"maybe|please|would be (?:nice|good|great)))*$",
    re.I,
)


def bare_addition(text: str, read: ReadClause) -> list[Statement] | None:
    """ "a page count then": a field named by itself, for what was spoken of."""
    match = _BARE.match(text)
    return (
        [Adds(match[1])]
        if match is not None
        and (known_field(match[1]) or ends_like_field(match[1]))
        and noun(match[1]) not in usual_entities()
        else None
    )


def addition(text: str, read: ReadClause) -> list[Statement] | None:
    match = re.match(r"^(?:add|give|put|include|introduce|attach|insert|append|extend)\s+(.+)$", text, re.I)
    if match is None:
        return None
    rest = match[1].strip()
    listed = re.match(
        r"^(an?\s+[\w -]{2,30}?|[\w -]{2,30}?)\s+(?:to|for)\s+(?:the\s+|each\s+|every\s+|"
        r"all\s+)?([\w-]{2,30})\s*[,:(]\s*(?:like\s+|one of\s+|which is\s+)?"
        r"(.{3,120}?)\)?$",
        rest, re.I,
    )  # fmt: skip
    if (
        listed
        and noun(listed[2])
        and known_field(re.sub(r"^an?\s+", "", listed[1]))
        and not known_field(split_list(listed[3])[-1])
    ):
        return [HasFields(noun(listed[2]), (f"{listed[1]} ({', '.join(split_list(listed[3]))})",), add=True)]
    to = re.match(
        r"^(.{1,200}?)\s+(?:to|for|on|onto|in|into)\s+(?:the\s+|each\s+|every\s+|all\s+|an?\s+)?([\w -]{2,40})$",
        rest,
        re.I,
    )
    if to and noun(to[2]):
        return [HasFields(noun(to[2]), field_items(to[1]), add=True)]
    if text.lower().startswith("give"):
        given = re.match(r"^(?:the\s+|each\s+|every\s+|all\s+)?([\w-]{2,30})\s+(.+)$", rest, re.I)
        return (
            [HasFields(noun(given[1]), tuple(split_list(given[2])), add=True)]
            if given and noun(given[1])
            else None
        )
    described = bracketed(rest, read) or listing(rest, read)
    if described is not None:
        return described
    return [Adds(without_article(item)) for item in split_list(rest)]
