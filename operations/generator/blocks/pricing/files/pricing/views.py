"""The page that compares what can be had and what it costs."""

from typing import Any

from django.views.generic import TemplateView

from records.models import Plan


class PricingPage(TemplateView):
    """All plans side by side, the cheapest first."""

    template_name = "pricing/page.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        tiers = [
            {"plan": plan, "features": features(plan)}
            for plan in Plan.objects.order_by("price", "pk")
        ]
        return super().get_context_data(tiers=tiers, **context)


def features(plan: Plan) -> list[str]:
    """What the plan holds, a line each; a single line is split at its sentences."""
    text = plan.features or ""
    lines = text.splitlines() if "\n" in text else text.replace(". ", ".\n").splitlines()
    return [line.strip(" -•.") for line in lines if line.strip(" -•.")]
