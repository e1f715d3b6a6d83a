import pytest

from operations.trees.expressions import (
    ExpressionError,
    Scope,
    fill,
    fill_address,
    fill_jq,
    find,
    holds,
)

SCOPE = Scope("run1", {"who": "Ada & Ben", "n": 3}, {"make-it": {"id": "7/../8", "list": [1], "no": False}})


def test_references_are_replaced_wherever_they_stand():
    given = {"a": "Hello {{ .vars.who }}, {{.run.id}}", "b": ["{{ .outputs.make-it.id }}"], "c": 1}
    assert fill(given, SCOPE) == {"a": "Hello Ada & Ben, run1", "b": ["7/../8"], "c": 1}


def test_a_reference_alone_keeps_its_type():
    assert fill("{{ .outputs.make-it.list }}", SCOPE) == [1]
    assert fill("{{ .outputs.make-it.no }}", SCOPE) is False
    assert fill("{{ .vars.n }}{{ .vars.n }}", SCOPE) == "33"


def test_no_value_can_leave_its_place_in_an_address():
    address = fill_address("/x/{{ .outputs.make-it.id }}?q={{ .vars.who }}", SCOPE)
    assert address == "/x/7%2F..%2F8?q=Ada%20%26%20Ben"


def test_no_value_can_become_part_of_a_jq_expression():
    scope = Scope("run1", {"who": '" or true or "'})
    assert not holds(fill_jq(". == {{ .vars.who }}", scope), "Ada")
    assert holds(fill_jq(". == {{ .vars.who }}", scope), '" or true or "')


def test_a_value_is_not_looked_at_for_references_again():
    assert fill("<{{ .vars.a }}>", Scope("run1", {"a": "{{ .vars.b }}", "b": "no"})) == "<{{ .vars.b }}>"


def test_what_has_not_come_to_be_is_named():
    with pytest.raises(ExpressionError, match=r"\.outputs\.later\.id has no value"):
        fill("{{ .outputs.later.id }}", SCOPE)


@pytest.mark.parametrize("expression", [".a", ".b[]", ".b.c", 'error("no")', ".a = "])
def test_an_output_that_is_not_there_is_an_error(expression):
    with pytest.raises(ExpressionError):
        find(expression, {"b": []})


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        (".a == 1", {"a": 1}, True),
        (".a", {}, False),
        (".[] > 1", [1, 2], False),
        (".[] > 1", [], False),
        ("0", 1, True),
    ],
)
def test_a_condition_holds_when_everything_found_is_true(expression, value, expected):
    assert holds(expression, value) is expected


def test_false_is_a_fine_output():
    assert find('.a != "empty"', {"a": "empty"}) is False
