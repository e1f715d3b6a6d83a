"""From an operation to the generator's plan: its own document, on top of those built before."""

from __future__ import annotations

from django.utils.text import slugify
from pydantic import ValidationError

from blueprints.models import Blueprint
from blueprints.schemas import BlueprintDocument
from operations.engine.workflow import PhaseContext, PhaseFailed
from operations.generator.plan import Plan, ProjectFacts, make_plan
from operations.workshop.commits import project_of
from studio import catalog
from studio.models import Project


def blueprint_of(context: PhaseContext) -> Blueprint:
    """Raises PhaseFailed when it was deleted since the build was asked for."""
    blueprint = context.operation.blueprint
    if blueprint is None:
        raise PhaseFailed("The plan of this build has been deleted.", code="blueprint_deleted")
    return blueprint


def document_of(context: PhaseContext) -> BlueprintDocument:
    """The plan as it was when the build was asked for, whatever was edited since."""
    try:
        return BlueprintDocument.model_validate(context.operation.input["document"])
    except ValidationError as error:
        raise PhaseFailed(
            "The plan of this build cannot be read any more.", code="generation_failed"
        ) from error


def plan_of(context: PhaseContext) -> Plan:
    """The whole app: features that were built before, as they were built, and this one last."""
    blueprint = blueprint_of(context)
    project = project_of(context)
    earlier = Blueprint.objects.filter(project=project, built_version__isnull=False).exclude(pk=blueprint.pk)
    documents = [_as_built(other) for other in earlier.order_by("created_at")]
    return make_plan([*documents, document_of(context)], facts_of(project))


def skeleton_of(project: Project) -> Plan:
    return make_plan([], facts_of(project))


def facts_of(project: Project) -> ProjectFacts:
    return ProjectFacts(
        name=project.name,
        slug=project.slug,
        template=project.template,
        summary=catalog.template(project.template).description,
    )


def feature_slug_of(context: PhaseContext) -> str:
    """The feature's folder below `.orchard/features/`: once built it stays, and no two share one."""
    blueprint = blueprint_of(context)
    if blueprint.built_feature_slug:
        return blueprint.built_feature_slug
    slug = slugify(blueprint.feature_name)[:60] or "feature"
    taken = Blueprint.objects.filter(project_id=blueprint.project_id, built_feature_slug=slug)
    return f"{slug}-{str(blueprint.pk)[:8]}" if taken.exclude(pk=blueprint.pk).exists() else slug


def feature_path(slug: str, name: str) -> str:
    return f".orchard/features/{slug}/{name}"


def _as_built(blueprint: Blueprint) -> BlueprintDocument:
    """The snapshot of the version that went live; the document as it is where the snapshot is gone."""
    message = blueprint.messages.filter(blueprint_version=blueprint.built_version).first()
    if message is None or message.blueprint_snapshot is None:
        return blueprint.document
    return BlueprintDocument.model_validate(message.blueprint_snapshot)
