import pytest

from operations.trees.expressions import (
    ExpressionError,
    Scope,
    fill,
    fill_address,
    fill_jq,
    find,
    holds,
    is_plain,
    plain,
)

# Whichever bound is met first: processor time, memory, or, on a busy machine, patience.
STOPPED = "was stopped after|asks for more than jq is given|does not come to an end"
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


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_would_lead_elsewhere_is_refused_in_a_path(value):
    scope = Scope("run1", {"who": value})
    with pytest.raises(ExpressionError, match="has no place in an address"):
        fill_address("/projects/{{ .vars.who }}", scope)
    assert fill_address("/projects?name={{ .vars.who }}", scope) == f"/projects?name={value}"


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


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("def f: f; f", STOPPED),
        ("[range(infinite)]", STOPPED),
        ("def f: [f]; f", STOPPED),
        ('"x" * 10000000', "finds more than 4194304 characters"),
        ("input", "break"),
    ],
)
def test_an_expression_that_never_ends_or_asks_for_too_much_is_stopped(expression, told):
    with pytest.raises(ExpressionError, match=told):
        find(expression, {})


def test_what_an_expression_finds_without_end_is_not_waited_for():
    assert find("repeat(1)", {}) == 1
    with pytest.raises(ExpressionError, match="finds more than 1000 values"):
        holds("repeat(1)", {})


def test_an_expression_sees_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    assert "canary" not in str(find("[env, $ENV]", {}))


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_no_database_holds_is_replaced(text):
    assert not is_plain(text)
    assert plain({text: [text, 1, None]}) == {"a\ufffdb": ["a\ufffdb", 1, None]}
    assert is_plain("grüße 🌳")


def test_false_is_a_fine_output():
    assert find('.a != "empty"', {"a": "empty"}) is False
