"""Build, first phase: the plan in words, committed where engineers look for it."""

from blueprints.spec import render_spec
from operations.engine.workflow import Checkpoint, PhaseContext, PhaseFailed
from operations.workshop.commits import MAIN, commit, project_of, repository_of, tell_files
from operations.workshop.fronts import fetch_front_packages
from operations.workshop.plans import document_of, feature_path, feature_slug_of


def run(context: PhaseContext) -> Checkpoint:
    project = project_of(context)
    if project.status == project.Status.FAILED:  # while this build waited behind its set-up
        raise PhaseFailed("The project's set-up failed. Retry that first.", code="project_failed")
    document = document_of(context)
    fetch_front_packages(context)
    slug = feature_slug_of(context)
    before = repository_of(context).head(MAIN)
    sha = commit(
        context,
        branch=MAIN,
        files={
            feature_path(slug, "spec.md"): render_spec(document),
            feature_path(slug, "blueprint.json"): document.model_dump_json(by_alias=True, indent=2) + "\n",
        },
        message=f"Specify {document.feature_name}",
    )
    tell_files(context, before, sha)
    return {"feature": slug, "commit": sha}
