"""The two small languages of trees: `{{ .outputs.step.name }}` in strings, jq over answers.

A reference is replaced by its value, nothing is evaluated: `.vars.<name>`, `.outputs.<step>.<name>` and
`.run.id` are all there is. Where the text goes decides how a value is written: percent-encoded in an
address, as JSON in a jq expression, as it is elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import jq

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
    return _replace(text, scope, _plain)


def fill_address(text: str, scope: Scope) -> str:
    """For paths and queries: no value can leave its place in the address."""
    return _replace(text, scope, lambda value: quote(_plain(value), safe=""))


def fill_jq(text: str, scope: Scope) -> str:
    """For jq: values become literals, so they are written without quotes around them."""
    return _replace(text, scope, json.dumps)


def check_jq(text: str) -> None:
    """Raises ExpressionError with what jq does not understand."""
    try:
        jq.compile(_HOLE.sub("null", text))
    except ValueError as error:
        raise ExpressionError(_said(error)) from error


def find(expression: str, value: Any) -> Any:
    """The first thing jq finds. Raises ExpressionError when that is nothing or null."""
    found = next(iter(_results(expression, value)), None)
    if found is None:
        raise ExpressionError(f"`{expression}` finds nothing in the answer")
    return found


def holds(expression: str, value: Any) -> bool:
    """Whether jq finds something, and nothing that is false or null."""
    results = _results(expression, value)
    return bool(results) and all(result is not None and result is not False for result in results)


def _results(expression: str, value: Any) -> list[Any]:
    try:
        return list(jq.compile(expression).input_value(value).all())
    except ValueError as error:
        raise ExpressionError(f"`{expression}`: {_said(error)}") from error


def _reference(hole: str) -> Reference:
    match = _PATH.fullmatch(hole)
    if match is None:
        raise ExpressionError(f"“{{{{{hole}}}}}” is none of .vars.<name>, .outputs.<step>.<name> and .run.id")
    return Reference(match["var"], match["step"], match["output"])


def _replace(text: str, scope: Scope, written: Callable[[Any], str]) -> str:
    return _HOLE.sub(lambda hole: written(scope.value(_reference(hole[1]))), text)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _said(error: ValueError) -> str:
    """The first line of jq's complaint, without its name and the place in our one line."""
    first = str(error).splitlines()[0].removeprefix("jq: error: ")
    return re.sub(r" at <top-level>, line 1, column (\d+):?$", r" (column \1)", first)
