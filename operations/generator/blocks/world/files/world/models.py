"""Who keeps the world: one row, so that of two running releases only the newest writes."""

from __future__ import annotations

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

VACANT_AFTER = timedelta(seconds=10)


class Keeper(models.Model):
    """The only row has the primary key 1.

    Each process that starts takes the next `generation`; the one before may still show its world, but
    no longer write. `settled` counts the agents who moved in by themselves.
    """

    generation = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    settled = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"generation {self.generation}"

    @classmethod
    def take_over(cls) -> int:
        """Become the keeper; returns the generation to show from now on."""
        with transaction.atomic():
            cls.objects.get_or_create(pk=1)
            cls.objects.filter(pk=1).update(generation=F("generation") + 1, seen_at=timezone.now())
            return cls.objects.get(pk=1).generation

    @classmethod
    def still_is(cls, generation: int) -> bool:
        """Show that this generation is alive. False when a newer one has taken over.

        As the first statement of a transaction it fences the rest of it.
        """
        return cls.objects.filter(pk=1, generation=generation).update(seen_at=timezone.now()) == 1

    @classmethod
    def is_vacant(cls) -> bool:
        """True when the newest keeper has not been seen for a while, e.g. after a failed release."""
        return cls.objects.filter(pk=1, seen_at__lt=timezone.now() - VACANT_AFTER).exists()
