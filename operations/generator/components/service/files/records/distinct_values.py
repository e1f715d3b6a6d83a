"""Values made different by a number, each still one that its field takes."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models

# Farther apart than any two of the samples that the numbers are added to.
DAYS = 30
STEP = 10
CODE = re.compile(r"([A-Z]+-)(\d+)")


def distinct(field: Any, value: Any, number: int) -> Any:
    """`value`, as JSON shows it, for the `number`th record that uses it."""
    match field:
        case models.DateTimeField():
            moment = datetime.fromisoformat(value) + timedelta(days=DAYS * number)
            return moment.isoformat().replace("+00:00", "Z")
        case models.DateField():
            return (date.fromisoformat(value) + timedelta(days=DAYS * number)).isoformat()
        case models.TimeField() | models.DurationField():
            return f"{10 + number // 3600 % 14}:{number // 60 % 60:02}:{number % 60:02}"
        case models.IntegerField() | models.FloatField() | models.DecimalField():
            return _number(field, value, STEP * number)
        case models.EmailField():
            name, at, host = value.partition("@")
            return f"{name}{number}{at}{host}"
        case models.URLField():
            return f"{value}-{number}"
        case _ if CODE.fullmatch(value):
            return next_code(value, number)
        case _ if value.startswith("#"):
            return f"#{number:06x}"
        case _:
            end = f" {number}"
            return value[: field.max_length - len(end)] + end if field.max_length else value + end


def next_code(value: str, number: int) -> str:
    """ "A-1042" counted on; any other text as it is."""
    code = CODE.fullmatch(value)
    return f"{code[1]}{int(code[2]) + STEP * number}" if code else value


def _number(field: Any, value: Any, more: int) -> Any:
    """Counted up or, where that would be too much, down; money stays the text it is."""
    most = min(
        (one.limit_value for one in field.validators if isinstance(one, MaxValueValidator)),
        default=None,
    )
    number = Decimal(str(value))
    number = number + more if most is None or number + more <= most else number - more
    return f"{number:.2f}" if isinstance(value, str) else type(value)(number)
