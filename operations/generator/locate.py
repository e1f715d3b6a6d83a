"""Where in the code an item lives: "file::symbol" turned into "file:line"."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping


def locate(location: str, files: Mapping[str, bytes]) -> str:
    """ "records/models.py::Recipe.title" → "records/models.py:14"; line 1 when the symbol is gone.

    "" when the file itself is not there.
    """
    path, _, symbol = location.partition("::")
    if not path or path not in files:
        return ""
    text = files[path].decode("utf-8", "replace")
    line = _python_line(text, symbol) if path.endswith(".py") else _text_line(text, symbol)
    return f"{path}:{line}"


def _python_line(text: str, symbol: str) -> int:
    """The line of a def, class or assignment, dots leading into classes; of a quoted key at last."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return _text_line(text, symbol)
    line = 0
    for part in symbol.split("."):
        found = next((node for node in body if part in _names(node)), None)
        if found is None:
            return line or _text_line(text, symbol)
        line = found.lineno
        body = getattr(found, "body", [])
    return line or 1


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _text_line(text: str, symbol: str) -> int:
    pattern = re.compile(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])") if symbol else None
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if pattern and pattern.search(line)), 1)
