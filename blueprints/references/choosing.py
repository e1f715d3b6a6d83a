"""A person's choice in the plan: match the reference exactly, or use it as inspiration.

It is hers like every other edit by hand: no Architect changes it until she unlocks it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from blueprints import store
from blueprints.editing import EVERYTHING
from blueprints.models import Blueprint, BlueprintReference
from blueprints.references import taking
from blueprints.references.capturing import TOKENS
from blueprints.schemas import BlueprintDocument
from studio.core.errors import Conflict, InvalidInput

INTENT = "designSystem.intent"


def choose_intent(*, blueprint: Blueprint, intent: str, by: Any) -> Blueprint:
    """Matched, the latest reference's tokens are taken over as they are; as inspiration, they stay and the
    next wishes win over them. Raises InvalidInput, Conflict while there is no reference to choose for."""
    chosen = next((known for known in taking.LABELS if known == intent), None)
    if chosen is None:
        raise InvalidInput("Choose to match it exactly, or to use it as inspiration.")
    with transaction.atomic():
        locked = store.lock(blueprint.pk)
        captured = locked.given_references.filter(status=BlueprintReference.Status.CAPTURED)
        reference = captured.exclude(tokens=None).order_by("-created_at").first()
        if reference is None:
            raise Conflict("There is no reference yet that has been looked at.", code="no_reference")

        def choose(stored: BlueprintDocument) -> BlueprintDocument:
            document = stored.model_copy(deep=True)
            if chosen == "match":
                tokens = TOKENS.validate_python(reference.tokens)
                taking.take_over(document, reference.item_id, tokens, source=None, exactly=True)
            taking.decide(document, chosen, source=None)
            _lock(document)
            return document

        before = locked.version
        changes = store.edit(locked, None, choose)
        if locked.version != before:
            told = f"{taking.LABELS[chosen]}: {reference.title or reference.source}"[:200]
            store.record(locked, told, by, changes)
    return locked


def _lock(document: BlueprintDocument) -> None:
    document.locked = sorted({*document.locked, INTENT})
    decision = document.decision(taking.TOPIC)
    if decision is not None:
        decision.locked = [EVERYTHING]
