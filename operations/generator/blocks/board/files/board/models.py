"""Where each card stands in its lane."""

from django.db import models


class Place(models.Model):
    """The order of cards: `rank` counts within a board, the smallest first."""

    board = models.CharField(max_length=100)
    card = models.PositiveBigIntegerField()
    rank = models.IntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["board", "card"], name="one_place_each")]

    def __str__(self) -> str:
        return f"{self.board} {self.card}"
