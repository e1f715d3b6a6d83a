"""Abilities that the generator's blocks have, by the words people ask for them with: reports, exports, roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from blueprints.architect.offline.statements import Behaves, Offers, Removes, Statement


@dataclass(frozen=True)
class _Ability:
    """`text` is the rule's sentence. `whole`: words that name it name nothing else, no thing and no wish."""

    kind: str
    text: str
    pattern: re.Pattern[str]
    whole: bool = True


_KINDS = (
    r"(?:management|statistic(?:al|s)?|analytical|analysis|financial|sales|revenue|inventory|stock|summary|summaries|daily|weekly|"
    r"monthly|quarterly|annual|yearly|periodic|data|business|cost|performance|traffic|attendance|operational|"
    r"usage|consumption|distribution|progress|detailed|various|different|custom(?:ized|isable)?|related)"
)
_MAKING = r"(?:generat\w+|produc(?:e|es|ing)|view\w*|brows\w+|see(?:ing)?|query\w*|print\w*|output\w*|export\w*|get(?:ting)?)"

_ABILITIES = (
    _Ability(
        "records.export",
        "Lists can be taken along as a file or on paper.",
        re.compile(
            r"\b(?:export(?:s|ed|ing|able)?|sav(?:e|ing) (?:as|to))\b.{0,40}\b(?:csv|excel|xlsx?|spreadsheets?|pdf|data|"
            r"records?|lists?|results?|tables?|reports?|information|files?)\b|"
            r"\b(?:data|csv|excel|pdf|list|report|record|result)s? exports?(?:ing)?\b|"
            r"\bexport (?:functions?|features?|options?)\b|"
            r"^(?:and )?(?:export|exporting|import and export|importing and exporting)$|"
            r"\bprint(?:s|ing)? (?:the |a |an |out |all |their )*"
            r"(?:lists?|reports?|orders?|records?|results?|tables?|receipts?)\b",
            re.I,
        ),
    ),
    _Ability(
        "records.report",
        "Reports group and total what the app keeps.",
        re.compile(
            rf"\b(?:{_MAKING})\s+(?:[\w-]+ ){{0,3}}?(?:{_KINDS} )*reports?$|\b{_KINDS} reports?\b|"
            r"\breport(?:ing)? (?:generation|functions?|features?|statistics|analysis|center|module|tools?)\b|"
            r"\b(?:reports? and (?:statistics|analytics|analysis)|(?:statistics|analytics|analysis) and report(?:s|ing))\b|"
            r"^(?:and )?reporting$|"
            r"\b(?:statistical (?:analysis|data|functions?|information|charts?)|(?:data|sales|order|business|inventory|traffic|"
            r"user|visit|operation|financial|revenue|cost|inbound|outbound) (?:statistics|analytics|analysis))\b|"
            r"^(?:and )?(?:statistics|analytics)$",
            re.I,
        ),
    ),
    _Ability(
        "accounts.manage",
        "Administrators see who has an account and say what they may do.",
        re.compile(
            r"\b(?:users?|accounts?|roles?|permissions?|authority|authori[sz]ation|access(?: control)?|privileges?)"
            r"(?: and (?:roles?|permissions?|users?|access))? (?:management|administration|control|assignment|allocation|"
            r"settings|configuration)\b|"
            r"\b(?:manag(?:e|es|ing)|assign(?:s|ing)?|configur(?:e|es|ing)|control(?:s|ling)?|administer|grant(?:s|ing)?) "
            r"(?:the |their |all |different |other )*(?:users?|user accounts?|accounts?|user information|members' roles|"
            r"(?:user )?roles?|(?:user |role |access )*permissions?)\b",
            re.I,
        ),
        whole=False,
    ),
    _Ability(
        "shop.cart",
        "People collect what they want in a cart.",
        re.compile(
            r"\b(?:shopping (?:carts?|basket)|(?:to|view\w*|in) (?:the |their |a |my )?(?:cart|basket))\b",
            re.I,
        ),
        whole=False,
    ),
    _Ability(
        "shop.checkout",
        "They check out and pay with a test card: no money moves.",
        re.compile(
            r"\b(?:at|during|the|online|secure|cart and|and) checkout\b|\bcheckout (?:process|page|flow)\b",
            re.I,
        ),
        whole=False,
    ),
    _Ability(
        "social.follow",
        "People follow each other.",
        re.compile(
            r"\bfollow(?:s|ing)? (?:each other|one another|(?:other )?(?:users|people|members|authors|creators|artists))\b|"
            r"\b(?:see|have|gain|get) (?:their |more )?followers\b",
            re.I,
        ),
        whole=False,
    ),
    _Ability(
        "social.reports",
        "People report what does not belong here; administrators hide it.",
        re.compile(
            r"\bmoderat(?:e|es|ed|ing|ion|ors?)\b|"
            r"\breport(?:s|ing)? (?:inappropriate|abusive|offensive|bad) (?:content|posts?|comments?|photos?|messages?)\b",
            re.I,
        ),
        whole=False,
    ),
)


def with_abilities(clause: str, read: Sequence[Statement]) -> list[Statement]:
    """What was read of a clause, with the abilities that another reading of it hid ("admins can manage
    roles" is a right as well)."""
    hidden = [one for one in abilities_named(clause) if not one.whole and one not in read]
    if not hidden or any(isinstance(item, Removes) for item in read):
        return list(read)
    kept = [item for item in read if not (isinstance(item, Behaves) and abilities_named(item.text))]
    return [*kept, *hidden]


def abilities_named(text: str) -> list[Offers]:
    """The abilities these words name."""
    return [Offers(one.kind, one.text, one.whole) for one in _ABILITIES if one.pattern.search(text)]
