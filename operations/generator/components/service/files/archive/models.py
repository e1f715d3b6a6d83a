"""Where values go when their field or entity leaves the app: nothing a person typed is destroyed."""

from django.db import models


class ArchivedRecord(models.Model):
    """`values` are the removed values of one record, by field name, as JSON."""

    source = models.CharField(max_length=200, help_text="app.Model the record belonged to")
    record_id = models.CharField(max_length=64)
    values = models.JSONField()
    archived_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-archived_at", "source", "record_id"]
        indexes = [models.Index(fields=["source", "record_id"], name="archive_by_record")]

    def __str__(self) -> str:
        return f"{self.source} {self.record_id}"
