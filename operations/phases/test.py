"""Build, fourth phase: the app's own tests, and beside them the running app asked for each planned item.

A test that fails stops the build with the evidence: the last lines of every failure, and a signature
by which the same failure is known again. Probes are no tests: what one does not find ends as unmet in
the ledger.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from django.db import connections

from environments.adapters.node_runtime import run_tests
from operations.engine.workflow import Checkpoint, PhaseContext, PhaseFailed
from operations.generator.ledger import ProbeResult, ReportedTest, judge, probes
from operations.generator.plan import Plan
from operations.workshop.checkout import checkout, files_of, run_command
from operations.workshop.commits import repository_of
from operations.workshop.ledger import store
from operations.workshop.plans import plan_of
from operations.workshop.probing import run_probes
from operations.workshop.test_results import TestResults, Unreadable, read_report, report_text
from studio.core.sandbox.port import SandboxResult

REPORT = "test-report.jsonl"
TEST_SECONDS = 600
PREPARE_SECONDS = 120
FAILURES_SHOWN = 10
LINES_SHOWN = 25


def run(context: PhaseContext) -> Checkpoint:
    commit = context.checkpoint_of("implement")["commit"]
    plan = plan_of(context)
    with ThreadPoolExecutor(max_workers=1) as beside:
        trying = beside.submit(_try_app, context, commit, plan)
        results = _run_tests(context, commit)
        results = replace(results, tests=[*results.tests, *_run_front_tests(context, commit)])
        probed = trying.result()
    store(context, judge(plan, results.tests, probed, files_of(repository_of(context), commit)))
    context.log(f"{len(results.tests)} tests passed")
    return {"tests": [[test.id, test.outcome] for test in results.tests]}


def _run_tests(context: PhaseContext, commit: str) -> TestResults:
    with checkout(repository_of(context), commit) as place:
        if place.commands.test is None:
            raise PhaseFailed("The app names no command that runs its tests.", code="tests_failed")
        spec = place.spec(place.commands.test, TEST_REPORT=f"/data/{REPORT}")
        result = context.run(spec, timeout_seconds=TEST_SECONDS)
        return _read(place.data / REPORT, result)


def _run_front_tests(context: PhaseContext, commit: str) -> list[ReportedTest]:
    """Those of its front ends, which report as the service's do."""
    found: list[ReportedTest] = []
    with checkout(repository_of(context), commit) as place:
        for name, front in place.manifest.fronts.items():
            report, folder = f"{name}-{REPORT}", place.source / front.folder
            result = run_tests(
                folder, place.data, report, log=lambda line: context.progress(), cancelled=context.should_stop
            )
            found += _read(place.data / report, result).tests
    return found


def _read(report: Path, result: SandboxResult) -> TestResults:
    """Raises PhaseFailed when a test failed, or nothing can be relied on."""
    try:
        results = read_report(report_text(report), exit_code=result.exit_code)
    except Unreadable as error:
        raise PhaseFailed(
            f"The tests say nothing that can be relied on. {error.message}",
            code="tests_failed",
            **error.details,
            lines=result.output.splitlines()[-LINES_SHOWN:],
        ) from error
    if results.failed:
        raise PhaseFailed(
            f"{len(results.failed)} of {len(results.tests)} tests failed, first {results.failed[0].id}.",
            code="tests_failed",
            signature=results.signature,
            tests=[_evidence(test) for test in results.failed[:FAILURES_SHOWN]],
        )
    return results


def _evidence(test: ReportedTest) -> dict[str, object]:
    return {"id": test.id, "lines": test.message.splitlines()[-LINES_SHOWN:]}


def _try_app(context: PhaseContext, commit: str, plan: Plan) -> list[ProbeResult]:
    """Start the app on an empty database and visit it."""
    try:
        with checkout(repository_of(context), commit) as place:
            place.build_fronts(context)
            for command in (place.commands.migrate, place.commands.seed):
                if command:
                    run_command(
                        context,
                        place.spec(command),
                        timeout_seconds=PREPARE_SECONDS,
                        failure="The app could not be prepared",
                        code="app_failed",
                    )
            with place.serving(context) as app:
                return run_probes(context, app, probes(plan))
    finally:
        connections.close_all()
