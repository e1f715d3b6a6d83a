"""The convergence ledger: what was asked for, and whether it was seen to work.

An item is met only when every proof named for it was seen: tests by what the runner reported, probes by
what the running app answered. Nothing is met because code for it was written.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from operations.generator.locate import locate
from operations.generator.model import Coverage, Plan, ProbeSpec
from studio.core.errors import OutsideFailure

Outcome = Literal["passed", "failed", "error", "skipped"]
Status = Literal["met", "partial", "unmet"]


@dataclass(frozen=True)
class ReportedTest:
    """One test of the generated app; `message` is the traceback of one that did not pass."""

    id: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Probe:
    """A request to send to the running app, without following redirects. `id` is unique in a plan."""

    id: str
    method: str
    path: str
    status: int
    contains: str
    json_keys: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class ProbeResult:
    """What came of a probe; `reason` is "" when it held."""

    id: str
    held: bool
    reason: str = ""


@dataclass(frozen=True)
class LedgerVerdict:
    """`location` is "file:line" or "", `test` and `probe` name the first proof of their kind."""

    item_id: str
    title: str
    status: Status
    location: str
    test: str
    probe: str
    reason: str


class _ReportLine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    outcome: Outcome
    seconds: float
    message: str


class _ReportEnd(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    total: int


def parse_test_results(output: str) -> list[ReportedTest]:
    """Read what `config/test_runner.py` wrote. Raises OutsideFailure when the run was cut short."""
    lines = [line for line in output.splitlines() if line.strip()]
    try:
        if not lines:
            raise ValueError("it is empty")
        end = _ReportEnd.model_validate_json(lines[-1])
        found = [_ReportLine.model_validate_json(line) for line in lines[:-1]]
        if end.total != len(found):
            raise ValueError(f"it tells of {len(found)} tests out of {end.total}")
    except (ValidationError, ValueError) as error:
        raise OutsideFailure(
            "The report of the app's tests cannot be read; the run was cut short.",
            code="test_report_unreadable",
            problem=str(error)[:500],
        ) from error
    return [ReportedTest(line.id, line.outcome, line.seconds, line.message) for line in found]


def probes(plan: Plan) -> list[Probe]:
    """Every request the evidence of the plan asks for, each once, and the health of the app first."""
    asked: dict[str, tuple[ProbeSpec, list[str]]] = {}
    for spec in (ProbeSpec("/healthz", json_keys=("status",)), ProbeSpec("/")):
        asked[probe_id(spec)] = (spec, [])
    for coverage in plan.coverage:
        for spec in coverage.evidence.probes:
            asked.setdefault(probe_id(spec), (spec, []))[1].append(coverage.item_id)
    return [
        Probe(id_, spec.method, spec.path, spec.status, spec.contains, spec.json_keys, tuple(items))
        for id_, (spec, items) in asked.items()
    ]


def probe_id(spec: ProbeSpec) -> str:
    """ "GET /api/recipes/ 200 count results": the request and what it must show."""
    return " ".join([spec.method, spec.path, str(spec.status), *spec.json_keys, spec.contains]).strip()


def check(probe: Probe, status: int, body: bytes) -> ProbeResult:
    """Whether an answer is what the probe expects."""
    text = body.decode("utf-8", "replace")
    if status != probe.status:
        return ProbeResult(
            probe.id, False, f"{probe.method} {probe.path} answered {status}, not {probe.status}."
        )
    if probe.contains and html.unescape(probe.contains) not in html.unescape(text):
        return ProbeResult(probe.id, False, f"{probe.path} does not show “{probe.contains}”.")
    if probe.json_keys:
        try:
            answer = json.loads(text)
        except ValueError:
            return ProbeResult(probe.id, False, f"{probe.path} did not answer with JSON.")
        missing = [key for key in probe.json_keys if not isinstance(answer, dict) or key not in answer]
        if missing:
            return ProbeResult(probe.id, False, f"{probe.path} answered without {', '.join(missing)}.")
    return ProbeResult(probe.id, True)


def judge(
    plan: Plan,
    test_results: Sequence[ReportedTest],
    probe_results: Sequence[ProbeResult] | None,
    files: Mapping[str, bytes] | None = None,
) -> list[LedgerVerdict]:
    """One verdict per item of the current document.

    `probe_results` is None while the app does not run yet: then tests alone count, and what only a probe
    could prove stays unmet. `files` are those of the repository, for the lines of locations.
    """
    tests = {result.id: result for result in test_results}
    answered = None if probe_results is None else {result.id: result for result in probe_results}
    return [_verdict(coverage, tests, answered, files or {}) for coverage in plan.coverage]


def _verdict(
    coverage: Coverage,
    tests: Mapping[str, ReportedTest],
    answered: Mapping[str, ProbeResult] | None,
    files: Mapping[str, bytes],
) -> LedgerVerdict:
    evidence = coverage.evidence
    if coverage.expectation == "unmet":
        status, reason = "unmet", coverage.reason
    else:
        status, reason = _weigh(coverage, tests, answered)
    return LedgerVerdict(
        item_id=coverage.item_id,
        title=coverage.title,
        status=status,  # type: ignore[arg-type]
        location=locate(evidence.location, files) or evidence.location.partition("::")[0],
        test=evidence.tests[0] if evidence.tests else "",
        probe=probe_id(evidence.probes[0]) if evidence.probes else "",
        reason=reason,
    )


def _weigh(
    coverage: Coverage, tests: Mapping[str, ReportedTest], answered: Mapping[str, ProbeResult] | None
) -> tuple[Status, str]:
    """Each proof seen, missing or contradicted; "partial" when some were seen and some were not."""
    seen, troubles = 0, []
    for name in coverage.evidence.tests:
        trouble = _trouble_with_test(name, tests)
        troubles += [trouble] if trouble else []
        seen += not trouble
    for spec in coverage.evidence.probes if answered is not None else ():
        result = answered.get(probe_id(spec)) if answered is not None else None
        if result is None:
            troubles.append(f"{spec.method} {spec.path} was not asked.")
        elif not result.held:
            troubles.append(result.reason)
        else:
            seen += 1
    if not troubles and not seen:
        return "unmet", "Nothing has shown yet that it works."
    if troubles:
        return ("partial" if seen else "unmet"), " ".join(troubles[:3])
    return coverage.expectation, coverage.reason


def _trouble_with_test(name: str, tests: Mapping[str, ReportedTest]) -> str:
    """Why the test, or the tests under this class or module, prove nothing; "" when they do."""
    named = [result for id_, result in tests.items() if id_ == name or id_.startswith(f"{name}.")]
    ran = [result for result in named if result.outcome != "skipped"]
    if not ran:
        return f"{name} did not run."
    bad = next((result for result in ran if result.outcome != "passed"), None)
    if bad is None:
        return ""
    last = [line for line in bad.message.strip().splitlines() if line.strip()]
    return f"{bad.id} {'failed' if bad.outcome == 'failed' else 'broke'}: {last[-1][:200] if last else 'no message'}"
