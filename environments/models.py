"""Where software lives: the environments of a project and the releases that run in them."""

from __future__ import annotations

import uuid

from django.db import models

from studio.models import Project


class Environment(models.Model):
    """Staging or production of one project: its host name, its database, its running release.

    `secrets` is one encrypted JSON object (`studio.core.secrets`), written here and read only by the
    deployer. `database_url` is what the app is given.
    """

    class Name(models.TextChoices):
        STAGING = "staging"
        PRODUCTION = "production"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="environments")
    name = models.CharField(max_length=10, choices=Name)
    hostname = models.CharField(max_length=255, unique=True)
    database_url = models.CharField(max_length=500, blank=True, default="")
    secrets = models.TextField(blank=True, default="")
    current_release = models.ForeignKey(
        "Release", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "environments"
        ordering = ["-name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="environment_once")]

    def __str__(self) -> str:
        return self.hostname


class Release(models.Model):
    """One commit brought to one environment. `number` counts per environment.

    `preparing` → `live` → `retired`, or `preparing` → `failed`; at most one is live. `key` is the
    caller's idempotency key: the same key never makes a second release.
    """

    class Status(models.TextChoices):
        PREPARING = "preparing"
        LIVE = "live"
        RETIRED = "retired"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    commit = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    status = models.CharField(max_length=9, choices=Status, default=Status.PREPARING)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "releases"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "number"], name="release_number_once"),
            models.UniqueConstraint(fields=["environment", "key"], name="release_key_once"),
            models.UniqueConstraint(
                fields=["environment"], name="one_live_release", condition=models.Q(status="live")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment} #{self.number} {self.commit[:7]}"
