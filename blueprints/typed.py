"""What people type, as it is stored."""

from __future__ import annotations

import re

from studio.core.errors import InvalidInput

LONGEST_MESSAGE = 50_000  # characters; some twenty pages

# Control characters besides tab and line feed: no keyboard writes them, no page shows them.
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def clean_text(text: str, *, pointer: str = "#/message", longest: int = LONGEST_MESSAGE) -> str:
    """The text as stored: line feeds only, no control characters. Raises InvalidInput."""
    if "\x00" in text or re.search("[\ud800-\udfff]", text):
        message = "This does not look like text. Write it out, or paste it as plain text."
        raise _refused(message, "not_text", pointer)
    text = _CONTROL.sub("", _LINE_END.sub("\n", text)).strip()
    what = pointer.removeprefix("#/").replace("text", "comment")
    if not text:
        raise _refused(f"The {what} is empty.", f"empty_{what}", pointer)
    if len(text) > longest:
        message = f"The {what} is {len(text):,} characters long; {longest:,} fit. Send it in parts."
        raise _refused(message, "too_long", pointer)
    return text


def _refused(message: str, code: str, pointer: str) -> InvalidInput:
    return InvalidInput(message, code=code, errors=[{"pointer": pointer, "message": message}])
