"""Who follows whom, and what was reported."""

from django.conf import settings
from django.db import models


class Follow(models.Model):
    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    followed = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="followed_by"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "followed"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.follower} follows {self.followed}"


class Report(models.Model):
    """A record somebody took offence at. `address` leads to it, `words` are what it said then."""

    kind = models.CharField(max_length=100)
    number = models.BigIntegerField()
    address = models.CharField(max_length=300)
    words = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    reported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-reported_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
