"""Who did how well."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

MOST = 1_000_000


class HighScore(models.Model):
    game = models.CharField(max_length=20)
    player = models.CharField("your name", max_length=40)
    points = models.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST)])
    played_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-points", "played_at"]

    def __str__(self) -> str:
        return f"{self.player}: {self.points}"
