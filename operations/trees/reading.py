"""From text to a `Tree`, or to every mistake in it with its line. Nothing of a tree starts before this.

Besides the shape of each step it is checked that the graph has an order, that every reference names
something that will exist by then, and that every expression can be compiled.
"""

from __future__ import annotations

import difflib
import graphlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from operations.trees import expressions
from operations.trees.expressions import ExpressionError, is_plain
from operations.trees.schema import ACTIONS, AnyStep, Step, Tree, Variable
from studio.core.errors import InvalidInput

LONGEST_BYTES = 200_000
MOST_STEPS = 500
DEEPEST = 40
Location = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Problem:
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class InvalidTree(InvalidInput):
    """`problems` in the order of the text."""

    code = "invalid_tree"

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(
            f"{name} is no valid tree:\n" + "\n".join(f"  {problem}" for problem in self.problems),
            errors=[{"line": problem.line, "message": problem.message} for problem in self.problems],
        )


def read_tree(text: str, *, name: str) -> Tree:
    """Raises InvalidTree; `name` says in its message which tree it is."""
    reader = _Reader()
    tree = reader.read(text)
    if tree is None or reader.problems:
        raise InvalidTree(name, reader.problems)
    return tree


class _Reader:
    """Collects problems rather than stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._lines: dict[Location, int] = {(): 1}

    def read(self, text: str) -> Tree | None:
        document = self._parse(text)
        if document is None:
            return None
        self._check_values(document)
        steps = self._section(document, "steps", document.get("steps"))
        teardown = self._section(document, "teardown", self._named_teardown(document))
        if not steps and not self.problems:
            self._add(("steps",), "a tree needs at least one step")
        if len(steps) + len(teardown) > MOST_STEPS:
            self._add(("steps",), f"more than {MOST_STEPS} steps")
        rest = {key: value for key, value in document.items() if key not in ("steps", "teardown")}
        tree: Tree | None = self._model(
            Tree, {**rest, "steps": steps, "teardown": teardown, "source": text}, ()
        )
        if tree is not None and not self.problems:
            self._check_graph(tree)
            self._check_references(tree)
        return tree

    # Text

    def _parse(self, text: str) -> dict[str, Any] | None:
        if len(text.encode(errors="replace")) > LONGEST_BYTES:
            self._add((), f"longer than {LONGEST_BYTES} bytes")
            return None
        try:
            if not self._is_bounded(text):
                return None
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            if not isinstance(node, yaml.MappingNode):
                self._add((), "a tree is a mapping with `name` and `steps`")
                return None
            self._locate(node, ())
            document: dict[str, Any] = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError) as error:
            self.problems.append(Problem(_line_of(error, text), f"not YAML: {_said(error)}"))
            return None
        if not all(isinstance(key, str) for key in document):
            self._add((), "the keys of a tree are words")
            return None
        return document

    def _is_bounded(self, text: str) -> bool:
        """Looked at piece by piece, so that what would grow or nest without end is met before it is built."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                self.problems.append(Problem(line, f"“*{event.anchor}”: aliases are not supported"))
                return False
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEEPEST:
                    self.problems.append(Problem(line, f"nested more than {DEEPEST} levels deep"))
                    return False
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return True

    def _locate(self, node: yaml.Node, at: Location) -> None:
        """Note on which line each value stands; a key given twice is a mistake, not a choice."""
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._locate(item, (*at, index))
                if at[-1:] == ("outputs",) and isinstance(item, yaml.MappingNode):
                    for key, _ in item.value:  # as if it had been written without the list
                        self._note(key, (*at, str(key.value)))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*at, str(key.value))
                self._note(key, inner)
                self._locate(value, inner)

    def _note(self, key: yaml.Node, at: Location) -> None:
        line = key.start_mark.line + 1
        if at in self._lines:
            self.problems.append(Problem(line, f"“{key.value}” is there twice"))
        self._lines[at] = line

    def _line(self, at: Location) -> int:
        """Of the innermost thing on the way to `at` that the text holds."""
        return next(self._lines[at[:end]] for end in range(len(at), -1, -1) if at[:end] in self._lines)

    def _add(self, at: Location, message: str) -> None:
        self.problems.append(Problem(self._line(at), message))

    def _check_values(self, document: Mapping[str, Any]) -> None:
        """What YAML can say and JSON cannot, in which all of this is sent and kept."""
        for at, key, value in _inside(document):
            if not isinstance(key, str | int):
                self._add(at, f"“{key}”: a key is a word")
            elif isinstance(key, str) and "{{" in key:
                self._add(at, f"“{key}”: references are not replaced in keys")
            elif isinstance(value, float) and not math.isfinite(value):
                self._add(at, f"{key}: {value} is no number that can be sent")
            elif isinstance(value, str) and not is_plain(value):
                self._add(at, f"{key}: holds a character that is none (U+0000, or half of one)")

    # Shape

    def _named_teardown(self, document: Mapping[str, Any]) -> Any:
        """The list as a mapping by `name`, or by number where a step has none."""
        listed = document.get("teardown", [])
        if not isinstance(listed, list):
            return listed
        named: dict[str, Any] = {}
        for number, given in enumerate(listed, start=1):
            step = {**given} if isinstance(given, dict) else given
            name = f"teardown-{number}"
            if isinstance(step, dict):
                name = str(step.pop("name", name))
            here = ("teardown", number - 1)
            if name in named:
                self._add(here, f"there are two teardown steps “{name}”")
            elif name in (document.get("steps") or ()):
                self._add(here, f"there is a step “{name}” already")
            named[name] = step
            for at, line in [*self._lines.items()]:
                if at[:2] == here:
                    self._lines.setdefault(("teardown", name, *at[2:]), line)
        return named

    def _section(self, document: Mapping[str, Any], section: str, steps: Any) -> dict[str, AnyStep]:
        if not isinstance(steps, dict):
            if section in document:
                self._add(
                    (section,),
                    f"`{section}` must be a {'list' if section == 'teardown' else 'mapping'} of steps",
                )
            return {}
        read = {str(name): self._step(step, (section, str(name))) for name, step in steps.items()}
        return {name: step for name, step in read.items() if step is not None}

    def _step(self, given: Any, at: Location) -> AnyStep | None:
        name = at[-1]
        if not isinstance(given, dict):
            self._add(at, f"{name}: a step is a mapping with an `action`")
            return None
        action = given.get("action")
        if action is None:
            self._add(at, f"{name}: `action` is missing; it is one of {', '.join(ACTIONS)}")
            return None
        if not isinstance(action, str) or action not in ACTIONS:
            self._add((*at, "action"), f"{name}: unknown action “{action}”{_meant(str(action), ACTIONS)}")
            return None
        return self._model(ACTIONS[action], given, at)

    def _model(self, model: type[ModelT], given: Mapping[Any, Any], at: Location) -> ModelT | None:
        try:
            return model.model_validate(given)
        except ValidationError as error:
            prefix = f"{at[-1]}: " if at else ""
            for mistake in error.errors():
                self._add((*at, *mistake["loc"]), prefix + _wording(mistake, model))
            return None

    # Meaning

    def _check_graph(self, tree: Tree) -> None:
        for name, step in tree.steps.items():
            for needed in step.depends_on:
                if needed not in tree.steps:
                    at = ("steps", name, "depends_on")
                    self._add(
                        at, f"{name}: depends on “{needed}”, which is no step{_meant(needed, tree.steps)}"
                    )
        for name, step in tree.teardown.items():
            if step.depends_on:
                self._add(
                    ("teardown", name, "depends_on"), f"{name}: teardown steps run in order, one by one"
                )
        if not self.problems and (circle := _circle(tree.steps)):
            self._add(("steps", circle[0], "depends_on"), f"steps depend on each other: {' → '.join(circle)}")

    def _check_references(self, tree: Tree) -> None:
        if self.problems:  # without an order nobody can say what exists when
            return
        for name, step in tree.steps.items():
            before = {other: tree.steps[other] for other in ancestors(tree.steps, name)}
            self._check_step(tree, ("steps", name), step, before)
        available: dict[str, AnyStep] = {**tree.steps}
        for name, step in tree.teardown.items():
            self._check_step(tree, ("teardown", name), step, available)
            available[name] = step
        for name, value in tree.vars.items():
            for reference in self._references(("vars", name), value):
                if reference.var is not None or reference.step is not None:
                    self._add(("vars", name), f"{name}: a variable may refer to .run.id only")

    def _check_step(self, tree: Tree, at: Location, step: AnyStep, before: Mapping[str, AnyStep]) -> None:
        name = at[-1]
        given = step.model_dump(by_alias=True, exclude_unset=True)
        for inner, text in _strings(given):
            where = (*at, *inner)
            if any(part in Step.expressions for part in inner):
                try:
                    expressions.check_jq(text)
                except ExpressionError as error:
                    self._add(where, f"{name}: {error}")
            for reference in self._references(where, text):
                if reference.var is not None and reference.var not in tree.vars:
                    self._add(
                        where, f"{name}: there is no variable {reference}{_meant(reference.var, tree.vars)}"
                    )
                elif reference.step is not None:
                    self._check_output(tree, where, reference, before)

    def _references(self, at: Location, value: Variable) -> list[expressions.Reference]:
        if not isinstance(value, str):
            return []
        try:
            return expressions.references(value)
        except ExpressionError as error:
            self._add(at, f"{at[1]}: {error}")
            return []

    def _check_output(
        self, tree: Tree, at: Location, reference: expressions.Reference, before: Mapping[str, AnyStep]
    ) -> None:
        step, output = str(reference.step), str(reference.output)
        known = {**tree.steps, **tree.teardown}
        if step not in known:
            self._add(at, f"{at[1]}: {reference}: there is no step “{step}”{_meant(step, known)}")
        elif step not in before:
            self._add(
                at, f"{at[1]}: {reference}: the step does not depend on “{step}”, so it may run before it"
            )
        elif output not in known[step].outputs:
            hint = _meant(output, known[step].outputs)
            self._add(at, f"{at[1]}: {reference}: “{step}” has no output “{output}”{hint}")


