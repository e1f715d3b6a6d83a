"""Addresses of the conversation's forms."""

from django.urls import include, path

from blueprints import views

urlpatterns = [
    path("projects/<slug:slug>/references/", views.references, name="references"),
    path(
        "projects/<slug:slug>/references/<uuid:reference_id>/removals/",
        views.reference_removals,
        name="reference-removals",
    ),
    path(
        "projects/<slug:slug>/references/<uuid:reference_id>/retries/",
        views.reference_retries,
        name="reference-retries",
    ),
    path("projects/<slug:slug>/plan/", include("blueprints.plan.urls")),
    path("projects/<slug:slug>/intents/", views.intents, name="intents"),
    path("projects/<slug:slug>/messages/", views.messages, name="messages"),
    path("projects/<slug:slug>/messages/<uuid:message_id>/stops/", views.message_stops, name="message-stops"),
    path(
        "projects/<slug:slug>/messages/<uuid:message_id>/retries/",
        views.message_retries,
        name="message-retries",
    ),
    path(
        "projects/<slug:slug>/messages/<uuid:message_id>/withdrawals/",
        views.message_withdrawals,
        name="message-withdrawals",
    ),
    path(
        "projects/<slug:slug>/messages/<uuid:message_id>/revivals/",
        views.message_revivals,
        name="message-revivals",
    ),
]
