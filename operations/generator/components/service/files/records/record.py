"""What records have in common: when they were made and last changed, and forms of text."""

from django.core.validators import RegexValidator
from django.db import models

phone_number = RegexValidator(
    r"^\+?[\d ()./-]{4,}$", "A phone number has digits, spaces and + ( ) . / - only."
)
colour_code = RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour looks like #3d6b35.")


class Record(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
