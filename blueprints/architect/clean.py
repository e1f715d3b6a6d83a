"""Text of a model, made fit to be stored and sent on.

A model may write NUL, which PostgreSQL does not store, and half a surrogate pair, which no encoding can write.
"""

from __future__ import annotations

import re
from typing import Any

# Control characters besides tab and line feed; nobody sees them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Without control characters; halves of surrogate pairs are joined where they meet, else U+FFFD."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", text)


def clean_json(value: Any) -> Any:
    """The same for every text within a JSON value, the names of members too."""
    match value:
        case str():
            return clean_text(value)
        case list():
            return [clean_json(each) for each in value]
        case dict():
            return {clean_text(str(name)): clean_json(each) for name, each in value.items()}
    return value


class CleanStream:
    """Cleans a text that comes in pieces: the first half of a pair waits for the second."""

    def __init__(self) -> None:
        self._kept = ""

    def feed(self, piece: str) -> str:
        text = self._kept + piece
        self._kept = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return clean_text(text[: len(text) - len(self._kept)])

    def rest(self) -> str:
        """What still waits when the text has ended."""
        kept, self._kept = self._kept, ""
        return clean_text(kept)
