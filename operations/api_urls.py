"""The API's addresses of projects and operations."""

from django.urls import path

from operations.api import operations, projects
from operations.stream import StreamView

urlpatterns = [
    path("project", projects.ProjectsView.as_view()),
    path("projects", projects.ProjectsView.as_view()),
    path("project/<str:project>", projects.ProjectView.as_view()),
    path("projects/<str:project>", projects.ProjectView.as_view()),
    path("projects/<str:project>/blueprints/<str:blueprint>/build", projects.BuildsView.as_view()),
    path("projects/<str:project>/ledger", projects.LedgerView.as_view()),
    path("projects/<str:project>/archive.zip", projects.ArchiveView.as_view()),
    path("operations", operations.OperationsView.as_view()),
    path("operations/<uuid:operation_id>", operations.OperationView.as_view()),
    path("operations/<uuid:operation_id>/events", operations.EventsView.as_view()),
    path("operations/<uuid:operation_id>/stream", StreamView.as_view(), name="operation-stream"),
    path("operations/<uuid:operation_id>/cancel", operations.CancelView.as_view()),
    path("operations/<uuid:operation_id>/retry", operations.RetryView.as_view()),
]
