"""The two small languages of trees: `{{ .outputs.step.name }}` in strings, jq over answers.

A reference is replaced by its value, nothing is evaluated: `.vars.<name>`, `.outputs.<step>.<name>` and
`.run.id` are all there is. Where the text goes decides how a value is written: percent-encoded in an
address, as JSON in a jq expression, as it is elsewhere.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jq

_JQ = Path(__file__).with_name("jq_program.py")
# Of processor time; a busy machine may take much longer over it.
JQ_SECONDS = 3
_PATIENCE_SECONDS = 60.0
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"\s*\.(?:vars\.(?P<var>[\w-]+)|outputs\.(?P<step>[\w-]+)\.(?P<output>[\w-]+)|run\.id)\s*")


class ExpressionError(ValueError):
    """The text is no expression, names something that is not there, or found nothing."""


@dataclass(frozen=True)
class Reference:
    """A variable (`var`), an output (`step`, `output`), or, with neither, the id of the run."""

    var: str | None = None
    step: str | None = None
    output: str | None = None

    def __str__(self) -> str:
        if self.var is not None:
            return f".vars.{self.var}"
        return f".outputs.{self.step}.{self.output}" if self.step is not None else ".run.id"


@dataclass
class Scope:
    """What references may name: `outputs` by step."""

    run_id: str
    vars: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def value(self, reference: Reference) -> Any:
        """Raises ExpressionError for what has not come to be."""
        if reference.var is not None:
            if reference.var not in self.vars:
                raise ExpressionError(f"there is no variable {reference}")
            return self.vars[reference.var]
        if reference.step is None or reference.output is None:
            return self.run_id
        outputs = self.outputs.get(reference.step, {})
        if reference.output not in outputs:
            raise ExpressionError(f"{reference} has no value: the step has not produced it")
        return outputs[reference.output]


def references(text: str) -> list[Reference]:
    """Every reference in a string. Raises ExpressionError for a hole that is none."""
    if "{{" in _HOLE.sub("", text):
        raise ExpressionError("“{{” is never closed")
    return [_reference(hole) for hole in _HOLE.findall(text)]


def fill(value: Any, scope: Scope) -> Any:
    """A JSON value with its references replaced. A string that is one reference alone becomes the
    value itself, of whatever type."""
    if isinstance(value, str):
        whole = _HOLE.fullmatch(value.strip())
        if whole and value.count("{{") == 1:
            return scope.value(_reference(whole[1]))
        return fill_text(value, scope)
    if isinstance(value, dict):
        return {key: fill(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, scope) for item in value]
    return value


def fill_text(text: str, scope: Scope) -> str:
    return _replace(text, scope, _text)


def fill_address(text: str, scope: Scope) -> str:
    """For paths and queries: no value can leave its place in the address, nor take the place away."""
    path, mark, query = text.partition("?")
    return _replace(path, scope, _path_part) + mark + _replace(query, scope, _query_part)


def fill_jq(text: str, scope: Scope) -> str:
    """For jq: values become literals, so they are written without quotes around them."""
    return _replace(text, scope, json.dumps)


def check_jq(text: str) -> None:
    """Raises ExpressionError with what jq does not understand."""
    try:
        jq.compile(_HOLE.sub("null", text))
    except ValueError as error:
        raise ExpressionError(_first_line(str(error))) from error


def find(expression: str, value: Any) -> Any:
    """The first thing jq finds. Raises ExpressionError when that is nothing or null."""
    found = next(iter(_results(expression, value, most=1)), None)
    if found is None:
        raise ExpressionError(f"`{expression}` finds nothing in the answer")
    return found


def holds(expression: str, value: Any) -> bool:
    """Whether jq finds something, and nothing that is false or null. Raises ExpressionError."""
    results = _results(expression, value)
    return bool(results) and all(result is not None and result is not False for result in results)


def is_plain(text: str) -> bool:
    """Whether every JSON column, file and report can hold it: not U+0000, nor half of a character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def plain(value: Any) -> Any:
    """A JSON value with what no JSON column can hold replaced."""
    if isinstance(value, str):
        return value if is_plain(value) else "".join(c if is_plain(c) else "\ufffd" for c in value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _results(expression: str, value: Any, *, most: int = 1_000) -> list[Any]:
    """In a process of its own that can be given up: an expression may never end, and jq's C code would
    keep this whole process from doing, or even hearing, anything else meanwhile."""
    given = json.dumps({"expression": expression, "value": value, "most": most, "seconds": JQ_SECONDS})
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_JQ)],
            input=given.encode(),
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExpressionError(f"`{expression}` does not come to an end") from error
    if done.returncode == -signal.SIGXCPU:
        raise ExpressionError(f"`{expression}` was stopped after {JQ_SECONDS} s of computing")
    if done.returncode != 0:
        raise ExpressionError(f"`{expression}` asks for more than jq is given: it broke off")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise ExpressionError(f"`{expression}`: {_first_line(answer['error'])}")
    found: list[Any] = answer["results"]
    return found


def _reference(hole: str) -> Reference:
    match = _PATH.fullmatch(hole)
    if match is None:
        raise ExpressionError(f"“{{{{{hole}}}}}” is none of .vars.<name>, .outputs.<step>.<name> and .run.id")
    return Reference(match["var"], match["step"], match["output"])


def _replace(text: str, scope: Scope, written: Callable[[Any], str]) -> str:
    return _HOLE.sub(lambda hole: written(scope.value(_reference(hole[1]))), text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _path_part(value: Any) -> str:
    text = _text(value)
    if text in ("", ".", ".."):
        raise ExpressionError(f"“{text}” has no place in an address")
    return quote(text, safe="")


def _query_part(value: Any) -> str:
    return quote(_text(value), safe="")


def _first_line(complaint: str) -> str:
    """The first line of jq's complaint, without its name and the place in our one line."""
    first = (complaint.splitlines() or ["it failed"])[0].removeprefix("jq: error: ")
    return re.sub(r" at <top-level>, line 1, column (\d+):?$", r" (column \1)", first)
