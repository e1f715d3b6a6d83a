"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
LOOK_SECONDS = 0.02


def wait_for(question: Callable[[], Answer], what: str, seconds: float = 240) -> Answer:
    """The first true answer. Fails, saying `what` it waited for and the last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}, last seen: {answer!r}"
        time.sleep(LOOK_SECONDS)
    return answer
