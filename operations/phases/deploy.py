"""Build, last phase: to staging, asked there for each planned item, and told in the report.

Once the new version is live the build can only be finished: a cancel that came later would tell people
that nothing has changed.
"""

from __future__ import annotations

from environments.models import Environment
from environments.services import deploy, live_url
from operations.engine.workflow import Cancelled, Checkpoint, PhaseContext
from operations.generator.ledger import ReportedTest, judge, probes
from operations.workshop.checkout import files_of
from operations.workshop.commits import MAIN, commit, project_of, repository_of
from operations.workshop.ledger import counts, render_report, store
from operations.workshop.plans import feature_path, plan_of
from operations.workshop.probing import run_probes
from operations.workshop.visits import await_answer, visitor
from studio.core.sandbox.port import SandboxCancelled


def run(context: PhaseContext) -> Checkpoint:
    built = context.checkpoint_of("implement")["commit"]
    if not context.checkpoint_of("deploy"):
        context.save(commit=built)  # from here on there is something to clear up
    staging = project_of(context).environments.get(name=Environment.Name.STAGING)
    deploy(
        environment=staging,
        commit=built,
        key=f"{context.key}/{built[:12]}",
        log=context.log,
        cancelled=context.cancelled,
        on_live=lambda: _decide(context),
    )
    url = live_url(staging)
    await_answer(context, url, path="/healthz")
    plan = plan_of(context)
    with visitor(url) as visits:
        probed = run_probes(context, visits, probes(plan))
    tests = [ReportedTest(id_, outcome) for id_, outcome in context.checkpoint_of("test")["tests"]]
    verdicts = judge(plan, tests, probed, files_of(repository_of(context), built))
    store(context, verdicts)
    report = render_report(title=plan.feature, commit=built, url=url, tests=len(tests), verdicts=verdicts)
    slug = context.checkpoint_of("spec")["feature"]
    commit(
        context,
        branch=MAIN,
        files={feature_path(slug, "report.md"): report},
        message=f"Report on {plan.feature}",
    )
    return {"url": url, "commit": built, "ledger": counts(verdicts)}


def _decide(context: PhaseContext) -> None:
    """A deployment that is cancelled clears up after itself."""
    try:
        context.decide()
    except Cancelled as error:
        raise SandboxCancelled("The build was cancelled.") from error
