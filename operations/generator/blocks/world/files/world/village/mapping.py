"""The map as the JSON that browsers draw from. Rounded: a tenth of a unit is less than a pixel."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from .builder import Village, build_village


@cache
def village_json(seed: int) -> dict[str, Any]:
    village: Village = build_village(seed)
    return _rounded(asdict(village))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2) if abs(value) < 10 else round(value, 1)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
