"""Misconfiguration of what the Architect may cost, explained."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 (Django's name for it)

from blueprints import metering
from blueprints.architect import prices


@register("orchard")
def check_costs(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for scope in metering.SETTINGS:
        try:
            metering.budget(scope)
        except ValueError as error:
            hint = "Write dollars, such as 25 or 0.50, or none for no limit."
            found.append(Error(f"{error}.", hint=hint, id="orchard.E010"))
    try:
        own = prices.parse(settings.ANTHROPIC_PRICES)
    except ValueError as error:
        hint = "Write model=input/output in dollars a million tokens, separated by commas."
        found.append(Error(f"ANTHROPIC_PRICES: {error}.", hint=hint, id="orchard.E011"))
    else:
        if settings.ANTHROPIC_API_KEY and prices.price_of(settings.ANTHROPIC_MODEL, own) is None:
            hint = (
                f"Set ANTHROPIC_PRICES={settings.ANTHROPIC_MODEL}=input/output in dollars a million tokens."
            )
            found.append(
                Warning(
                    f"The price of {settings.ANTHROPIC_MODEL} is not known (prices of {prices.AS_OF}); "
                    "budgets count it as the dearest.",
                    hint=hint,
                    id="orchard.W003",
                )
            )
    return found
