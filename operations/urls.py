"""Addresses of operations: what starts them, their pages."""

from django.urls import path

from operations import views
from operations.metrics import metrics

urlpatterns = [
    path("metrics", metrics, name="metrics"),
    path("projects/", views.projects, name="projects"),
    path("new/<slug:template>/", views.new_project, name="new-project"),
    path("projects/<slug:slug>/builds/", views.builds, name="builds"),
    path("projects/<slug:slug>/deletion/", views.deletion, name="deletion"),
    path("operations/", views.operations, name="operations"),
    path("operations/<uuid:operation_id>/", views.operation, name="operation"),
    path("operations/<uuid:operation_id>/log", views.operation_log, name="operation-log"),
    path(
        "operations/<uuid:operation_id>/cancellations/",
        views.operation_cancellations,
        name="operation-cancellations",
    ),
    path("operations/<uuid:operation_id>/retries/", views.operation_retries, name="operation-retries"),
]
