"""Python source in the layout of `ruff format`, so that what is generated needs no formatter."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

WIDTH = 100
INDENT = "    "


def literal(value: object) -> str:
    """A literal in ruff's quoting: double quotes, unless that means more escapes."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def call(
    prefix: str, arguments: Iterable[str], *, indent: int, suffix: str = "", brackets: str = "()"
) -> str:
    """`prefix(a, b)suffix` on one line when it fits at this depth, else one argument per line.

    Further lines are relative to the first; whoever places the text shifts it as a whole (`indented`).
    """
    given = list(arguments)
    line = f"{prefix}{brackets[0]}{', '.join(given)}{brackets[1]}{suffix}"
    if width(INDENT * indent + line) <= WIDTH and "\n" not in line:
        return line
    inner = "".join(f"{argument},\n" for argument in given)
    return f"{prefix}{brackets[0]}\n{indented([inner])}{brackets[1]}{suffix}"


def width(text: str) -> int:
    """Columns on a screen: wide East Asian characters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def sequence(prefix: str, items: Iterable[object], *, indent: int, suffix: str = "") -> str:
    """`prefix("a", "b")suffix`: a tuple of literals, one per line when it does not fit."""
    return code_tuple(prefix, (literal(item) for item in items), indent=indent, suffix=suffix)


def code_tuple(prefix: str, items: Iterable[str], *, indent: int, suffix: str = "") -> str:
    """As `sequence`, of ready source."""
    given = list(items)
    line = f"{prefix}({given[0]},){suffix}" if len(given) == 1 else ""
    if line and width(INDENT * indent + line) <= WIDTH and "\n" not in line:
        return line
    return call(prefix, given, indent=indent, suffix=suffix)


def mapping(prefix: str, items: Iterable[tuple[str, str]], *, indent: int, suffix: str = "") -> str:
    """`prefix{"key": value}suffix` of ready source values, one per line when it does not fit."""
    return call(prefix, (f"{literal(k)}: {v}" for k, v in items), indent=indent, suffix=suffix, brackets="{}")


def import_line(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    return line if width(line) <= WIDTH else call(f"from {module} import ", names, indent=0)


def indented(lines: Iterable[str]) -> str:
    """Every line one level deeper, empty ones left empty."""
    joined = "\n".join(lines)
    return "\n".join(f"{INDENT}{line}" if line.strip() else "" for line in joined.split("\n"))


def docstring(text: str, *, indent: int) -> str:
    """A docstring of one line, or of wrapped lines when it is long; quotes and backslashes are safe."""
    words = " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
    lines = textwrap.wrap(words, WIDTH - len(INDENT * indent) - 6) or ["–"]
    return f'"""{lines[0]}"""' if len(lines) == 1 else "\n".join([f'"""{lines[0]}', *lines[1:], '"""'])


def _string(value: str) -> str:
    escaped = "".join(_escape(character) for character in value)
    if '"' in escaped and escaped.count('"') > escaped.count("'"):
        return "'" + escaped.replace("'", "\\'") + "'"
    return '"' + escaped.replace('"', '\\"') + '"'


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable() and not "\ud800" <= character <= "\udfff":
        return character
    return repr(character)[1:-1]
