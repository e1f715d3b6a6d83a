"""Addresses of the frame. Everything inside the panes belongs to the apps."""

from django.urls import path

from studio.workspace import views

urlpatterns = [
    path("", views.home, name="home"),
    path("projects/<slug:slug>/", views.workspace, name="workspace"),
    path("projects/<slug:slug>/fragments/", views.fragments, name="fragments"),
]
