"""From text to a `Tree`, or to every mistake in it with its line. Nothing of a tree starts before this.

Besides the shape of each step it is checked that the graph has an order, that every reference names
something that will exist by then, and that every expression can be compiled.
"""

from __future__ import annotations

import difflib
import graphlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from operations.trees import expressions
from operations.trees.expressions import ExpressionError
from operations.trees.schema import ACTIONS, AnyStep, Step, Tree, Variable
from studio.core.errors import InvalidInput

LONGEST_CHARACTERS = 200_000
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
        steps = self._section(document, "steps", document.get("steps"))
        teardown = self._section(document, "teardown", self._named_teardown(document))
        if not steps and not self.problems:
            self._add(("steps",), "a tree needs at least one step")
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
        if len(text) > LONGEST_CHARACTERS:
            self._add((), f"longer than {LONGEST_CHARACTERS} characters")
            return None
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent):
                    line = event.start_mark.line + 1 if event.start_mark else 1
                    self.problems.append(Problem(line, f"“*{event.anchor}”: aliases are not supported"))
                    return None
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            if not isinstance(node, yaml.MappingNode):
                self._add((), "a tree is a mapping with `name` and `steps`")
                return None
            self._locate(node, ())
            document: dict[str, Any] = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            said = getattr(error, "problem", None) or str(error).splitlines()[0]
            self.problems.append(Problem(line, f"not YAML: {said}"))
            return None
        if not all(isinstance(key, str) for key in document):
            self._add((), "the keys of a tree are words")
            return None
        return document

    def _locate(self, node: yaml.Node, at: Location) -> None:
        """Note on which line each value stands; a key given twice is a mistake, not a choice."""
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._locate(item, (*at, index))
                if at[-1:] == ("outputs",) and isinstance(item, yaml.MappingNode):
                    for key, _ in item.value:  # as if it had been written without the list
                        self._lines.setdefault((*at, str(key.value)), key.start_mark.line + 1)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*at, str(key.value))
                if inner in self._lines:
                    self.problems.append(Problem(key.start_mark.line + 1, f"“{key.value}” is there twice"))
                self._lines[inner] = key.start_mark.line + 1
                self._locate(value, inner)

    def _line(self, at: Location) -> int:
        """Of the innermost thing on the way to `at` that the text holds."""
        return next(self._lines[at[:end]] for end in range(len(at), -1, -1) if at[:end] in self._lines)

    def _add(self, at: Location, message: str) -> None:
        self.problems.append(Problem(self._line(at), message))

    # Shape

    def _named_teardown(self, document: Mapping[str, Any]) -> Any:
        """The list as a mapping by `name`, or by number where a step has none."""
        listed = document.get("teardown", [])
        if not isinstance(listed, list):
            return listed
        named: dict[str, Any] = {}
        for number, given in enumerate(listed, start=1):
            step = {**given} if isinstance(given, dict) else given
            name = str(step.pop("name", f"teardown-{number}")) if isinstance(step, dict) else str(number)
            here = ("teardown", number - 1)
            if name in named:
                self._add(here, f"there are two teardown steps “{name}”")
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
