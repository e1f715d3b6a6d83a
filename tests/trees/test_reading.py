# ruff: noqa: E501 (a tree in a line reads better than one in ten)
"""A mistake in a tree is told with its line, before anything starts."""

import pytest

from operations.trees import library
from operations.trees.reading import InvalidTree, read_tree
from studio.core.errors import NotFound

HEAD = "name: tree\nvars: {who: Ada}\nsteps:\n"
A = "  a: {action: api, endpoint: /project, outputs: [{id: .data.id}]}\n"

MISTAKES = {
    "no mapping": ("- a", 1, "a tree is a mapping"),
    "no yaml": ("name: [tree", 1, "not YAML"),
    "no steps": ("name: tree\nsteps: {}", 2, "at least one step"),
    "no name": ("steps:\n  a: {action: sleep, seconds: 1}", 1, "`name` is missing"),
    "unknown key": (HEAD + A + "step: {}", 5, "unknown field `step`; did you mean “steps”?"),
    "key twice": (HEAD + A + A, 5, "“a” is there twice"),
    "alias": ("name: &n tree\ndescription: *n\nsteps: {}", 2, "aliases are not supported"),
    "steps no mapping": ("name: tree\nsteps: [1]", 2, "`steps` must be a mapping"),
    "step no mapping": (HEAD + "  a: api", 4, "a: a step is a mapping"),
    "no action": (HEAD + "  a:\n    endpoint: /x", 4, "a: `action` is missing; it is one of api"),
    "unknown action": (HEAD + "  a:\n    action: apj", 5, "a: unknown action “apj”; did you mean “api”?"),
    "missing field": (HEAD + "  a:\n    action: api", 4, "a: `endpoint` is missing"),
    "unknown field": (HEAD + "  a:\n    action: api\n    endpoint: /x\n    metod: GET", 7, "`metod`; did you mean “method”"),
    "wrong type": (HEAD + "  a:\n    action: sleep\n    seconds: long", 6, "a: `seconds`: input should be a valid number"),
    "assert without": (HEAD + "  a:\n    action: assert", 4, "needs either `value` and `that`"),
    "bad method": (HEAD + "  a:\n    action: api\n    method: FETCH\n    endpoint: /x", 6, "`method`"),
    "unknown depends_on": (HEAD + A + "  b: {action: sleep, seconds: 1,\n    depends_on: [aa]}", 6, "b: depends on “aa”, which is no step"),
    "on itself": (HEAD + "  a:\n    action: sleep\n    seconds: 1\n    depends_on: [a]", 7, "a → a"),
    "circle": (
        HEAD + "  a: {action: sleep, seconds: 1, depends_on: [b]}\n  b: {action: sleep, seconds: 1, depends_on: [a]}",
        4,
        "steps depend on each other: a → b → a",
    ),
    "unknown variable": (HEAD + '  a:\n    action: api\n    endpoint: "/{{ .vars.whom }}"', 6, "no variable .vars.whom; did you mean “who”?"),
    "unknown step": (HEAD + '  a: {action: wait_build,\n    build_id: "{{ .outputs.c.id }}"}', 5, "there is no step “c”"),
    "not an ancestor": (HEAD + A + '  b: {action: wait_build, build_id: "{{ .outputs.a.id }}"}', 5, "does not depend on “a”"),
    "unknown output": (HEAD + A + '  b:\n    action: wait_build\n    depends_on: [a]\n    build_id: "{{ .outputs.a.ids }}"', 8, "“a” has no output “ids”; did you mean “id”?"),
    "deep in a body": (HEAD + '  a:\n    action: api\n    endpoint: /x\n    body:\n      list:\n        - "{{ .vars.x }}"', 9, "no variable .vars.x"),
    "no reference": (HEAD + '  a: {action: wait_build, build_id: "{{ exec }}"}', 4, "is none of .vars.<name>"),
    "never closed": (HEAD + '  a: {action: wait_build, build_id: "{{ .vars.who"}', 4, "never closed"),
    "bad jq": (HEAD + "  a:\n    action: api\n    endpoint: /x\n    outputs:\n      - id: .data[", 8, "a: syntax error"),
    "bad jq in that": (HEAD + "  a:\n    action: assert\n    value: 1\n    that:\n      - . ==", 8, "a: syntax error"),
    "bad teardown": (HEAD + A + "teardown:\n  - action: api\n    endpoint: x", 7, "teardown-1: `endpoint`"),
    "teardown twice": (HEAD + A + "teardown:\n  - {name: t, action: sleep, seconds: 1}\n  - {name: t, action: sleep, seconds: 1}", 7, "two teardown steps “t”"),
    "teardown depends": (HEAD + A + "teardown:\n  - {action: sleep, seconds: 1, depends_on: [a]}", 6, "run in order"),
    "teardown no list": (HEAD + A + "teardown: 3", 5, "`teardown` must be a list"),
    "teardown like a step": (HEAD + A + "teardown:\n  - {name: a, action: sleep, seconds: 1}", 6, "there is a step “a” already"),
    "nul": ("name: tree\n\0", 2, "not YAML"),
    "tab": (HEAD + "\ta: 1", 4, "not YAML: found character '\\t'"),
    "two documents": (HEAD + A + "---\nname: other", 5, "not YAML"),
    "of python": (HEAD + "  a: !!python/object/apply:os.system [id]", 4, "not YAML: could not determine a constructor"),
    "bomb": ("name: tree\na: &a [x, x]\nb: &b [*a, *a]\nsteps: {}", 3, "aliases are not supported"),
    "merge of an alias": (HEAD + "  a: &a {action: sleep, seconds: 1}\n  b:\n    <<: *a", 6, "aliases are not supported"),
    "deep": (HEAD + "  a: {action: api, endpoint: /x,\n    body: " + "[" * 90_000, 5, "nested more than 40 levels deep"),
    "deep in lines": (HEAD + "".join(f"{' ' * level}a:\n" for level in range(2, 60)), 43, "nested more than 40 levels deep"),
    "many steps": (HEAD + "".join(f" s{number}: {{action: sleep, seconds: 0}}\n" for number in range(501)), 3, "more than 500 steps"),
    "output twice": (HEAD + "  a:\n    action: api\n    endpoint: /x\n    outputs:\n      - id: .a\n      - id: .b", 9, "“id” is there twice"),
    "a date": ("name: tree\nvars:\n  day: 2020-01-01\nsteps: {}", 3, "must be text (in quotes"),
    "no number": (HEAD + "  a:\n    action: api\n    endpoint: /x\n    body: [.nan]", 7, "no number that can be sent"),
    "endless": (HEAD + "  a: {action: sleep,\n    seconds: .inf}", 5, "no number that can be sent"),
    "half a character": (HEAD + '  a:\n    action: api\n    endpoint: /x\n    body: "\\ud800"', 7, "holds a character that is none"),
    "key with a hole": (HEAD + '  a:\n    action: api\n    endpoint: /x\n    body:\n      "{{ .vars.who }}": 1', 8, "references are not replaced in keys"),
    "huge": ("#" * 200_001, 1, "longer than"),
    "huge in bytes": ("é" * 100_001, 1, "longer than 200000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(text, line, message):
    with pytest.raises(InvalidTree) as caught:
        read_tree(text, name="my-tree")
    told = [(problem.line, problem.message) for problem in caught.value.problems]
    assert any(at == line and message in said for at, said in told), told
    assert "my-tree is no valid tree" in caught.value.message


def test_all_mistakes_of_all_steps_are_told_at_once_in_order():
    text = HEAD + "  a:\n    action: nothing\n  b:\n    action: api\n    metod: GET\n"
    with pytest.raises(InvalidTree) as caught:
        read_tree(text, name="tree")
    assert [problem.line for problem in caught.value.problems] == [5, 6, 8]


def test_outputs_are_a_mapping_or_a_list_of_single_entries():
    text = HEAD + A + "  b: {action: api, endpoint: /x, outputs: {id: .data.id}}"
    tree = read_tree(text, name="tree")
    assert tree.steps["a"].outputs == tree.steps["b"].outputs == {"id": ".data.id"}


def test_teardown_may_use_what_any_step_and_earlier_teardown_made():
    text = (
        HEAD
        + A
        + (
            'teardown:\n  - {name: gone, action: api, method: DELETE, endpoint: "/{{ .outputs.a.id }}", outputs: [{op: .data.id}]}\n'
            '  - {action: wait_operation, operation_id: "{{ .outputs.gone.op }}"}\n'
        )
    )
    assert list(read_tree(text, name="tree").teardown) == ["gone", "teardown-2"]


def test_every_tree_of_the_library_is_valid_and_says_what_it_is_for():
    assert library.names()
    for name in library.names():
        tree = library.read(name)
        assert tree.name == name
        assert tree.description
        assert tree.teardown


@pytest.mark.parametrize("name", ["nothing", "", "../schema", "slackpath", "/etc/passwd"])
def test_a_name_the_library_does_not_have_is_refused(name):
    with pytest.raises(NotFound):
        library.read(name)
