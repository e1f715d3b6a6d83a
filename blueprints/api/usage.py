"""What a project's conversations cost."""

from __future__ import annotations

from rest_framework.request import Request

from blueprints import metering
from blueprints.api.resources import BlueprintUsageResource, ProjectUsageResource, UsageResource
from studio import access
from studio.api import ApiView, endpoint


class ProjectUsage(ApiView):
    @endpoint(returns=ProjectUsageResource, tags=["blueprints"])
    def get(self, request: Request, project: str) -> ProjectUsageResource:
        """Tokens and cost of the Architect's replies: this month, ever, and for each blueprint."""
        found = access.get_project(request.user, project)
        names = dict(found.blueprints.values_list("pk", "feature_name"))
        return ProjectUsageResource(
            month=UsageResource.of(metering.this_month(found)),
            month_start=metering.month_start(),
            total=UsageResource.of(metering.spent_by(found.model_calls.all())),
            blueprints=[
                BlueprintUsageResource.model_validate(
                    {
                        **UsageResource.of(spent).model_dump(),
                        "blueprint_id": pk,
                        "feature_name": names[pk],
                    }
                )
                for pk, spent in metering.spent_by_blueprint(found).items()
                if pk in names
            ],
            budget_micros=metering.budget("project"),
            message_budget_micros=metering.budget("message"),
        )
