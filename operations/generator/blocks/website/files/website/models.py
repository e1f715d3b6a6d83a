"""Words of a page that staff wrote themselves; without them a page says what the app knows."""

from django.db import models


class PageText(models.Model):
    path = models.CharField(
        max_length=200, unique=True, help_text="The address of the page, such as /about/."
    )
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField(help_text="An empty line begins a new paragraph.")

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
