"""Environments have no pages of their own yet: they live in the workspace's panes."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
