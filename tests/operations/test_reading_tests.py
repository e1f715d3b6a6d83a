"""Reports of generated apps' test runs, read strictly."""

import json

import pytest

from operations.workshop.test_results import LARGEST_BYTES, Unreadable, read_report, report_text


def report(*tests, total=None):
    lines = [
        {"id": name, "outcome": outcome, "seconds": 0.1, "message": message}
        for name, outcome, message in tests
    ]
    return "\n".join(json.dumps(line) for line in [*lines, {"total": len(lines) if total is None else total}])


def test_each_test_is_named_with_its_result():
    results = read_report(
        report(("a.T.one", "passed", ""), ("a.T.two", "failed", "1 != 2"), ("a.T.three", "skipped", "later")),
        exit_code=1,
    )
    assert [test.id for test in results.tests] == ["a.T.one", "a.T.two", "a.T.three"]
    assert [(test.id, test.message) for test in results.failed] == [("a.T.two", "1 != 2")]


def test_the_same_failure_has_the_same_signature():
    def signature(message):
        return read_report(report(("a.T.one", "failed", message)), exit_code=1).signature

    first = signature(
        "at 2026-01-02 10:11:12 on localhost:4711 in 0.31s, 6a51d7d9-1be8-4a71-9b0a-16cbb1d3a1ff"
    )
    again = signature(
        "at 2026-09-09 23:59:59 on localhost:9876 in 0.44s, 00000000-1be8-4a71-9b0a-16cbb1d3a1ff"
    )
    assert first == again != signature("KeyError: 'id'")


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        ("", 0),
        ("not json", 0),
        (report(), 0),
        (report(("a.T.one", "passed", ""), total=2), 0),
        (report(("a.T.one", "passed", "")).rsplit("\n", 1)[0], 0),
        (report(("a.T.one", "passed", "")), 1),
        (report(("a.T.one", "failed", "")), 0),
        (report(("a.T.one", "fine", "")), 0),
    ],
)
def test_what_does_not_add_up_is_no_pass(text, exit_code):
    with pytest.raises(Unreadable):
        read_report(text, exit_code=exit_code)


def test_a_report_is_read_only_where_it_is_one(tmp_path):
    report, secret = tmp_path / "report", tmp_path / "secret"
    assert report_text(report) == ""
    secret.write_text("swordfish")
    report.symlink_to(secret)
    assert report_text(report) == ""
    report.unlink()
    report.write_bytes(b"caf\xe9")
    assert report_text(report) == "caf\N{REPLACEMENT CHARACTER}"
    with report.open("r+b") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert report_text(report) == ""