def ancestors(steps: Mapping[str, AnyStep], name: str) -> set[str]:
    """All steps that must have passed before this one."""
    found: set[str] = set()
    waiting = list(steps[name].depends_on)
    while waiting:
        needed = waiting.pop()
        if needed not in found:
            found.add(needed)
            waiting += steps[needed].depends_on
    return found


def _circle(steps: Mapping[str, AnyStep]) -> list[str]:
    """Steps that wait for each other, from one back to itself; [] when there are none."""
    try:
        graphlib.TopologicalSorter({name: step.depends_on for name, step in steps.items()}).prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        return circle[::-1]
    return []


def _strings(value: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*at, index))


def _inside(value: Any, at: Location = ()) -> Iterator[tuple[Location, Any, Any]]:
    """Every value in it with its place and its key, which in a list is its number."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        inner = (*at, key if isinstance(key, int) and isinstance(value, list) else str(key))
        yield inner, key, item
        yield from _inside(item, inner)


def _line_of(error: Exception, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    return text.count("\n", 0, getattr(error, "position", 0)) + 1


def _said(error: Exception) -> str:
    said = getattr(error, "problem", None) or str(error).splitlines()[0]
    return str(said)


def _wording(mistake: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in mistake["loc"])
    if mistake["type"] == "missing":
        return f"`{where}` is missing"
    if mistake["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items() if name != "source"]
        return f"unknown field `{where}`{_meant(str(mistake['loc'][-1]), known)}"
    message = mistake["msg"].removeprefix("Value error, ")
    return f"`{where}`: {message[0].lower()}{message[1:]}" if where else message


def _meant(word: str, known: Iterable[str]) -> str:
    """A suggestion, or all there is when little is known."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"; did you mean “{close[0]}”?"
    return f"; there are {', '.join(known)}" if 0 < len(known) <= 10 else ""
