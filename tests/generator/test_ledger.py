"""The ledger says met only of what was seen to work."""

from __future__ import annotations

import pytest

from operations.generator.ledger import (
    LedgerVerdict,
    Probe,
    ProbeResult,
    ReportedTest,
    check,
    judge,
    parse_test_results,
    probes,
)
from operations.generator.locate import locate
from operations.generator.plan import make_plan
from studio.core.errors import OutsideFailure
from tests.generator.documents import ORCHARD, recipe_box

PLAN = make_plan([recipe_box()], ORCHARD)
NAMED = sorted({name for item in PLAN.coverage for name in item.evidence.tests})
PASSED = [
    ReportedTest(name if name.count(".") > 2 else f"{name}.AnyTests.test_any", "passed") for name in NAMED
]
HELD = [ProbeResult(probe.id, True) for probe in probes(PLAN)]


def verdicts(tests: list[ReportedTest], probed: list[ProbeResult] | None) -> dict[str, LedgerVerdict]:
    return {verdict.title: verdict for verdict in judge(PLAN, tests, probed)}


def test_everything_is_met_when_every_proof_was_seen() -> None:
    assert {verdict.status for verdict in verdicts(PASSED, HELD).values()} == {"met"}


def test_nothing_is_met_when_nothing_was_seen() -> None:
    assert {verdict.status for verdict in verdicts([], []).values()} == {"unmet"}
    assert {verdict.status for verdict in verdicts([], None).values()} == {"unmet"}


@pytest.mark.parametrize("outcome", ["failed", "error", "skipped"])
def test_a_test_that_did_not_pass_proves_nothing(outcome: str) -> None:
    tests = [ReportedTest(t.id, outcome, message="AssertionError: no") for t in PASSED]  # type: ignore[arg-type]

    assert verdicts(tests, None)["DELETE /api/recipes/{id}/"].status == "unmet"


def test_the_running_app_has_the_last_word() -> None:
    broken = [ProbeResult(r.id, False, "It answered 500.") if "/api/recipes/" in r.id else r for r in HELD]

    verdict = verdicts(PASSED, broken)["GET /api/recipes/"]

    assert verdict.status == "partial"
    assert verdict.reason == "It answered 500."


def test_a_probe_that_was_never_sent_is_missed() -> None:
    assert verdicts(PASSED, [])["GET /api/recipes/"].status == "partial"


PROBE = Probe("p", "GET", "/api/recipes/", 200, "", ("count",), ())


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'{"count": 0}', ""),
        (500, b'{"count": 0}', "GET /api/recipes/ answered 500, not 200."),
        (200, b"<html>", "/api/recipes/ did not answer with JSON."),
        (200, b'{"results": []}', "/api/recipes/ answered without count."),
        (200, b"[]", "/api/recipes/ answered without count."),
    ],
)
def test_answers_are_compared_with_what_was_expected(status: int, body: bytes, reason: str) -> None:
    assert check(PROBE, status, body) == ProbeResult("p", reason == "", reason)


def test_text_is_found_whatever_its_entities() -> None:
    probe = Probe("p", "GET", "/", 200, "Ada's <box>", (), ())

    assert check(probe, 200, b"<h1>Ada&#x27;s &lt;box&gt;</h1>").held


LINE = '{"id": "a.b.C.test_d", "outcome": "passed", "seconds": 0.1, "message": ""}\n'


@pytest.mark.parametrize(
    "report",
    [
        "",
        LINE,
        LINE + '{"total": 2}',
        LINE.replace("passed", "fine") + '{"total": 1}',
        "nonsense\n" + '{"total": 1}',
    ],
)
def test_a_report_that_was_cut_short_is_refused(report: str) -> None:
    with pytest.raises(OutsideFailure, match="cut short"):
        parse_test_results(report)


def test_a_whole_report_is_read() -> None:
    assert parse_test_results(LINE + '{"total": 1}') == [ReportedTest("a.b.C.test_d", "passed", 0.1)]


def test_locations_lead_to_lines() -> None:
    files = {"m.py": b"import x\n\n\nclass A:\n    b = 1\n", "s.css": b"a {\n  --c: red;\n}\n"}

    assert locate("m.py::A.b", files) == "m.py:5"
    assert locate("m.py::A.gone", files) == "m.py:4"
    assert locate("s.css::--c", files) == "s.css:2"
    assert locate("none.py::A", files) == ""
