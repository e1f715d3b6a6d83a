"""Day and night. The hour follows the wall clock, so it goes on evenly across restarts."""

from __future__ import annotations

DAY_SECONDS = 600.0
NIGHT_FROM, NIGHT_TO = 21.0, 5.5
HOMESICK_AT_NIGHT = 6.0


def hour_at(now: float) -> float:
    """0 to 24. A day of the village takes ten minutes."""
    return now % DAY_SECONDS / DAY_SECONDS * 24


def is_night(hour: float) -> bool:
    return hour >= NIGHT_FROM or hour < NIGHT_TO
