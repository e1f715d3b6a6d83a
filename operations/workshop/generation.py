"""From a plan to commits: what the generator writes, the migrations its app derives, the merge.

`generated` holds nothing but generator output, so merging it into `main` keeps what people changed
there since.
"""

from __future__ import annotations

from dataclasses import dataclass

from operations.engine.workflow import PhaseContext, PhaseFailed
from operations.generator.migrations import GENERATION_ENVIRONMENT, generation_steps
from operations.generator.plan import Plan
from operations.generator.render import is_kept, render
from operations.workshop.checkout import files_of, run_command, scratch
from operations.workshop.commits import GENERATED, MAIN, commit, repository_of, tell_files
from studio.core.git import Repository

STEP_SECONDS = 120


@dataclass(frozen=True)
class Generated:
    """`commit` is the head of `main`, `source` of `generated`."""

    commit: str
    source: str


def generate(context: PhaseContext, plan: Plan, *, message: str) -> Generated:
    """Bring what the plan renders to `main`. Raises PhaseFailed (generation_failed, merge_conflict)."""
    repository = repository_of(context)
    with scratch(_kept(repository) | render(plan)) as place:
        for step in generation_steps(plan):
            context.progress(step.title)
            run_command(
                context,
                place.spec(step.argv, writable=True, **GENERATION_ENVIRONMENT),
                timeout_seconds=STEP_SECONDS,
                failure=f"{step.title} failed",
                code="generation_failed",
            )
        files = place.files()
    source = commit(context, branch=GENERATED, files=files, message=message, replace=True)
    before = repository.head(MAIN)
    merged = repository.merge(source=GENERATED, target=MAIN, message=f"Merge: {message}")
    if merged.conflicts:
        paths = ", ".join(merged.conflicts)
        if not _was_told_of(context):
            raise PhaseFailed(
                f"The build and changes made by hand touch the same lines of {paths}. The changes made by hand "
                "were kept. Bring the files together and retry, or retry at once to go on with what was kept.",
                code="merge_conflict",
                paths=list(merged.conflicts),
            )
        context.log(f"Going on with the changes made by hand in {paths}")
    tell_files(context, before, merged.commit)
    return Generated(merged.commit, source)


def _was_told_of(context: PhaseContext) -> bool:
    """Whether somebody retries, knowing that there is a conflict: stopping again would help nobody."""
    told = context.operation.events.filter(event_type="error", payload__code="merge_conflict")
    return bool(told.exists())


def _kept(repository: Repository) -> dict[str, bytes]:
    """What the app's own commands made in earlier builds: its migrations are its history."""
    head = repository.head(GENERATED)
    if head is None:
        return {}
    return {path: content for path, content in files_of(repository, head).items() if is_kept(path)}
