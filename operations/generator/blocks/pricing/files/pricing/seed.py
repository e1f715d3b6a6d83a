"""Three plans to look at, where nobody has made any yet."""

from typing import Any

from records.models import Plan
from records.samples import sample_values

TIERS: tuple[dict[str, Any], ...] = (
    {"name": "Seed", "price": 0, "features": "One project\nOne person\nHelp from the community"},
    {
        "name": "Tree",
        "price": 19,
        "features": "Ten projects\nUp to five people\nAnswers within a day",
        "highlighted": True,
    },
    {
        "name": "Orchard",
        "price": 49,
        "features": "As many projects as you like\nThe whole team\nSomebody to call",
    },
)


def seed() -> None:
    if Plan.objects.exists():
        return
    period = dict(Plan._meta.get_field("period").choices or ())
    for number, tier in enumerate(TIERS):
        values = sample_values(Plan, number) | {"highlighted": False} | tier
        if "month" in period:
            values["period"] = "month"
        for field in Plan._meta.concrete_fields:
            if field.is_relation and not field.null:
                values[field.name] = field.related_model._default_manager.first()
                if values[field.name] is None:
                    return  # it belongs to something that there is none of yet
        plan = Plan(**values)
        plan.full_clean()
        plan.save()
