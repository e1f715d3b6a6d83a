"""What Claude costs: one table, in micro-dollars a token (which is dollars a million tokens).

Source: https://platform.claude.com/docs/en/about-claude/pricing, as of 2026-10-24. A cache write is one that
lives five minutes, the only kind that is asked for here. `ANTHROPIC_PRICES` adds models, or corrects the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from blueprints.architect.port import Usage

AS_OF = "2026-10-24"


@dataclass(frozen=True)
class Price:
    """Micro-dollars a token. Calls that read more than `until` tokens cost `beyond`, all of their tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    until: int | None = None
    beyond: Price | None = None

    def micros(self, usage: Usage) -> int:
        """What a call cost, in whole micro-dollars, rounded up."""
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        if self.until is not None and self.beyond is not None and read > self.until:
            return self.beyond.micros(usage)
        cost = (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        )
        return int(cost.to_integral_value(ROUND_CEILING))


def _price(input_: str, output: str, cache_read: str, cache_write: str) -> Price:
    return Price(Decimal(input_), Decimal(output), Decimal(cache_read), Decimal(cache_write))


_FABLE_5 = _price("10", "50", "1", "12.50")
_FABLE_5_1 = _price("10", "50", "0.25", "12.50")
_OPUS = _price("5", "25", "0.50", "6.25")
_SONNET_4 = _price("3", "15", "0.30", "3.75")
PRICES: Mapping[str, Price] = {
    "claude-fable-5-1": _FABLE_5_1,
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-fable-5": _FABLE_5,
    "claude-mythos-5": _FABLE_5,
    "claude-opus-5-5": _price("4", "20", "0.20", "5"),
    **dict.fromkeys(
        ("claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"), _OPUS
    ),
    "claude-sonnet-5-5": _price("2", "10", "0.10", "2.50"),
    "claude-sonnet-5": _price("2", "10", "0.20", "2.50"),
    "claude-sonnet-4-6": _SONNET_4,
    "claude-sonnet-4-5": _SONNET_4,
    "claude-haiku-5-5": Price(
        Decimal("0.10"),
        Decimal("0.50"),
        Decimal("0.01"),
        Decimal("0.125"),
        until=100_000,
        beyond=_price("0.50", "2.50", "0.05", "0.625"),
    ),
    "claude-haiku-4-5": _price("1", "5", "0.10", "1.25"),
}
DEAREST = max(PRICES.values(), key=lambda price: (price.output, price.cache_read))

_DATED = re.compile(r"-\d{8}$")
_OWN = re.compile(r"(?P<model>[^=\s]+)=(?P<input>\d+(?:\.\d+)?)/(?P<output>\d+(?:\.\d+)?)")


def price_of(model: str, own: Mapping[str, Price]) -> Price | None:
    """None for a model that neither `own` prices nor the table name."""
    return own.get(model) or PRICES.get(model) or PRICES.get(_DATED.sub("", model))


def parse(settings: list[str]) -> dict[str, Price]:
    """`["my-model=3/15"]` (dollars a million tokens, in/out) with the usual rates for the cache: a tenth of the
    input to read it, five quarters to write it. Raises ValueError naming what is no price.
    """
    found = {}
    for each in filter(None, (part.strip() for part in settings)):
        match = _OWN.fullmatch(each)
        if match is None:
            raise ValueError(f"“{each}” is no price such as my-model=3/15")
        into, out = Decimal(match["input"]), Decimal(match["output"])
        found[match["model"]] = Price(into, out, into / 10, into * 5 / 4)
    return found
